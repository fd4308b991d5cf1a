//! Durations, as the service writes them again: `P7D` is `P1W`.

/// The normal form of a duration of years, months, weeks and days.
pub(super) fn normal(text: &str) -> Option<String> {
    let mut rest = text.strip_prefix('P')?;
    let (mut years, mut months, mut days) = (0_u64, 0_u64, 0_u64);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        match rest.get(digits..=digits)? {
            "Y" => years = number,
            "M" => months = number,
            "W" => days += number * 7,
            "D" => days += number,
            _ => return None,
        }
        rest = rest.get(digits + 1..)?;
    }
    let mut normal = String::from("P");
    for (number, unit) in [(years, 'Y'), (months, 'M')] {
        if number > 0 {
            normal.push_str(&format!("{number}{unit}"));
        }
    }
    match days {
        0 => {}
        days if days % 7 == 0 => normal.push_str(&format!("{}W", days / 7)),
        days => normal.push_str(&format!("{days}D")),
    }
    (normal.len() > 1).then_some(normal)
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn seven_days_are_a_week() {
        assert_eq!(normal("P7D").as_deref(), Some("P1W"));
        assert_eq!(normal("P1Y10D").as_deref(), Some("P1Y10D"));
        assert_eq!(normal("7D"), None);
        assert_eq!(normal("PX"), None);
    }
}
