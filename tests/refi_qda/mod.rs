//! The rules of REFI-QDA's schema for projects (Project.xsd of 18 March 2019, namespace `urn:QDA-XML:project:1.0`), as far
//! as a project of texts needs them: which elements in which order and how often, which attributes of which type. And
//! the rules that the schema only says in words: identifiers are unique, references lead somewhere, a text has one path.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

const NAMESPACE: &str = "urn:QDA-XML:project:1.0";

/// An element: its attributes as `name:type`, required ones with `!`; its children in order, each `?` at most once, `*`
/// any number, `+` at least once, and nothing for exactly once. `text` has no children but text.
struct Rule {
    element: &'static str,
    attributes: &'static str,
    children: &'static str,
}

const fn rule(element: &'static str, attributes: &'static str, children: &'static str) -> Rule {
    Rule { element, attributes, children }
}

const RULES: [Rule; 23] = [
    rule(
        "Project",
        "name:string! origin:string creatingUserGUID:guid creationDateTime:dateTime modifyingUserGUID:guid \
         modifiedDateTime:dateTime basePath:string",
        "Users? CodeBook? Variables? Cases? Sources? Notes? Links? Sets? Graphs? Description? NoteRef*",
    ),
    rule("Users", "", "User+"),
    rule("User", "guid:guid! name:string id:string", ""),
    rule("CodeBook", "", "Codes"),
    rule("Codes", "", "Code+"),
    rule("Code", "guid:guid! name:string! isCodable:boolean! color:rgb", "Description? NoteRef* Code*"),
    rule("Variables", "", "Variable+"),
    rule("Variable", "guid:guid! name:string! typeOfVariable:variable!", "Description?"),
    rule("Sources", "", "TextSource+"),
    rule(
        "TextSource",
        "guid:guid! name:string richTextPath:string plainTextPath:string creatingUser:guid creationDateTime:dateTime \
         modifyingUser:guid modifiedDateTime:dateTime",
        "Description? PlainTextContent? PlainTextSelection* Coding* NoteRef* VariableValue*",
    ),
    rule(
        "PlainTextSelection",
        "guid:guid! name:string startPosition:integer! endPosition:integer! creatingUser:guid \
         creationDateTime:dateTime modifyingUser:guid modifiedDateTime:dateTime",
        "Description? Coding* NoteRef*",
    ),
    rule("Coding", "guid:guid! creatingUser:guid creationDateTime:dateTime", "CodeRef NoteRef*"),
    rule("CodeRef", "targetGUID:guid!", ""),
    rule("NoteRef", "targetGUID:guid!", ""),
    rule("VariableRef", "targetGUID:guid!", ""),
    // The schema has a choice of one value after the reference; here all are optional, and one of them is asked for below.
    rule(
        "VariableValue",
        "",
        "VariableRef TextValue? BooleanValue? IntegerValue? FloatValue? DateValue? DateTimeValue?",
    ),
    rule("Description", "", "text"),
    rule("PlainTextContent", "", "text"),
    rule("TextValue", "", "text"),
    rule("BooleanValue", "", "text"),
    rule("IntegerValue", "", "text"),
    rule("FloatValue", "", "text"),
    rule("DateValue", "", "text"),
];

/// An element that obeys its rule.
#[derive(Debug, Default, Clone)]
pub struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub children: Vec<Element>,
    pub text: String,
}

impl Element {
    pub fn get(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map_or("", String::as_str)
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All elements of this name in and under this one.
    pub fn all<'a>(&'a self, name: &'a str) -> Vec<&'a Element> {
        let own = (self.name == name).then_some(self);
        own.into_iter().chain(self.children.iter().flat_map(|child| child.all(name))).collect()
    }
}

/// Reads a project and names every rule that it breaks.
pub fn check(xml: &str) -> (Element, Vec<String>) {
    let mut wrong = Vec::new();
    let root = parse(xml, &mut wrong);
    if root.name != "Project" {
        wrong.push(format!("the root is {:?}", root.name));
    }
    obeys(&root, &mut wrong);
    holds_together(&root, &mut wrong);
    (root, wrong)
}

fn parse(xml: &str, wrong: &mut Vec<String>) -> Element {
    let mut reader = NsReader::from_str(xml);
    let mut open = vec![Element::default()];
    loop {
        let (namespace, event) = reader.read_resolved_event().expect("well-formed XML");
        let own = matches!(&namespace, ResolveResult::Bound(n) if n.into_inner() == NAMESPACE);
        match event {
            Event::Start(e) => open.push(element(&e, own, wrong)),
            Event::Empty(e) => {
                let empty = element(&e, own, wrong);
                open.last_mut().unwrap().children.push(empty);
            }
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Text(text) => open.last_mut().unwrap().text += &text,
            Event::GeneralRef(name) => {
                let known = quick_xml::escape::resolve_predefined_entity(&name).expect("a predefined entity");
                open.last_mut().unwrap().text += known;
            }
            Event::Eof => return open.pop().unwrap().children.pop().expect("a root"),
            _ => {}
        }
    }
}

fn element(e: &BytesStart<'_>, own: bool, wrong: &mut Vec<String>) -> Element {
    let name = e.local_name().as_ref().to_owned();
    if !own {
        wrong.push(format!("{name} is not in the namespace"));
    }
    let attribute = |a: quick_xml::events::attributes::Attribute<'_>| {
        let value = quick_xml::escape::unescape(&a.value).unwrap().into_owned();
        (a.key.as_ref().to_owned(), value)
    };
    let attributes = e.attributes().map(|a| attribute(a.unwrap())).filter(|(name, _)| name != "xmlns").collect();
    Element { name, attributes, ..Element::default() }
}

