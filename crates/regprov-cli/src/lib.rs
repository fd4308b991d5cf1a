//! The command line: arguments, views, progress, exit codes.
