//! What a letter holds that is no finding by its form: address and salutation above, signature below.

use super::document::{BlockKind, Document};

/// The salutation stands within this many blocks, or there is none.
const OPENING: usize = 60;
/// A line of an address or a signature is shorter than this, in bytes.
const SHORT: usize = 160;
const CLOSINGS: [&str; 4] = ["yours sincerely", "yours faithfully", "kind regards", "yours truly"];

/// Marks the short paragraphs down to "Dear …" and from "Yours sincerely" on as asides.
pub(super) fn mark(mut document: Document) -> Document {
    let starts = |document: &Document, i: usize, with: &[&str]| {
        let text = document.block_text(&document.blocks[i]);
        text.len() < SHORT && with.iter().any(|w| text.get(..w.len()).is_some_and(|s| s.eq_ignore_ascii_case(w)))
    };
    let count = document.blocks.len();
    let opening = (0..count.min(OPENING)).find(|&i| starts(&document, i, &["dear "]));
    let closing = (0..count).rev().find(|&i| starts(&document, i, &CLOSINGS));
    let mut asides: Vec<usize> = (0..opening.map_or(0, |i| i + 1)).filter(|&i| !is_sentence(&document, i)).collect();
    asides.extend((closing.unwrap_or(count)..count).filter(|&i| Some(i) == closing || !is_sentence(&document, i)));
    for i in asides {
        if document.blocks[i].kind == BlockKind::Paragraph {
            document.blocks[i].kind = BlockKind::Aside;
        }
    }
    document
}

fn is_sentence(document: &Document, block: usize) -> bool {
    let text = document.block_text(&document.blocks[block]);
    text.len() >= SHORT || text.ends_with(['.', '?', ':', ';'])
}

#[cfg(test)]
mod tests {
    use super::super::document::Builder;
    use super::*;

    #[test]
    fn address_salutation_and_signature_are_asides() {
        let mut builder = Builder::default();
        for text in [
            "23 October 2018",
            "Guildhall, 2 High Street",
            "Dear Mr Example",
            "Leaders know their area",
            "Plans are weak.",
            "Yours sincerely",
            "A. Inspector",
            "This letter was sent to the council.",
        ] {
            builder.block(BlockKind::Paragraph, text);
        }
        let kinds: Vec<_> = mark(builder.finish()).blocks.iter().map(|b| b.kind == BlockKind::Aside).collect();
        assert_eq!(kinds, [true, true, true, false, false, true, true, false]);
    }
}
