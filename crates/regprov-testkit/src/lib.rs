//! Test environment, provider laws and fault schedules.
