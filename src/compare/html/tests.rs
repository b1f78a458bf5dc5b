use super::super::ledger;
use super::super::tests::{finding, letters, nothing_seen};
use super::*;
use crate::encode::CachedEncoder;
use crate::finding::Finding;
use crate::taxonomy::Taxonomy;
use crate::vectors::tests::LetterCounts;

/// Six areas of 12 sentences, one of them hostile and with a second letter.
fn page(least: u32) -> String {
    let hostile = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let mut findings: Vec<Finding> = Vec::new();
    for area in 0..6 {
        for n in 0..12 {
            let polarity = if n <= area { Polarity::Weakness } else { Polarity::Strength };
            let mut one = finding(&format!("{area}.txt"), &format!("ab {area} {n}"), polarity);
            one.authority = Some(if area == 0 { hostile.to_owned() } else { format!("Area {area}") });
            one.published = Some("2019-01-01".to_owned());
            one.themes = vec!["leadership".into(), "education".into()];
            findings.push(one);
        }
    }
    let mut later = finding(hostile, hostile, Polarity::Mixed);
    later.authority = Some(hostile.to_owned());
    later.published = Some("2020-01-01".to_owned());
    later.heading = hostile.to_owned();
    later.themes = vec![hostile.to_owned()];
    findings.push(later);
    let mut comparison = Comparison::of(letters(findings), &Taxonomy::default(), least);
    let encoder = CachedEncoder::in_memory(&LetterCounts);
    let found = ledger(&comparison.letters, &nothing_seen(), &encoder, 1, &mut |_, _| {}).unwrap();
    assert_eq!(found.visits.len(), 1);
    comparison.ledger = Some(found);
    html(&comparison).unwrap()
}

#[test]
fn what_letters_hold_is_text_on_the_page() {
    let page = page(10);
    assert_eq!(page.matches("<script").count(), 1, "only the page's own script");
    assert!(!page.contains("<img"));
    assert!(page.contains("&#60;script&#62;alert(1)"));
}

#[test]
fn the_page_loads_nothing_and_every_link_has_its_place() {
    let page = page(10);
    for loads in ["http:", "https:", "src=", "<link", "@import", "url("] {
        let escaped = page.replace("img src=x", "");
        assert!(!escaped.contains(loads), "{loads}");
    }
    let ids: std::collections::BTreeSet<&str> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), page.matches(" id=\"").count(), "an identifier stands twice");
    let links: Vec<&str> = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.len() > 12);
    links.iter().for_each(|link| assert!(ids.contains(link), "{link}"));
}

#[test]
fn small_numbers_have_no_share() {
    let shown = |least| page(least).matches("<small>n&nbsp;12</small>").count();
    assert_eq!(shown(12), 0);
    assert!(shown(13) > 6);
    assert!(page(13).contains("Too few areas for funnel limits"));
}
