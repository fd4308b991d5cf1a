//! Directed acyclic graph: cycles with a readable path, order, ready-queue walk.
