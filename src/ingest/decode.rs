//! Bytes to text: which encoding they are in.
//!
//! In this order: a byte order mark; UTF-16 without one, by where its zero bytes stand; UTF-8; Windows-1252. The last
//! is only taken where the whole file looks like text in it. A file that is UTF-8 but for a damaged spot is refused:
//! read as Windows-1252 every quotation mark in it would turn into three wrong characters.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::{Error, ErrorKind, Place, Result};

/// The text of a text file, without its byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>> {
    decode(bytes, None)
}

/// The text of a web page: as [`text()`], and by the `charset` that the page declares in its first 1,024 bytes.
pub(super) fn html(bytes: &[u8]) -> Result<Cow<'_, str>> {
    decode(bytes, declared(bytes))
}

/// The first `len` bytes as text, whatever they are; for telling what a file is.
pub(super) fn start(bytes: &[u8], len: usize) -> String {
    let head = &bytes[..bytes.len().min(len)];
    let (encoding, mark) =
        Encoding::for_bom(head).or_else(|| utf16_by_zeros(head).map(|e| (e, 0))).unwrap_or((UTF_8, 0));
    encoding.decode_without_bom_handling(&head[mark..]).0.into_owned()
}

fn decode<'a>(bytes: &'a [u8], declared: Option<&'static Encoding>) -> Result<Cow<'a, str>> {
    let known = Encoding::for_bom(bytes).or_else(|| utf16_by_zeros(bytes).map(|e| (e, 0)));
    if let Some((encoding, mark)) = known {
        return strictly(encoding, bytes, mark);
    }
    if let Some(at) = bytes.iter().position(|&b| b == 0) {
        return Err(bad_byte(bytes, at, "a zero byte is no text: the file is damaged or of another format"));
    }
    if let Some(encoding) = declared.filter(|&e| e != UTF_8 && e != WINDOWS_1252)
        && let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return Ok(text);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => windows_1252(bytes, error.valid_up_to()),
    }
}

fn strictly<'a>(encoding: &'static Encoding, bytes: &'a [u8], mark: usize) -> Result<Cow<'a, str>> {
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]) {
        return Ok(text);
    }
    match encoding == UTF_8 {
        true => {
            let good = std::str::from_utf8(&bytes[mark..]).err().map_or(0, |e| e.valid_up_to());
            Err(bad_byte(bytes, mark + good, "is not UTF-8, though the file says that it is: save it as UTF-8"))
        }
        false => Err(Error::new(
            ErrorKind::Unreadable,
            format!("is {} text with a damaged character in it: save it as UTF-8", encoding.name()),
        )),
    }
}

fn windows_1252(bytes: &[u8], first_bad: usize) -> Result<Cow<'_, str>> {
    const UNUSED: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];
    if let Some(at) = first_multibyte(bytes) {
        let says = format!(
            "is not UTF-8, though the rest is (see offset {at}): the file is damaged; download or save it again as UTF-8"
        );
        return Err(bad_byte(bytes, first_bad, &says));
    }
    let no_text =
        |&b: &u8| UNUSED.contains(&b) || (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0C)) || b == 0x7F;
    if let Some(at) = bytes.iter().position(no_text) {
        return Err(bad_byte(bytes, at, "is no text in UTF-8, UTF-16 or Windows-1252: save the file as UTF-8"));
    }
    let foreign = bytes.iter().filter(|b| !b.is_ascii()).count();
    if foreign * 5 > bytes.len() {
        return Err(bad_byte(bytes, first_bad, "is not UTF-8, and this is no English text: save the file as UTF-8"));
    }
    Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0)
}

/// Where the first whole UTF-8 character of more than one byte stands.
fn first_multibyte(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    bytes.utf8_chunks().find_map(|chunk| {
        let found = chunk.valid().bytes().position(|b| !b.is_ascii()).map(|i| at + i);
        at += chunk.valid().len() + chunk.invalid().len();
        found
    })
}

/// UTF-16 of mostly Latin text has a zero in nearly every other byte.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), head.len() / 2);
    match half >= 2 {
        true if even * 10 > half * 6 && odd * 20 < half => Some(UTF_16BE),
        true if odd * 10 > half * 6 && even * 20 < half => Some(UTF_16LE),
        _ => None,
    }
}

/// The encoding named by `charset=` in a page's first 1,024 bytes.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let after = head.split_once("charset=")?.1.trim_start_matches(['"', '\'', ' ']);
    let label = after.split(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c)).next()?;
    Encoding::for_label(label.as_bytes())
}

fn bad_byte(bytes: &[u8], at: usize, says: &str) -> Error {
    let line = 1 + bytes[..at].iter().filter(|&&b| b == b'\n').count() as u64;
    let byte = bytes.get(at).map_or(String::from("the end"), |b| format!("byte 0x{b:02X}"));
    Error::new(ErrorKind::Unreadable, format!("{byte} at offset {at} {says}")).at(Place::Line(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_encoding_gives_the_same_text() {
        let wanted = "Leaders’ work\nis “good”.";
        let utf16 = |order: fn(u16) -> [u8; 2]| wanted.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        let cases: [(&str, Vec<u8>); 7] = [
            ("UTF-8", wanted.as_bytes().to_vec()),
            ("UTF-8 with a mark", marked(b"\xEF\xBB\xBF", wanted.as_bytes())),
            ("UTF-16 LE with a mark", marked(b"\xFF\xFE", &utf16(u16::to_le_bytes))),
            ("UTF-16 BE with a mark", marked(b"\xFE\xFF", &utf16(u16::to_be_bytes))),
            ("UTF-16 LE", utf16(u16::to_le_bytes)),
            ("UTF-16 BE", utf16(u16::to_be_bytes)),
            ("Windows-1252", b"Leaders\x92 work\nis \x93good\x94.".to_vec()),
        ];
        for (encoding, bytes) in cases {
            assert_eq!(text(&bytes).unwrap(), wanted, "{encoding}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        for (bytes, at, line) in [
            (&b"caf\xC3\xA9\nand a broken \xE2\x80 quote"[..], "offset 19", 2),
            (b"one\ntwo\nthree \x81", "offset 14", 3),
            (b"one\ntw\x00o and more of it that is plain", "offset 6", 2),
            (b"\xEF\xBB\xBFcaf\xC3", "offset 6", 1),
        ] {
            let error = text(bytes).unwrap_err();
            assert_eq!((error.kind(), error.place()), (ErrorKind::Unreadable, Place::Line(line)), "{error}");
            assert!(error.message().contains(at), "{error}");
        }
    }

    #[test]
    fn a_page_says_its_own_charset() {
        let page = b"<meta http-equiv='Content-Type' content='text/html; charset=macintosh'><p>Leaders\xD5 work";
        assert!(html(page).unwrap().ends_with("Leaders’ work"));
        assert!(html(b"<meta charset=\"utf-8\"><p>Leaders\x92 work").unwrap().ends_with("Leaders’ work"));
    }
}
