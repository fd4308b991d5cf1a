//! The tokens of native syntax: what stands in a file, byte for byte, with blanks left out.
//!
//! The formatter lays tokens out anew, and the grammar says whether they make a file. Both take bytes: a comment may hold
//! some that are not UTF-8.

mod bare;
mod grammar;
mod lexer;
mod readable;
mod token;

pub(crate) use bare::{Lines, bare, with_plain_numbers};
pub(crate) use grammar::{Mistake, Repeat, check_expression, check_file};
pub(crate) use lexer::lex;
pub(crate) use readable::decode;
pub use readable::readable;
pub(crate) use token::{Kind, Token};
