//! Front pages are invented, in the wording of the real ones.

use super::super::document::Builder;
use super::*;

fn of(blocks: &[&str]) -> Facts {
    let mut builder = Builder::default();
    blocks.iter().for_each(|text| builder.block(BlockKind::Paragraph, text));
    find(&builder.finish())
}

#[test]
fn an_area_send_report_says_what_it_is() {
    let facts = of(&[
        "Area SEND inspection of Example and Sample Local Area Partnership",
        "Inspection dates: 22 to 26 May 2023",
        "Date of previous inspection: 6 to 10 February 2017",
        "The local area partnership’s arrangements lead to inconsistent experiences and outcomes for children.",
    ]);
    assert_eq!(facts.authority.as_deref(), Some("Example and Sample"));
    assert_eq!(facts.framework, Framework::SendFrom2023);
    assert_eq!(facts.inspected, Some(("2023-05-22".into(), "2023-05-26".into())));
    assert_eq!(facts.outcome.as_deref(), Some("inconsistent experiences and outcomes"));
    assert_eq!(facts.published, None);
}

#[test]
fn a_childrens_services_report_gives_its_grades_with_and_without_a_table() {
    let title = [
        "Inspection of Example City Council local authority children’s services",
        "Inspection dates: 7 to 18 October 2024",
    ];
    let rows =
        "The experiences and progress of children in care Good Overall effectiveness Requires improvement to be good";
    let facts = of(&[title[0], title[1], rows]);
    assert_eq!(facts.authority.as_deref(), Some("Example"));
    assert_eq!(facts.framework, Framework::ChildrensServices);
    assert_eq!(facts.outcome.as_deref(), Some("requires improvement to be good"));
    assert_eq!(facts.grades.len(), 2);

    let mut builder = Builder::default();
    title.iter().for_each(|text| builder.block(BlockKind::Heading { level: 1 }, text));
    builder.block(BlockKind::Grade, "1. Work of some other name: Good");
    builder.block(BlockKind::Grade, "Overall effectiveness: Inadequate");
    let facts = find(&builder.finish());
    assert_eq!(facts.outcome.as_deref(), Some("inadequate"));
    let wanted = [("Work of some other name", "Good"), ("Overall effectiveness", "Inadequate")];
    assert_eq!(facts.grades, wanted.map(|(name, grade)| (name.into(), grade.into())));
}

#[test]
fn a_single_inspection_states_its_judgement_in_a_sentence() {
    for (sentence, outcome) in [
        ("Children’s services in Example require improvement to be good", "requires improvement to be good"),
        ("The overall judgement is that children’s services are inadequate", "inadequate"),
        ("The overall judgement is good.", "good"),
    ] {
        let facts = of(&[
            "London Borough of Example",
            "Inspection of services for children in need of help and protection, children looked after and care leavers",
            "Inspection date: 1/06/2015 – 25/06/2015 Report published: 10/08/2015",
            sentence,
        ]);
        assert_eq!(facts.authority.as_deref(), Some("Example"));
        assert_eq!(facts.framework, Framework::SingleInspection);
        assert_eq!(facts.published.as_deref(), Some("2015-08-10"));
        assert_eq!(facts.outcome.as_deref(), Some(outcome));
    }
}

#[test]
fn visits_are_told_from_the_inspections_they_follow() {
    let visit = of(&[
        "Monitoring visit of Example children’s services",
        "Dear Ms Sample",
        "This letter follows the inspection of children’s services in 2017.",
    ]);
    assert_eq!((visit.framework, visit.authority.as_deref()), (Framework::MonitoringVisit, Some("Example")));
    assert_eq!(of(&["Focused visit to Example children’s services"]).framework, Framework::Other);
}

#[test]
fn what_is_no_letter_has_no_facts() {
    let facts = of(&["Leaders know their area.", "Children’s services are good. Overall, plans are weak."]);
    assert_eq!(facts, Facts::default());
}

#[test]
fn the_kingston_letter_says_what_it_is() {
    let text = include_str!("../../../datasets/letters/kingston-2018-send-letter.txt");
    let facts = of(&text.split("\n\n").collect::<Vec<_>>());
    let wanted = Facts {
        authority: Some("Kingston upon Thames".into()),
        framework: Framework::SendBefore2023,
        published: Some("2018-10-23".into()),
        inspected: Some(("2018-09-17".into(), "2018-09-21".into())),
        outcome: Some("Written Statement of Action required".into()),
        grades: Vec::new(),
    };
    assert_eq!(facts, wanted);
}
