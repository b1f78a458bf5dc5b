//! Whose services were inspected.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern_of;

/// Words of a name: capitalised ones, and the small ones that join them.
const NAME: &str = r"(?:the )?[A-Z][\w'&-]*\.?(?:,? (?:[A-Z][\w'-]*\.?|of|and|upon|with|the|under|on|&|city|county|council|borough|metropolitan))*";

/// Where letters name the authority, the surest place first.
static PLACES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    const SERVICES: &str = "[Cc]hildren's (?:social care )?services";
    [
        format!(r"A ?rea SEND (?:full )?inspection of ({NAME}?) Local Area Partnership"),
        format!(r"inspection of the local area of ({NAME}) to (?:judge|decide|assess|determine)"),
        format!(r"[Jj]oint (?:local )?area SEND (?:inspection|revisit|re-visit) in ({NAME}?) (?:Between|From|On|In) "),
        format!(r"(?:[Mm]onitoring|[Ff]ocused|[Aa]ssurance) visit (?:of|to|at) ({NAME}?)(?:'s)?(?: local authority)? {SERVICES}"),
        format!(r"[Ii]nspection of ({NAME}?)(?: local authority)? {SERVICES} Inspection dates?:"),
        format!(
            r"^({NAME}?) (?:Re-i|I)nspection of (?:services for children in need|(?:local authority )?{SERVICES})"
        ),
        format!(r"^Inspection of looked after children(?:'s)? services ({NAME}?) Inspection dates?:"),
        format!(r"^({NAME}?) Safeguarding Children Board Review of the effectiveness"),
        format!(r"Children's services in ({NAME}?) (?:are|is|require)"),
    ]
    .map(|pattern| pattern_of(&pattern))
    .to_vec()
});

/// What a name begins and ends with when it names the council, not the area. "City of London" is the area's own name.
static OFFICE: LazyLock<(Regex, Regex)> = LazyLock::new(|| {
    (
        pattern_of(
            r"^(?:[Tt]he )?(?:(?:London|Royal|Metropolitan) Borough of|Borough of|County of|City of|Council of) (?:the )?",
        ),
        pattern_of(
            r"(?i)(?: (?:metropolitan|county|city(?: of)?|borough|district|unitary|council|authority|corporation|mbc|children's services))+$",
        ),
    )
});

/// Names longer than this (in bytes) are sentences.
const LONGEST: usize = 60;

pub(super) fn find(front: &str) -> Option<String> {
    let named = PLACES.iter().find_map(|place| place.captures(front))?;
    let name = area_name(&named[1]);
    (!name.is_empty() && name.len() <= LONGEST).then_some(name)
}

/// The area that a council's name names: "London Borough of Ealing" and "Ealing Council" are "Ealing".
pub fn area_name(name: &str) -> String {
    let (prefix, suffix) = &*OFFICE;
    let bare = suffix.replace(name, "");
    let bare = match bare.ends_with("City of London") {
        true => bare,
        false => prefix.replace(&bare, "").into_owned().into(),
    };
    bare.strip_prefix("the ").unwrap_or(&bare).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_council_in_a_name_goes() {
        for (name, wanted) in [
            ("London Borough of Ealing", "Ealing"),
            ("the Royal Borough of Kensington and Chelsea", "Kensington and Chelsea"),
            ("City of Bradford Metropolitan District Council", "Bradford"),
            ("Southend-on-Sea city council", "Southend-on-Sea"),
            ("City of London Corporation", "City of London"),
            ("Bristol City of", "Bristol"),
            ("Medway Children's Services", "Medway"),
            ("Council of the Isles of Scilly", "Isles of Scilly"),
            ("the Isle of Wight", "Isle of Wight"),
            ("Cheshire West and Chester", "Cheshire West and Chester"),
        ] {
            assert_eq!(area_name(name), wanted);
        }
    }
}
