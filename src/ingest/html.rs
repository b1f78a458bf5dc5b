//! Saved web pages: the page's main content as headings, paragraphs, items and tables.
//!
//! The main content is `main`, else `article`, else the body; navigation, banners, forms, asides, hidden elements and
//! scripts are left out. Made for pages of GOV.UK and of the inspectorates' report sites, and plain enough for others.

use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{Html, Node};

use super::Document;
use super::document::{BlockKind, Builder};
use super::limits::Limits;
use super::tables::{self, Rows};
use crate::error::{Error, ErrorKind, Result};

/// How the pages that lettermark itself writes name their maker.
const OWN_PAGE: &str = "<meta name=\"generator\" content=\"lettermark";

/// Reads the text of a page.
pub(super) fn read(page: &str, limits: &Limits) -> Result<Document> {
    // Its findings would count a second time, its labels as text.
    if page.contains(OWN_PAGE) {
        return Err(Error::new(ErrorKind::Format, "is a page that lettermark made, no letter; name the letter itself"));
    }
    check_depth(page, limits)?;
    let html = Html::parse_document(page);
    let root = main_content(&html);
    let mut writer = Writer::default();
    let mut left_out: Option<NodeRef<'_, Node>> = None;
    for edge in root.traverse() {
        match (edge, left_out) {
            (Edge::Close(node), Some(skipped)) if node == skipped => left_out = None,
            (_, Some(_)) => {}
            (Edge::Open(node), None) => match node.value() {
                Node::Text(text) => writer.text(text),
                Node::Element(element) => {
                    let graded = grade_table(node, element);
                    if graded.is_some() || (node != root && is_left_out(element)) || is_note_mark(node, element) {
                        left_out = Some(node);
                        writer.break_around(element);
                    } else {
                        writer.open(element);
                    }
                    if let Some(rows) = graded {
                        tables::write_grades(&rows, &mut writer.builder);
                    }
                }
                _ => {}
            },
            (Edge::Close(node), None) => {
                if let Node::Element(element) = node.value() {
                    writer.close(element);
                }
            }
        }
    }
    Ok(writer.builder.finish())
}

/// Refuses a page nested so deeply that building its tree would take quadratic time.
///
/// Counted on the tags as they stand, before any tree is built; elements whose end tag may be left out do not count.
fn check_depth(page: &str, limits: &Limits) -> Result<()> {
    const NOT_COUNTED: [&str; 28] = [
        "area", "base", "body", "br", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html", "img", "input",
        "li", "link", "meta", "option", "p", "param", "source", "tbody", "td", "th", "thead", "tr", "track", "wbr",
    ];
    let (mut rest, mut depth) = (page, 0usize);
    // Only in drawings and formulas does "/>" end an element; `<div/>` opens one.
    let mut foreign = false;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let closes = rest.starts_with('/');
        let name_at = usize::from(closes);
        let length = rest[name_at..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = rest[name_at..name_at + length].to_ascii_lowercase();
        if name.is_empty() {
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
            }
            continue;
        }
        let (tag, after) = rest.split_once('>').unwrap_or((rest, ""));
        rest = after;
        if NOT_COUNTED.contains(&name.as_str()) {
            continue;
        }
        if matches!(name.as_str(), "svg" | "math") {
            foreign = !closes;
        }
        match closes {
            true => depth = depth.saturating_sub(1),
            false if matches!(name.as_str(), "script" | "style") => {
                rest = match find_ignoring_case(rest, &format!("</{name}")) {
                    Some(end) => &rest[end + 2 + name.len()..],
                    None => "",
                };
            }
            false => {
                depth += usize::from(!(foreign && tag.ends_with('/')));
                if depth > limits.max_depth {
                    return Err(limits.too_deep());
                }
            }
        }
    }
    Ok(())
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes().windows(wanted.len()).position(|w| w.eq_ignore_ascii_case(wanted.as_bytes()))
}

fn main_content(html: &Html) -> NodeRef<'_, Node> {
    let whole = html.tree.root();
    let find = |test: &dyn Fn(&Element) -> bool| {
        let mut found = whole.descendants().filter(|n| n.value().as_element().is_some_and(test));
        (found.next(), found.next())
    };
    if let (Some(main), _) = find(&|e| e.name() == "main" || e.attr("role") == Some("main")) {
        return main;
    }
    // Several articles are a list of things, of which none is the page's own.
    if let (Some(article), None) = find(&|e| e.name() == "article") {
        return article;
    }
    find(&|e| e.name() == "body").0.unwrap_or(whole)
}

