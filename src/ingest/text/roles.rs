//! Pieces to blocks: what each is in the letter.

use super::headings::{Opens, grade, known, looks_like_heading, only_grades};
use super::paragraphs::{Form, Piece};
use crate::ingest::document::BlockKind;

/// A piece with its role. The text may have taken in the piece after it (a grade).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its text.
    pub text: String,
    /// Where in `text` a page begins, and which.
    pub pages: Vec<(usize, u32)>,
}

/// Gives each piece its role.
pub(super) fn assign(pieces: Vec<Piece>) -> Vec<Block> {
    let salutation = pieces.iter().take(FRONT).position(|p| is_salutation(&p.text));
    let titled = pieces.iter().take(FRONT).any(|p| is_title(&p.text) || is_fact_line(&p.text));
    let mut roles = Roles {
        pieces: &pieces,
        in_front: titled,
        section: Section::Body,
        blocks: Vec::new(),
        in_table: false,
        bodies: false,
        known_level: 0,
    };
    let mut at = 0;
    while at < pieces.len() {
        let taken = match salutation {
            Some(end) if at <= end => {
                roles.push(BlockKind::Aside, at);
                roles.in_front = false;
                1
            }
            _ => roles.assign(at),
        };
        at += taken;
    }
    roles.blocks
}

/// How many pieces the front of a letter may have.
const FRONT: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Body,
    /// Names, addresses, signature: to the next known heading.
    Aside,
    /// A table of contents: to the end of the page.
    Contents(u32),
}

struct Roles<'a> {
    pieces: &'a [Piece],
    /// Before the first section or paragraph of a letter that has a title.
    in_front: bool,
    section: Section,
    /// In a table of judgements and grades.
    in_table: bool,
    /// In a table whose other column names the bodies that must act.
    bodies: bool,
    /// The level of the last heading of the table above level 3; 0 before the first.
    known_level: u8,
    blocks: Vec<Block>,
}

