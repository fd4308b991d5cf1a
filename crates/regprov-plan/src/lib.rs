//! The planner without I/O, the plan and its file.
