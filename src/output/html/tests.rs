//! What holds for every page, whatever the letters bring.

use super::{About, Pages, letter_page};
use crate::finding::LetterFindings;
use crate::output::sample;
use crate::output::{Basis, Correct, Corrected, CorrectedCounts, Counted};
use crate::taxonomy::Taxonomy;

const SCRIPT: &str = "<script>alert(1)</script> & \"more\" 'still' \u{202E}txet\u{2066} 🎓";

fn about() -> About {
    About { taxonomy: Taxonomy::default(), model: "<b>test</b>-0123abcd".into() }
}

/// A letter that brings markup wherever it can.
fn hostile() -> LetterFindings {
    let mut letter = sample::letter();
    letter.name = format!("\"><img src=x onerror=alert(1)>{SCRIPT}.txt");
    letter.facts.authority = Some("<i>Newtown</i>".into());
    letter.facts.outcome = Some("</dd></dl><script>".into());
    letter.facts.grades = vec![("<u>Overall</u>".into(), "--><script>".into())];
    for finding in &mut letter.findings {
        finding.sentence = SCRIPT.into();
        finding.heading = "</h3><style>*{display:none}</style>".into();
        finding.themes = vec!["\" onclick=\"alert(1)".into()];
    }
    letter
}

/// What a browser would take for markup of the letters' own.
fn assert_harmless(page: &str) {
    for bad in ["<script>alert", "<img", "<i>", "<u>", "<b>", "<style>*", "</dl><script>", "--><script>", "\" onclick"]
    {
        assert!(!page.contains(bad), "{bad} in {page}");
    }
    assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
}

#[test]
fn what_letters_hold_is_text_on_the_page() {
    let page = letter_page(&hostile(), &about(), None, None).unwrap();
    assert_harmless(&page);
    assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
    assert!(!page.split("<main").next().unwrap().contains('\u{202E}'), "the name turns the writing direction");
}

#[test]
fn the_list_of_letters_takes_nothing_for_markup_and_names_what_was_not_read() {
    let mut pages = Pages::new(about());
    let first = pages.letter(&hostile()).unwrap();
    let second = pages.letter(&hostile()).unwrap();
    pages.unread(format!("{SCRIPT}.pdf: no text was found in it"));
    let index = pages.finish().unwrap();
    assert_harmless(&index.html);
    assert_eq!(index.name, "index.html");
    assert_ne!(first.name, second.name);
    for page in [&first, &second] {
        assert!(index.html.contains(&format!("<a href=\"{}\">", page.name)), "{}", page.name);
        assert!(page.html.contains("<a href=\"index.html\">"));
    }
    assert!(index.html.contains(".pdf: no text was found in it</li>"));
}

#[test]
fn pages_are_whole_and_load_nothing() {
    let letter = sample::letter();
    let mut pages = Pages::new(about());
    for page in [pages.letter(&letter).unwrap(), pages.finish().unwrap()] {
        let page = page.html;
        assert!(
            page.starts_with("<!doctype html>\n<html lang=\"en\">") && page.trim_end().ends_with("</html>"),
            "{page}"
        );
        assert!(page.contains("Content-Security-Policy\" content=\"default-src 'none';"));
        for loads in ["http:", "https:", "src=\"", "<link", "@import", "url(h", "<iframe", " onclick"] {
            assert!(!page.replace("=HYPERLINK(&#34;http://x&#34;)", "").contains(loads), "{loads}");
        }
        for tag in ["table", "section", "svg", "ul", "main", "p", "span", "button", "li", "dl", "a"] {
            let opened = page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
        links.for_each(|link| assert_eq!(ids.iter().filter(|id| **id == link).count(), 1, "{link}"));
    }
}

#[test]
fn each_sentence_has_its_anchor_its_polarity_and_its_marks() {
    let page = letter_page(&sample::letter(), &about(), None, None).unwrap();
    let second = page.split("id=\"s2\"").nth(1).unwrap().split("id=\"s3\"").next().unwrap();
    for part in [
        "data-t=\"ehc_plans timeliness_access\" data-c=\"610 800 556\"",
        "href=\"#s2\">weakness 61%</a> <span class=\"marked\">Plans take 18 months.</span>",
        "<span class=\"chip\">EHC plans</span>",
        "needs review</span>",
        "boilerplate</span>",
    ] {
        assert!(second.contains(part), "{part} in {second}");
    }
    // Boilerplate is marked and not counted.
    const NUMBER: &str = "aria-label=\"1 weakness, EHC plans\"";
    assert!(!page.contains(NUMBER) && page.contains("1 more stand word for word"), "{page}");
    let mut own = sample::letter();
    own.findings[1].boilerplate = false;
    assert!(letter_page(&own, &about(), None, None).unwrap().contains(NUMBER));
}

/// Half as many again as are counted, give or take two.
#[derive(Debug)]
struct HalfMore;

impl Correct for HalfMore {
    fn correct(&self, counted: &Counted) -> CorrectedCounts {
        let cells = |row: &[usize; 4]| {
            row.map(|n| {
                let count = n as f64 * 1.5;
                Corrected { count, interval: Some((count - count.min(2.25), count + 2.25)) }
            })
        };
        let basis = Basis { sentences: 40, letters: 2, between_letters: false, fewest: 10, trained_on: 3 };
        CorrectedCounts {
            polarity: cells(&counted.polarity),
            themes: counted.themes.iter().map(cells).collect(),
            basis,
        }
    }
}

#[test]
fn where_intervals_are_known_each_count_has_its_own_and_the_page_says_where_it_comes_from() {
    let mut pages = Pages::new(about()).with_intervals(Some(Box::new(HalfMore)));
    let letter = pages.letter(&sample::letter()).unwrap().html;
    pages.letter(&sample::letter()).unwrap();
    let index = pages.finish().unwrap().html;
    let range = |words: &str| format!("95% interval </span>{words}</span>");
    // One strength in the letter, two in both, rounded outwards; the one weakness is boilerplate.
    assert!(letter.contains(&range("0 to 4")) && letter.contains(&range("0 to 3")), "{letter}");
    assert!(index.contains("(95% interval 0 to 6)"), "{index}");
    for page in [&letter, &index] {
        for said in
            ["40 labelled sentences of 2 letters", "They are few letters", "3 of the labelled sentences are among"]
        {
            assert!(page.contains(said), "{said}");
        }
        assert!(page.contains("<path class=\"whisker\" d=\"M0 ") && !page.contains("not corrected"));
    }
}

#[test]
fn where_no_interval_is_known_the_page_says_so_and_how_to_get_one() {
    let mut pages = Pages::new(about());
    let letter = pages.letter(&sample::letter()).unwrap().html;
    let index = pages.finish().unwrap().html;
    for page in [letter, index] {
        assert!(page.contains("not corrected for its errors") && page.contains("--counts-by LABELS"));
        assert!(!page.contains("class=\"whisker\"") && !page.contains("class=\"range\""));
    }
}
