//! Damage to the layout of a text: blanks, line breaks, comments and quotes come and go at random.

/// Numbers from a seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    /// A number below a bound; 0 where that is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// A damaged copy. Most remain valid, and some do not.
pub(crate) fn mangle(text: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    if random.once_in(16) {
        out.extend_from_slice(b"\xef\xbb\xbf");
    }
    let carriage = random.once_in(8);
    let rate = 1 + random.next() % 12;
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = match byte {
            b' ' | b'\t' => {
                let blanks = rest
                    .iter()
                    .take_while(|byte| matches!(byte, b' ' | b'\t'))
                    .count();
                let joined = joins(out.last()) && joins(rest.get(blanks));
                if random.once_in(rate) {
                    let from: &[&str] = if joined { &BLANKS } else { &ANY_BLANKS };
                    out.extend_from_slice(random.pick(from).as_bytes());
                } else {
                    out.extend_from_slice(&rest[..blanks]);
                }
                &rest[blanks..]
            }
            b'\n' => {
                if random.once_in(rate * 12) {
                    out.extend_from_slice(random.pick(&BEFORE_LINE_END).as_bytes());
                }
                let joined =
                    matches!(out.last(), Some(b'(' | b'[' | b',' | b'{')) && random.once_in(rate * 6);
                if !joined {
                    out.extend_from_slice(if carriage { b"\r\n" } else { b"\n" });
                }
                tail
            }
            b'=' | b',' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b':' | b'?' | b'.' | b'"' | b'-'
                if random.once_in(rate * 10) =>
            {
                out.extend_from_slice(random.pick(&AROUND).as_bytes());
                out.push(byte);
                out.extend_from_slice(random.pick(&AROUND).as_bytes());
                tail
            }
            _ => {
                out.push(byte);
                tail
            }
        };
    }
    out
}

fn joins(byte: Option<&u8>) -> bool {
    byte.is_none_or(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | 128..))
}

const BLANKS: [&str; 5] = [" ", "  ", "\t", "     ", " /* c */ "];
const ANY_BLANKS: [&str; 6] = ["", "", "", "   ", "\t", " /* c */ "];
const BEFORE_LINE_END: [&str; 6] = ["  ", " # c", "\n", "\n\n\n", " // c", "/* c */"];
const AROUND: [&str; 8] = ["", "", " ", "  ", "\n", "${", "}", "\t"];