fn is_left_out(element: &Element) -> bool {
    const ELEMENTS: [&str; 20] = [
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "footer",
        "aside",
        "form",
        "dialog",
        "head",
        "button",
        "select",
        "textarea",
        "iframe",
        "object",
        "svg",
        "audio",
        "video",
        "figcaption",
        "title",
    ];
    const ROLES: [&str; 7] = ["navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alert"];
    const CLASSES: [&str; 12] = [
        "cookie",
        "breadcrumb",
        "skip-link",
        "skiplink",
        "visually-hidden",
        "feedback",
        "share-links",
        "related-nav",
        "contextual-footer",
        "print-link",
        "contents-list",
        "back-to-top",
    ];
    let named = |value: &str| CLASSES.iter().any(|class| value.to_ascii_lowercase().contains(class));
    let hidden = || element.attr("style").map(|s| s.to_ascii_lowercase().replace(' ', "")).unwrap_or_default();
    ELEMENTS.contains(&element.name())
        || element.attr("role").is_some_and(|role| ROLES.contains(&role))
        || element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || [element.attr("class"), element.attr("id")].into_iter().flatten().any(named)
        || (element.name() == "header" && element.attr("class").is_some_and(|c| c.contains("govuk-header")))
        || hidden().contains("display:none")
        || hidden().contains("visibility:hidden")
}

/// A footnote's mark: `<sup><a href="#…">1</a></sup>`.
fn is_note_mark(node: NodeRef<'_, Node>, element: &Element) -> bool {
    element.name() == "sup"
        && node.children().any(|child| {
            child
                .value()
                .as_element()
                .is_some_and(|e| e.name() == "a" && e.attr("href").is_some_and(|h| h.starts_with('#')))
        })
}

/// The rows of a table that gives judgements and grades.
fn grade_table(node: NodeRef<'_, Node>, element: &Element) -> Option<Rows> {
    if element.name() != "table" {
        return None;
    }
    let mut rows = Rows::new();
    for edge in node.traverse() {
        let Edge::Open(inner) = edge else { continue };
        match inner.value() {
            Node::Element(e) if e.name() == "table" && inner != node => return None,
            Node::Element(e) if e.name() == "tr" => rows.push(Vec::new()),
            Node::Element(e) if matches!(e.name(), "td" | "th") => rows.last_mut()?.push(String::new()),
            Node::Text(text) => {
                if let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) {
                    cell.push_str(text);
                }
            }
            _ => {}
        }
    }
    tables::is_grade_table(&rows).then_some(rows)
}

