use super::read;
use crate::ingest::BlockKind::{self, Aside, Grade, Heading, Item, Paragraph};

fn blocks(text: &str) -> Vec<(BlockKind, String)> {
    let document = read(text);
    document.blocks.iter().map(|b| (b.kind, document.block_text(b).to_owned())).collect()
}

fn expect(text: &str, expected: &[(BlockKind, &str)]) {
    let found = blocks(text);
    let found: Vec<(BlockKind, &str)> = found.iter().map(|(k, t)| (*k, t.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_letter_opens_with_an_aside_and_closes_with_one() {
    expect(
        "Ofsted\nPiccadilly Gate\n\n3 May 2018\n\nDear Ms Jones\n\nMonitoring visit to Anytown\n\nLeaders have a plan.\n\nYours sincerely\n\nA Person\n\nHer Majesty's Inspector\n",
        &[
            (Aside, "Ofsted"),
            (Aside, "Piccadilly Gate"),
            (Aside, "3 May 2018"),
            (Aside, "Dear Ms Jones"),
            (Heading { level: 1 }, "Monitoring visit to Anytown"),
            (Paragraph, "Leaders have a plan."),
            (Aside, "Yours sincerely"),
            (Aside, "A Person"),
            (Aside, "Her Majesty's Inspector"),
        ],
    );
}

#[test]
fn numbers_on_their_own_line_belong_to_the_next_paragraph() {
    expect(
        "The experiences and progress of children: Good\n1.\n\nStaff know the children whom they support, and visit them\nin time.\n2.\n\nPlans are clear. There are 16.\n",
        &[
            (Heading { level: 2 }, "The experiences and progress of children: Good"),
            (Paragraph, "Staff know the children whom they support, and visit them in time."),
            (Paragraph, "Plans are clear. There are 16."),
        ],
    );
}

#[test]
fn a_page_break_cuts_no_sentence() {
    let long = "Leaders know what the area needs, and they have a plan for it that staff and families helped to write, with goals and dates that all know and use.";
    expect(
        &format!(
            "Main findings\n\n- {long} They visit the\n\n\n\n\n\nhomes of families.\n\n- {long} The forum closes in October\n\n\n\n\n\n- 2018. Leaders know that.\n"
        ),
        &[
            (Heading { level: 2 }, "Main findings"),
            (Item { depth: 1 }, &format!("{long} They visit the homes of families.")),
            (Item { depth: 1 }, &format!("{long} The forum closes in October 2018. Leaders know that.")),
        ],
    );
}

#[test]
fn bullets_nest_by_indentation_or_by_mark() {
    let expected = [
        (Item { depth: 1 }, "Plans are weak. The reasons are:"),
        (Item { depth: 2 }, "no checks"),
        (Item { depth: 2 }, "no outcomes"),
        (Item { depth: 1 }, "Parents know."),
    ];
    expect("- Plans are weak. The reasons are:\n - no checks\n - no outcomes\n- Parents know.\n", &expected);
    expect(
        "\u{F06E} Plans are weak. The reasons are:\n\u{F02D} no checks\n\u{F02D} no outcomes\n\u{F06E} Parents know.\n",
        &expected,
    );
    expect(
        "\u{F0A7}\n\nPlans are weak. The reasons are:\n–\n\nno checks\n–\n\nno outcomes\n\u{F0A7}\n\nParents know.\n",
        &expected,
    );
}

#[test]
fn a_grade_belongs_to_its_judgement() {
    expect(
        "Inspection of children’s social care services\nInspection dates: 1 to 5 May 2019\nJudgement\n\nGrade\n\nThe impact of leaders on social work practice with children\nand families\n\nInadequate\n\nOverall effectiveness\n\nRequires improvement to be good\n\nLeaders have not done enough since the last inspection of services.\n",
        &[
            (Heading { level: 1 }, "Inspection of children’s social care services"),
            (Aside, "Inspection dates: 1 to 5 May 2019"),
            (Aside, "Judgement"),
            (Aside, "Grade"),
            (Grade, "The impact of leaders on social work practice with children and families: Inadequate"),
            (Grade, "Overall effectiveness: Requires improvement to be good"),
            (Paragraph, "Leaders have not done enough since the last inspection of services."),
        ],
    );
}

#[test]
fn text_of_one_short_line_is_a_paragraph() {
    expect("Children are safe", &[(Paragraph, "Children are safe")]);
    expect("children are safe\nand well", &[(Paragraph, "children are safe and well")]);
    assert_eq!(blocks(""), []);
    assert_eq!(blocks("\u{c}\n \n\u{c}"), []);
}

#[test]
fn markdown_gives_the_same_structure() {
    expect(
        "# Letter\n\nDear Ms Jones\n\n## Main findings\n\nLeaders **know** their\narea.\n\n* Plans are weak:\n    1. no checks\n    2. no outcomes\n\nSummary\n-------\n\n| Judgement | Grade |\n|---|---|\n| Overall | Good |\n\n```\ncode\n```\n> Quoted.\n",
        &[
            (Heading { level: 1 }, "Letter"),
            (Aside, "Dear Ms Jones"),
            (Heading { level: 2 }, "Main findings"),
            (Paragraph, "Leaders know their area."),
            (Item { depth: 1 }, "Plans are weak:"),
            (Item { depth: 2 }, "no checks"),
            (Item { depth: 2 }, "no outcomes"),
            (Heading { level: 2 }, "Summary"),
            (Aside, "Judgement Grade"),
            (Grade, "Overall: Good"),
            (Aside, "code"),
            (Paragraph, "Quoted."),
        ],
    );
}
