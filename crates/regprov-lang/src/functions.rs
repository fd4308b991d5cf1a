//! The functions of the language, one file per family.

mod conversion;
mod csv;
mod date;
mod decrypt;
mod encoding;
mod filesystem;
mod format;
mod hash;
mod ip;
mod json;
mod list;
mod map;
mod numeric;
mod regex;
mod set;
mod string;
mod support;
mod yaml;

use crate::function::Function;

/// Every function, in no particular order.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    let families: [&'static [Function]; 16] = [
        conversion::FUNCTIONS,
        csv::FUNCTIONS,
        date::FUNCTIONS,
        encoding::FUNCTIONS,
        filesystem::FUNCTIONS,
        format::FUNCTIONS,
        hash::FUNCTIONS,
        ip::FUNCTIONS,
        json::FUNCTIONS,
        list::FUNCTIONS,
        map::FUNCTIONS,
        numeric::FUNCTIONS,
        regex::FUNCTIONS,
        set::FUNCTIONS,
        string::FUNCTIONS,
        yaml::FUNCTIONS,
    ];
    families.into_iter().flatten()
}
