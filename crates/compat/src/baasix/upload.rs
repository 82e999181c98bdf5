//! The file of an import: a part of `multipart/form-data`, or the body itself. Source: RFC 7578, RFC 2046 section 5.1.1.

use http::HeaderMap;

/// Headers of a part at most. Bytes.
const HEAD_BYTES: usize = 4_096;

/// The bytes of the part called `name`; the body where it is no form; `None` where the form has no such part.
///
/// # Errors
///
/// A form without a boundary, or that breaks off.
pub fn file<'b>(headers: &HeaderMap, body: &'b [u8], name: &str) -> Result<Option<&'b [u8]>, &'static str> {
    let media = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = media.split_once(';').unwrap_or((media, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Ok(Some(body));
    }
    let boundary = parameter(parameters, "boundary").ok_or("the form has no boundary")?;
    if boundary.is_empty() || boundary.len() > 70 {
        return Err("the form's boundary is none");
    }
    let mut rest =
        after(body, format!("--{boundary}").as_bytes()).ok_or("the form does not begin with its boundary")?;
    let between = format!("\r\n--{boundary}");
    loop {
        if rest.starts_with(b"--") {
            return Ok(None);
        }
        let part = rest.strip_prefix(b"\r\n").ok_or("the form is malformed")?;
        let end = find(part, between.as_bytes()).ok_or("the form breaks off")?;
        let (part, further) = (&part[..end], &part[end + between.len()..]);
        let head =
            find(part, b"\r\n\r\n").filter(|head| *head <= HEAD_BYTES).ok_or("a part of the form has no headers")?;
        if named(&part[..head], name) {
            return Ok(Some(&part[head + 4..]));
        }
        rest = further;
    }
}

fn named(head: &[u8], name: &str) -> bool {
    let head = String::from_utf8_lossy(head);
    head.split("\r\n").filter_map(|line| line.split_once(':')).any(|(header, value)| {
        header.trim().eq_ignore_ascii_case("content-disposition") && parameter(value, "name").as_deref() == Some(name)
    })
}

/// A parameter of a header, with or without quotes.
fn parameter(text: &str, name: &str) -> Option<String> {
    let pairs = text.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(own, _)| own.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
    found.next().map(|value| value.trim_matches('"').to_owned())
}

fn after<'b>(text: &'b [u8], part: &[u8]) -> Option<&'b [u8]> {
    find(text, part).map(|at| &text[at + part.len()..])
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(media: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(http::header::CONTENT_TYPE, http::HeaderValue::from_static(media))])
    }

    #[test]
    fn a_file_is_a_part_of_a_form_or_the_body() {
        let form = "--b\r\nContent-Disposition: form-data; name=\"tenant\"\r\n\r\n1\r\n--b\r\nContent-Disposition: \
                    form-data; name=\"csvFile\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\r\n1,2\r\n--b--\r\n";
        let of = |name| file(&headers("multipart/form-data; boundary=b"), form.as_bytes(), name).unwrap();
        assert_eq!(of("csvFile"), Some(&b"a,b\r\n1,2"[..]));
        assert_eq!(of("jsonFile"), None);
        assert_eq!(file(&headers("text/csv"), b"a,b", "csvFile").unwrap(), Some(&b"a,b"[..]));
        let quoted = headers("multipart/form-data; boundary=\"b\"");
        assert_eq!(file(&quoted, form.as_bytes(), "tenant").unwrap(), Some(&b"1"[..]));
    }

    #[test]
    fn a_broken_form_is_refused() {
        for (media, form) in [
            ("multipart/form-data", "--b\r\n"),
            ("multipart/form-data; boundary=b", ""),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"csvFile\"\r\n\r\na"),
            ("multipart/form-data; boundary=b", "--b\r\nno headers\r\n--b--"),
            ("multipart/form-data; boundary=b", "--bx"),
        ] {
            assert!(file(&headers(media), form.as_bytes(), "csvFile").is_err(), "{media} {form}");
        }
    }
}