fn obeys(element: &Element, wrong: &mut Vec<String>) {
    let Some(rule) = RULES.iter().find(|rule| rule.element == element.name) else {
        return wrong.push(format!("{} is no element that a project of texts has", element.name));
    };
    let attributes: Vec<(&str, &str)> =
        rule.attributes.split_whitespace().map(|a| a.split_once(':').unwrap()).collect();
    for (name, value) in &element.attributes {
        match attributes.iter().find(|(known, _)| known == name) {
            None => wrong.push(format!("{} has no attribute {name}", element.name)),
            Some((_, kind)) if !is(value, kind.trim_end_matches('!')) => {
                wrong.push(format!("{} {name}={value:?} is no {kind}", element.name));
            }
            Some(_) => {}
        }
    }
    for (name, kind) in attributes {
        if kind.ends_with('!') && !element.attributes.contains_key(name) {
            wrong.push(format!("{} lacks {name}", element.name));
        }
    }
    if rule.children != "text" {
        in_order(element, rule.children, wrong);
    }
    element.children.iter().for_each(|child| obeys(child, wrong));
}

fn in_order(element: &Element, children: &str, wrong: &mut Vec<String>) {
    if !element.text.trim().is_empty() {
        wrong.push(format!("{} holds text", element.name));
    }
    let mut rest = element.children.iter().map(|child| child.name.as_str()).peekable();
    for child in children.split_whitespace() {
        let name = child.trim_end_matches(['?', '*', '+']);
        let mut count = 0;
        while rest.next_if(|next| *next == name).is_some() {
            count += 1;
        }
        let right = match &child[name.len()..] {
            "?" => count <= 1,
            "*" => true,
            "+" => count >= 1,
            _ => count == 1,
        };
        if !right {
            wrong.push(format!("{} has {count} of {child}", element.name));
        }
    }
    if let Some(next) = rest.next() {
        wrong.push(format!("{next} in {} is out of place", element.name));
    }
}

fn is(value: &str, kind: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    match kind {
        "guid" => {
            let parts: Vec<&str> = value.split('-').collect();
            parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| hex(part))
        }
        "integer" => value.parse::<i64>().is_ok(),
        "boolean" => matches!(value, "true" | "false" | "0" | "1"),
        "rgb" => value.strip_prefix('#').is_some_and(|rgb| matches!(rgb.len(), 3 | 6) && hex(rgb)),
        "variable" => matches!(value, "Text" | "Boolean" | "Integer" | "Float" | "Date" | "DateTime"),
        "dateTime" => value.contains('T'),
        _ => true,
    }
}

/// What the standard asks for beyond the schema.
fn holds_together(root: &Element, wrong: &mut Vec<String>) {
    let mut guids: BTreeSet<&str> = BTreeSet::new();
    let mut by_kind: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        open.extend(&element.children);
        let guid = element.get("guid");
        if !guid.is_empty() && !guids.insert(guid) {
            wrong.push(format!("{guid} stands twice"));
        }
        by_kind.entry(&element.name).or_default().insert(guid);
    }
    let mut leads_to = |guid: &str, kind: &str| {
        if !by_kind.get(kind).is_some_and(|guids| guids.contains(guid)) {
            wrong.push(format!("{guid} is no {kind}"));
        }
    };
    for (reference, kind) in [("CodeRef", "Code"), ("VariableRef", "Variable")] {
        root.all(reference).iter().for_each(|r| leads_to(r.get("targetGUID"), kind));
    }
    leads_to(root.get("creatingUserGUID"), "User");
    for element in ["TextSource", "PlainTextSelection", "Coding"] {
        root.all(element).iter().for_each(|e| leads_to(e.get("creatingUser"), "User"));
    }
    for code in root.all("Code").iter().filter(|code| code.get("isCodable") == "false") {
        if root.all("CodeRef").iter().any(|r| r.get("targetGUID") == code.get("guid")) {
            wrong.push(format!("{} is no code for passages", code.get("name")));
        }
    }
    for source in root.all("TextSource") {
        if source.get("plainTextPath").is_empty() == source.child("PlainTextContent").is_none() {
            wrong.push("a text has a path or a content, one of them".into());
        }
    }
    for value in root.all("VariableValue") {
        if value.children.len() != 2 {
            wrong.push("a variable's value is one".into());
        }
    }
}