#[derive(Default)]
struct Writer {
    builder: Builder,
    /// A block has begun, so that text goes into it.
    started: bool,
    /// Lists that are open.
    lists: u8,
    /// Headings, items and the like that are open, so that text after a nested block finds its kind again.
    kinds: Vec<BlockKind>,
    /// A line break was the last thing seen.
    broken: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if !self.started && text.trim().is_empty() {
            return;
        }
        if !self.started {
            self.builder.begin(self.kinds.last().copied().unwrap_or(BlockKind::Paragraph));
            self.started = true;
        }
        if !text.trim().is_empty() {
            self.broken = false;
        }
        self.builder.push(text);
    }

    fn open(&mut self, element: &Element) {
        match element.name() {
            "br" => {
                // Two breaks in a row are how old pages end a paragraph.
                match self.broken {
                    true => self.end_block(),
                    false => self.text(" "),
                }
                self.broken = self.started;
            }
            "ul" | "ol" => {
                self.end_block();
                self.lists = self.lists.saturating_add(1);
            }
            name if is_block(name) => {
                self.end_block();
                if let Some(kind) = self.own_kind(name) {
                    self.kinds.push(kind);
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, element: &Element) {
        match element.name() {
            "ul" | "ol" => {
                self.end_block();
                self.lists = self.lists.saturating_sub(1);
            }
            name if is_block(name) => {
                self.end_block();
                if self.own_kind(name).is_some() {
                    self.kinds.pop();
                }
            }
            _ => {}
        }
    }

    /// What is left out still keeps the text on its two sides apart, if it is a block.
    fn break_around(&mut self, element: &Element) {
        if is_block(element.name()) {
            self.end_block();
        }
    }

    fn own_kind(&self, name: &str) -> Option<BlockKind> {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some(BlockKind::Heading { level: name.as_bytes()[1] - b'0' }),
            "li" => Some(BlockKind::Item { depth: self.lists.max(1) }),
            _ => None,
        }
    }

    fn end_block(&mut self) {
        self.started = false;
        self.broken = false;
    }
}

fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 40] = [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "ol",
    ];
    BLOCKS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(page: &str) -> Vec<(BlockKind, String)> {
        let document = read(page, &Limits::default()).unwrap();
        document.blocks.iter().map(|b| (b.kind, document.block_text(b).to_owned())).collect()
    }

    #[test]
    fn a_page_of_findings_is_no_letter() {
        let base = include_str!("../../templates/base.html");
        assert!(base.contains(OWN_PAGE), "the pages no longer name their maker so");
        let error = read(base, &Limits::default()).unwrap_err();
        assert!(error.to_string().contains("name the letter itself"), "{error}");
    }

    #[test]
    fn a_page_gives_its_main_content() {
        let page = r##"<!DOCTYPE html><html><head><title>Site</title><style>p{}</style></head><body>
            <div id="global-cookie-message"><p>We use cookies.</p></div><header><nav>Home</nav></header>
            <main id="content"><h1>Area SEND inspection</h1>
              <div class="gem-c-contents-list"><a href="#a">Contents</a></div>
              <p>Leaders&rsquo; work<sup><a href="#fn1">1</a></sup> is <b>well</b>&nbsp;planned.<br>It&shy;s effect is clear.</p>
              <ul><li>Plans are late:<ul><li>because of <em>delays</em></li></ul>and weak.</li><li><p>Staff act.</p></li></ul>
              loose text<script>var a = "<p>";</script><p hidden>Hidden.</p>
              <form><p>Was this page useful?</p></form></main>
            <footer><p>Crown copyright</p></footer></body></html>"##;
        use BlockKind::{Heading, Item, Paragraph};
        let wanted = [
            (Heading { level: 1 }, "Area SEND inspection"),
            (Paragraph, "Leaders’ work is well planned. Its effect is clear."),
            (Item { depth: 1 }, "Plans are late:"),
            (Item { depth: 2 }, "because of delays"),
            (Item { depth: 1 }, "and weak."),
            (Item { depth: 1 }, "Staff act."),
            (Paragraph, "loose text"),
        ];
        assert_eq!(blocks(page), wanted.map(|(k, t)| (k, t.to_owned())));
    }

    #[test]
    fn grade_tables_become_grades_and_other_tables_paragraphs() {
        let page = "<table><tr><th>Judgement<th>Grade<tr><td>Overall effectiveness<td>Good</table>
            <table><tr><td><p>One.</p><p>Two.</p><td>Three.</table>";
        let wanted = [
            (BlockKind::Aside, "Judgement Grade"),
            (BlockKind::Grade, "Overall effectiveness: Good"),
            (BlockKind::Paragraph, "One."),
            (BlockKind::Paragraph, "Two."),
            (BlockKind::Paragraph, "Three."),
        ];
        assert_eq!(blocks(page), wanted.map(|(k, t)| (k, t.to_owned())));
    }

    #[test]
    fn two_line_breaks_end_a_paragraph() {
        let texts: Vec<_> = blocks("<div>One<br>line.<br><br>Two.</div>").into_iter().map(|(_, t)| t).collect();
        assert_eq!(texts, ["One line.", "Two."]);
    }

    #[test]
    fn deep_nesting_is_refused_and_long_pages_are_not() {
        for tag in ["div", "b", "span", "div/", "rt"] {
            let deep = format!("<{tag}>").repeat(100_000) + "Text.";
            assert_eq!(read(&deep, &Limits::default()).unwrap_err().kind(), ErrorKind::Limit, "{tag}");
        }
        let long = "<p>One.<li>Two.<div>Three.</div><br/><img src=x><svg><path/></svg>".repeat(2_000);
        assert_eq!(read(&long, &Limits::default()).unwrap().blocks.len(), 6_000);
    }
}
