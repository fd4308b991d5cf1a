//! The little XML that object stores answer with: the texts of elements, by name.

/// Returns the text of each element of this name, in order. Enough for lists of names and error codes, whose elements hold
/// text only.
pub(crate) fn texts(document: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut texts = Vec::new();
    let mut rest = document;
    while let Some(start) = rest.find(&open) {
        let after = &rest[start + open.len()..];
        let Some(end_of_tag) = after.find('>') else { break };
        let attributes = &after[..end_of_tag];
        let content = &after[end_of_tag + 1..];
        let is_other = !attributes.is_empty() && !attributes.starts_with([' ', '\n', '\t', '/']);
        if is_other || attributes.ends_with('/') {
            rest = content;
            continue;
        }
        let Some(end) = content.find(&close) else { break };
        texts.push(unescape(&content[..end]));
        rest = &content[end + close.len()..];
    }
    texts
}

/// Returns the text of the first element of this name.
pub(crate) fn text(document: &str, element: &str) -> Option<String> {
    texts(document, element).into_iter().next()
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        let entity = &rest[start + 1..];
        let Some((name, after)) = entity.split_once(';') else {
            plain.push('&');
            rest = entity;
            continue;
        };
        match name {
            "amp" => plain.push('&'),
            "lt" => plain.push('<'),
            "gt" => plain.push('>'),
            "quot" => plain.push('"'),
            "apos" => plain.push('\''),
            _ => plain.extend(numbered(name)),
        }
        rest = after;
    }
    plain.push_str(rest);
    plain
}

fn numbered(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_one_element_are_found_among_others_of_like_names() {
        let document = r#"<?xml version="1.0"?><R xmlns="x"><KeyCount>2</KeyCount><Contents><Key>a&amp;b&#x2F;c</Key></Contents><Contents><Key>d</Key><Key/></Contents></R>"#;
        assert_eq!(texts(document, "Key"), ["a&b/c", "d"]);
        assert_eq!(text(document, "KeyCount").as_deref(), Some("2"));
        assert_eq!(text(document, "Gone"), None);
        assert_eq!(texts("<Key>cut", "Key"), Vec::<String>::new());
    }
}
