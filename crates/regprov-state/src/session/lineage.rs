//! The families of states: which of them were born here.

use sha2::{Digest as _, Sha256};

use crate::keys::Randomness;

/// How many bytes of a lineage are drawn; the rest follows from them.
const DRAWN: usize = 10;

/// Makes a lineage that says it was born here: a UUID of version 8 whose end is a digest of its beginning. Terraform draws
/// every bit of its own, so that one in sixteen is of any version.
pub(super) fn new_lineage(randomness: &dyn Randomness) -> String {
    let mut drawn = [0u8; DRAWN];
    randomness.fill(&mut drawn);
    drawn[6] = (drawn[6] & 0x0f) | 0x80;
    drawn[8] = (drawn[8] & 0x3f) | 0x80;
    let text = hex::encode(drawn) + &mark_of(&drawn);
    [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ]
    .join("-")
}

/// Says whether a lineage was made by [`new_lineage`].
pub(super) fn is_own_lineage(lineage: &str) -> bool {
    let text = lineage.replace('-', "");
    let (drawn, mark) = match (lineage.len(), text.split_at_checked(2 * DRAWN)) {
        (36, Some((drawn, mark))) => (hex::decode(drawn).unwrap_or_default(), mark),
        _ => return false,
    };
    drawn.len() == DRAWN && mark == mark_of(&drawn)
}

fn mark_of(drawn: &[u8]) -> String {
    let digest = Sha256::new_with_prefix("regprov lineage")
        .chain_update(drawn)
        .finalize();
    hex::encode(&digest[..16 - DRAWN])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Counting(Mutex<u8>);

    impl Randomness for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                let mut next = self.0.lock().expect("no holder panics");
                *next = next.wrapping_mul(5).wrapping_add(3);
                *byte = *next;
            }
        }
    }

    #[test]
    fn a_lineage_of_terraform_is_never_taken_for_one_of_ours_whatever_version_it_seems_to_be() {
        let randomness = Counting(Mutex::new(1));
        let own = new_lineage(&randomness);
        assert!(is_own_lineage(&own), "{own}");
        assert_eq!(own.as_bytes()[14], b'8', "{own}");
        for theirs in [
            "8cfc5ed3-1ab3-8b08-bd00-31a0928ba66f",
            "1fa4254d-ef49-af05-157f-72f3525fcdf2",
            "00000000-0000-8000-8000-000000000000",
            "",
            "8cfc5ed3-1ab3-8b08-bd00-31a0928ba66\u{e9}",
        ] {
            assert!(!is_own_lineage(theirs), "{theirs}");
        }
        for at in 0..own.len() {
            let mut other = own.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(other).expect("text");
            assert!(!is_own_lineage(&other), "{other}");
        }
    }
}
