//! The provider contract, its errors, and the erased boundary.
