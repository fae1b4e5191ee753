//! Addresses and headers of the hub's answers, read as data: where a redirection leads, which page comes next, which part
//! of a file is sent. Nothing is requested here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::{HeaderMap, header};

/// What stays as it is in a part of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Scheme, host and port of an address.
pub fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    address[host..].find('/').map_or(address, |length| &address[..host + length])
}

/// Where an answer sends those who asked `address`.
pub fn redirection(address: &str, headers: &HeaderMap) -> Option<String> {
    let location = headers.get(header::LOCATION)?.to_str().ok()?;
    let is_whole = location.starts_with("https://") || location.starts_with("http://");
    match location.starts_with('/') && !location.starts_with("//") {
        true => Some(format!("{}{location}", origin(address))),
        false => is_whole.then(|| location.to_owned()),
    }
}

/// A part of an address with everything else than letters, digits and `-._~` escaped.
pub fn encoded(part: &str) -> String {
    utf8_percent_encode(part, PLAIN).to_string()
}

/// The address of the next page: `<address>; rel="next"`.
pub fn next_page(link: &str) -> Option<String> {
    let entry = link.split(',').find(|entry| entry.contains("rel=\"next\""))?;
    let (_, rest) = entry.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

/// First byte and size of the whole, of `bytes FIRST-LAST/SIZE`.
pub fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_read_from_the_link() {
        assert_eq!(next_page(r#"<http://h/api?cursor=a>; rel="next""#).as_deref(), Some("http://h/api?cursor=a"));
        assert_eq!(next_page(r#"<http://h/1>; rel="prev", <http://h/2>; rel="next""#).as_deref(), Some("http://h/2"));
        assert_eq!(next_page(r#"<http://h/1>; rel="prev""#), None);
        assert_eq!(next_page("rel=\"next\""), None);
    }

    #[test]
    fn a_part_says_where_it_starts_and_how_long_the_whole_is() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, text.parse().unwrap());
            content_range(&headers)
        };
        assert_eq!(read("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(read("bytes 5-9/*"), Some((5, None)));
        assert_eq!(read("bytes */10"), None);
        assert_eq!(read("lines 5-9/10"), None);
    }

    #[test]
    fn a_redirection_leads_to_another_path_or_another_server() {
        let next = |location: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, location.parse().unwrap());
            redirection("http://hub:1/a/b?c", &headers)
        };
        assert_eq!(next("/api/x?y").as_deref(), Some("http://hub:1/api/x?y"));
        assert_eq!(next("https://cdn/x").as_deref(), Some("https://cdn/x"));
        for nowhere in ["//cdn/x", "x", "ftp://cdn/x"] {
            assert_eq!(next(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn names_are_encoded() {
        assert_eq!(encoded("feature/x y#1"), "feature%2Fx%20y%231");
        assert_eq!(encoded("model-00001.safetensors"), "model-00001.safetensors");
    }
}