impl Roles<'_> {
    /// Gives piece `at` its role; tells how many pieces that used up.
    fn assign(&mut self, at: usize) -> usize {
        let piece = &self.pieces[at];
        if piece.text.is_empty() {
            return 1;
        }
        if is_publisher(&piece.text) && at * 2 > self.pieces.len() {
            self.section = Section::Aside;
        }
        if piece.form == Form::Footnote
            || is_boilerplate(&piece.text)
            || has_leaders(&piece.text)
            || !piece.text.contains(char::is_alphabetic)
        {
            self.push(BlockKind::Aside, at);
            return 1;
        }
        if let Section::Contents(page) = self.section {
            let first_page = piece.pages.first().map_or(1, |p| p.1);
            if first_page == page && !(piece.is_complete() && piece.text.len() > 160) {
                self.push(BlockKind::Aside, at);
                return 1;
            }
            self.section = Section::Body;
        }
        if is_closing(&piece.text) {
            self.section = Section::Aside;
        }
        let heading = known(&piece.text).filter(|_| matches!(piece.form, Form::Plain | Form::Numbered));
        if self.section == Section::Aside && !heading.is_some_and(|(_, opens)| opens == Opens::Findings) {
            self.push(BlockKind::Aside, at);
            return 1;
        }
        if let Some(taken) = self.grade_row(at) {
            return taken;
        }
        if let Some((level, opens)) = heading.filter(|_| !piece.is_complete() || piece.text.ends_with('?')) {
            self.open_section(at, level, opens);
            return 1;
        }
        self.body(at);
        1
    }

    fn open_section(&mut self, at: usize, level: u8, opens: Opens) {
        let piece = &self.pieces[at];
        if opens == Opens::Aside {
            let contents = piece.text.eq_ignore_ascii_case("contents");
            self.section = if contents { Section::Contents(piece.page()) } else { Section::Aside };
            self.push(BlockKind::Aside, at);
            return;
        }
        self.section = Section::Body;
        self.in_table = false;
        self.bodies &= is_about_bodies(&piece.text);
        self.in_front &= level == 1;
        self.note_level(level);
        self.push(BlockKind::Heading { level }, at);
    }

    fn note_level(&mut self, level: u8) {
        if level < 3 {
            self.known_level = level;
        }
    }

    fn body(&mut self, at: usize) {
        let piece = &self.pieces[at];
        self.in_table &= !piece.is_complete();
        let kind = match piece.form {
            Form::Item { depth } => BlockKind::Item { depth },
            Form::Numbered => BlockKind::Paragraph,
            _ if is_table_head(&piece.text) => {
                self.in_table = true;
                BlockKind::Aside
            }
            _ if piece.text.eq_ignore_ascii_case("responsible body") => {
                self.bodies = true;
                BlockKind::Aside
            }
            _ if self.bodies && is_short(piece) => BlockKind::Aside,
            _ if is_fact_line(&piece.text) => BlockKind::Aside,
            _ if !looks_like_heading(&piece.text) || is_date(&piece.text) => {
                if self.in_front && !is_running_text(piece) { BlockKind::Aside } else { BlockKind::Paragraph }
            }
            _ => self.unknown_heading(at),
        };
        self.in_front &= kind == BlockKind::Aside;
        self.push(kind, at);
    }

    /// A short text that no table knows: a heading if text follows; part of the front otherwise.
    fn unknown_heading(&self, at: usize) -> BlockKind {
        const MOST_IN_A_ROW: usize = 2;
        let row = self.pieces[at..].iter().take(MOST_IN_A_ROW + 1).take_while(|p| is_short(p)).count();
        let next = self.pieces.get(at + row);
        let leads = next.is_some() && row == 1 && self.pieces[at].apart;
        let level = if self.known_level == 2 { 3 } else { 2 };
        match self.in_front {
            true if leads && next.is_some_and(is_running_text) => BlockKind::Heading { level },
            true => BlockKind::Aside,
            false if next.is_some() && row <= MOST_IN_A_ROW => BlockKind::Heading { level },
            false => BlockKind::Paragraph,
        }
    }

    /// "Overall effectiveness" and, in the next piece, "Good": a row of a table, or the heading of a section.
    fn grade_row(&mut self, at: usize) -> Option<usize> {
        let piece = &self.pieces[at];
        let label = piece.form != Form::Footnote && !matches!(piece.form, Form::Item { .. }) && is_label(&piece.text);
        if !label || is_table_head(&piece.text) {
            return None;
        }
        if only_grades(&piece.text) {
            // A grade that lost its judgement.
            self.push(BlockKind::Aside, at);
            return Some(1);
        }
        let next = self.pieces.get(at + 1).filter(|p| p.form == Form::Plain)?;
        let grade = grade(&next.text)?;
        let mut grade = grade.to_owned();
        let mut taken = 2;
        if grade.eq_ignore_ascii_case("requires")
            && let Some(rest) = self.pieces.get(at + 2).filter(|p| only_grades(&p.text))
        {
            grade = format!("{grade} {}", rest.text);
            taken = 3;
        }
        let row_follows = self.pieces.get(at + taken + 1).is_some_and(|p| only_grades(&p.text));
        let in_table = self.in_table || row_follows || self.in_front;
        let section = known(&piece.text).filter(|_| !in_table);
        let kind = section.map_or(BlockKind::Grade, |(level, _)| BlockKind::Heading { level });
        self.in_table = section.is_none();
        if let Some((level, _)) = section {
            self.note_level(level);
            self.section = Section::Body;
            self.in_front = false;
        }
        let text = format!("{}: {grade}", piece.text.trim_end_matches(':'));
        self.blocks.push(Block { kind, text, pages: piece.pages.clone() });
        Some(taken)
    }

    fn push(&mut self, kind: BlockKind, at: usize) {
        let piece = &self.pieces[at];
        // A title of two reports ("Inspection of … and / Review of …") keeps the first.
        let title = matches!(kind, BlockKind::Heading { level: 1 });
        let text = piece.text.strip_suffix(" and").filter(|_| title).unwrap_or(&piece.text);
        self.blocks.push(Block { kind, text: text.to_owned(), pages: piece.pages.clone() });
    }
}

/// Marks what is no finding by its form in blocks whose structure is known already (Markdown).
pub(super) fn mark_asides(blocks: &mut [Block]) {
    let running = |b: &Block| !matches!(b.kind, BlockKind::Heading { .. });
    if let Some(salutation) = blocks.iter().take(FRONT).position(|b| running(b) && is_salutation(&b.text)) {
        blocks[..=salutation].iter_mut().filter(|b| running(b)).for_each(|b| b.kind = BlockKind::Aside);
    }
    let mut closed = false;
    for block in blocks.iter_mut() {
        closed = running(block) && (closed || is_closing(&block.text));
        if closed || running(block) && is_boilerplate(&block.text) {
            block.kind = BlockKind::Aside;
        }
    }
}

