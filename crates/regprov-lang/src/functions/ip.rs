//! Functions on address ranges.

use super::support::{Args, Outcome, blame, define, fail, strings, text, whole};
use crate::function::{Function, FunctionError, Kind, Parameter, Returns};
use regprov_value::Value;
use std::net::{Ipv4Addr, Ipv6Addr};

const PREFIX: Parameter = Parameter::string("prefix");

pub(super) static FUNCTIONS: &[Function] = &[
    text("cidrhost", &[PREFIX, Parameter::number("hostnum")], host),
    text("cidrnetmask", &[PREFIX], netmask),
    text(
        "cidrsubnet",
        &[PREFIX, Parameter::number("newbits"), Parameter::number("netnum")],
        subnet,
    ),
    Function {
        variadic: Some(Parameter::number("newbits")),
        ..define(
            "cidrsubnets",
            &[PREFIX],
            Returns::Always(Kind::List(&Kind::String)),
            subnets,
        )
    },
];

/// A range of addresses.
#[derive(Clone, Copy)]
struct Network {
    /// The first address, in the lowest `size` bits.
    first: u128,
    /// How many leading bits all addresses share.
    prefix: u32,
    /// 32 or 128.
    size: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`; zeros that lead a part do not matter, bits behind the prefix are dropped.
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let prefix: u32 = prefix
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| prefix.parse().ok())??;
        let (address, size) = if address.contains(':') {
            let six: Ipv6Addr = address.parse().ok()?;
            match (six.to_ipv4_mapped(), prefix.checked_sub(96)) {
                // The range is written as one of the mapped kind.
                (Some(four), Some(short)) => return Self::new(u128::from(u32::from(four)), short, 32),
                _ => (u128::from(six), 128),
            }
        } else {
            let parts: Vec<&str> = address
                .split('.')
                .map(|part| part.trim_start_matches('0'))
                .collect();
            let parts: Vec<&str> = parts
                .iter()
                .zip(address.split('.'))
                .map(|(short, long)| {
                    if short.is_empty() && !long.is_empty() {
                        "0"
                    } else {
                        short
                    }
                })
                .collect();
            (
                u128::from(u32::from(parts.join(".").parse::<Ipv4Addr>().ok()?)),
                32,
            )
        };
        Self::new(address, prefix, size)
    }

    fn new(address: u128, prefix: u32, size: u32) -> Option<Self> {
        (prefix <= size).then(|| Self {
            first: address & mask(prefix, size),
            prefix,
            size,
        })
    }

    /// The greatest number that the bits behind the prefix hold.
    fn last_host(self) -> u128 {
        !mask(self.prefix, self.size) & mask_all(self.size)
    }

    fn text(self) -> String {
        format!("{}/{}", address(self.first, self.size), self.prefix)
    }
}

fn mask_all(size: u32) -> u128 {
    if size == 128 { u128::MAX } else { (1 << size) - 1 }
}

/// `prefix` ones, then zeros, `size` bits in all.
fn mask(prefix: u32, size: u32) -> u128 {
    let hosts = size - prefix;
    if hosts >= 128 {
        0
    } else {
        mask_all(size) >> hosts << hosts
    }
}

fn address(bits: u128, size: u32) -> String {
    match u32::try_from(bits) {
        Ok(bits) if size == 32 => Ipv4Addr::from(bits).to_string(),
        Ok(_) | Err(_) => Ipv6Addr::from(bits).to_string(),
    }
}

fn network(arguments: &Args<'_>) -> Result<Network, FunctionError> {
    let text = arguments.text(0);
    Network::parse(text).ok_or_else(|| {
        FunctionError::at(
            0,
            format!(
                "{} is not a CIDR address; write an address and a prefix length, such as \"10.0.0.0/8\"",
                arguments.quote(text)
            ),
        )
    })
}

fn host(arguments: &mut Args<'_>) -> Outcome {
    let network = network(arguments)?;
    let wanted = arguments.number(1);
    let magnitude = wanted
        .abs()
        .to_integer()
        .and_then(|integer| u128::try_from(integer).ok());
    let negative = wanted.signum() < 0;
    let last = network.last_host();
    let offset = match magnitude {
        Some(magnitude) if !negative && magnitude <= last => magnitude,
        // −1 is the last address.
        Some(magnitude) if negative && magnitude - 1 <= last => last - (magnitude - 1),
        _ if !wanted.is_whole() => return blame(1, "a whole number is required"),
        _ => {
            return blame(
                1,
                format!(
                    "a prefix of {} bits does not have a host numbered {}",
                    network.prefix,
                    arguments.quote(wanted)
                ),
            );
        }
    };
    Ok(Value::string(address(network.first | offset, network.size)))
}

fn netmask(arguments: &mut Args<'_>) -> Outcome {
    let network = network(arguments)?;
    if network.size != 32 {
        return blame(
            0,
            format!(
                "IPv6 addresses have no netmask: {}",
                arguments.quote(arguments.text(0))
            ),
        );
    }
    Ok(Value::string(address(mask(network.prefix, 32), 32)))
}

fn subnet(arguments: &mut Args<'_>) -> Outcome {
    let network = network(arguments)?;
    let new_bits = whole(arguments, 1)?;
    let number = arguments.number(2);
    let Some(new_bits) = u32::try_from(new_bits)
        .ok()
        .filter(|bits| *bits <= network.size - network.prefix)
    else {
        return blame(
            1,
            format!(
                "a prefix of {} bits cannot be extended by {new_bits}",
                network.prefix
            ),
        );
    };
    let index = number
        .to_integer()
        .and_then(|integer| u128::try_from(integer).ok());
    let fits = |index: &u128| new_bits == 128 || *index < 1 << new_bits;
    let Some(index) = index.filter(fits) else {
        return blame(
            2,
            format!(
                "a prefix extension of {new_bits} bits does not have a subnet numbered {}",
                arguments.quote(number)
            ),
        );
    };
    let prefix = network.prefix + new_bits;
    let hosts = network.size - prefix;
    let first = if hosts >= 128 {
        network.first
    } else {
        network.first | index << hosts
    };
    Ok(Value::string(
        Network {
            first,
            prefix,
            size: network.size,
        }
        .text(),
    ))
}

/// Consecutive subnets, each at the first place after the one before that its size allows.
fn subnets(arguments: &mut Args<'_>) -> Outcome {
    let network = network(arguments)?;
    let mut found = Vec::new();
    let mut next = Some(network.first);
    for index in 1..arguments.len() {
        let new_bits = whole(arguments, index)?;
        let Some(new_bits) = u32::try_from(new_bits)
            .ok()
            .filter(|bits| (1..=32).contains(bits))
        else {
            return blame(index, "a prefix must be extended by 1 to 32 bits");
        };
        let prefix = network.prefix + new_bits;
        if prefix > network.size {
            return blame(
                index,
                format!(
                    "the prefix would have {prefix} bits, and an address has only {}",
                    network.size
                ),
            );
        }
        let hosts = network.size - prefix;
        let aligned = next
            .and_then(|next| next.checked_add((1_u128 << hosts) - 1))
            .map(|next| next >> hosts << hosts);
        let last = network.first | network.last_host();
        let Some(first) = aligned.filter(|first| *first <= last) else {
            return fail(format!(
                "not enough address space is left for a subnet with a prefix of {prefix} bits"
            ));
        };
        found.push(
            Network {
                first,
                prefix,
                size: network.size,
            }
            .text(),
        );
        next = first.checked_add(1 << hosts);
    }
    Ok(strings(found))
}
