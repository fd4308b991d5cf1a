//! What is told while planning.