fn is_salutation(text: &str) -> bool {
    text.len() < 100 && text.starts_with("Dear ") && !text.ends_with('.')
}

fn is_closing(text: &str) -> bool {
    text.len() < 200 && (text.starts_with("Yours sincerely") || text.starts_with("Yours faithfully"))
}

fn is_title(text: &str) -> bool {
    known(text).is_some_and(|(level, _)| level == 1)
}

/// "Inspection dates: 20 June to 13 July 2017" and its like.
fn is_fact_line(text: &str) -> bool {
    const FACTS: [&str; 18] = [
        "inspection date",
        "inspected",
        "visit date",
        "report published",
        "published:",
        "publication date",
        "lead inspector",
        "reporting inspector",
        "date of previous inspection",
        "date of last inspection",
        "unique reference number",
        "age group",
        "dates of inspection",
        "date of inspection",
        "dates of previous inspection",
        "previous inspection date",
        "her majesty's inspector",
        "his majesty's inspector",
    ];
    text.len() < 160 && {
        let lower = text.to_lowercase().replace('’', "'");
        FACTS.iter().any(|fact| lower.starts_with(fact)) && !lower.ends_with('.')
    }
}

fn is_table_head(text: &str) -> bool {
    const HEADS: [&str; 8] = [
        "judgement",
        "judgment",
        "grade",
        "judgement grade",
        "judgment grade",
        "key judgement",
        "key judgements",
        "judgement and grade",
    ];
    HEADS.contains(&text.to_lowercase().as_str())
}

/// Publisher's text that closes a report: who Ofsted is, how to complain, licences, addresses.
fn is_boilerplate(text: &str) -> bool {
    const BEGINNINGS: [&str; 22] = [
        "the office for standards in education, children's services and skills",
        "if you would like a copy of this document",
        "if you would like a copy of this report",
        "you may reuse this information",
        "you may copy all or parts of this document",
        "this publication is available at",
        "this report is available at",
        "interested in our work?",
        "© crown copyright",
        "crown copyright",
        "website: www.",
        "this document may be reproduced",
        "further copies of this report",
        "to receive regular email alerts",
        "t: 0",
        "e: enquiries",
        "w: www.",
        "textphone",
        "piccadilly gate",
        "no. ",
        "any complaints about the inspection or the report",
        "raising standards improving lives",
    ];
    let head: String = text.chars().take(80).collect();
    let head = head.to_lowercase().replace('’', "'");
    BEGINNINGS.iter().any(|b| head.starts_with(b)) && !(head.starts_with("no. ") && text.len() > 20)
}

/// Where the publisher's own text begins: who Ofsted is, its addresses.
fn is_publisher(text: &str) -> bool {
    text.starts_with("The Office for Standards in Education") || text.starts_with("Piccadilly Gate")
}

/// A heading over a table with a column "Responsible body".
fn is_about_bodies(text: &str) -> bool {
    text.starts_with("Areas for")
}

/// The dots that lead to the page number in a table of contents.
fn has_leaders(text: &str) -> bool {
    text.contains(".....") || text.contains(". . . . .")
}

fn is_date(text: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let words: Vec<&str> = text.split_whitespace().take(4).collect();
    let number = |w: &str| w.bytes().all(|b| b.is_ascii_digit());
    matches!(words[..], [day, month, year] if number(day) && MONTHS.contains(&month) && number(year))
}

fn is_label(text: &str) -> bool {
    text.len() < 200 && !text.ends_with(['.', ';', ','])
}

fn is_short(piece: &Piece) -> bool {
    piece.form == Form::Plain && looks_like_heading(&piece.text) && known(&piece.text).is_none()
}

/// A sentence, not a label.
fn is_running_text(piece: &Piece) -> bool {
    const FEWEST_WORDS: usize = 8;
    piece.form != Form::Plain || piece.is_complete() && piece.text.split_whitespace().nth(FEWEST_WORDS - 1).is_some()
}
