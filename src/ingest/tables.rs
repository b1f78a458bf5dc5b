//! Tables of judgements and grades, told from other tables; shared by the readers that see real tables.

use super::document::{BlockKind, Builder};

/// A table's rows as the texts of their cells.
pub(super) type Rows = Vec<Vec<String>>;

/// The words that inspectors grade with, in lower case.
const GRADES: [&str; 8] = [
    "outstanding",
    "good",
    "requires improvement",
    "requires improvement to be good",
    "inadequate",
    "adequate",
    "satisfactory",
    "not judged",
];

/// Whether `text` is a grade and nothing else.
pub(super) fn is_grade(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    GRADES.contains(&text.split_whitespace().collect::<Vec<_>>().join(" ").as_str())
}

/// Whether the rows give judgements and their grades: two cells each, and a grade in the second of most.
pub(super) fn is_grade_table(rows: &Rows) -> bool {
    let filled = |row: &&Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
    let (mut all, mut graded) = (0, 0);
    for row in rows.iter().filter(filled) {
        all += 1;
        graded += usize::from(matches!(row.as_slice(), [_, grade] if is_grade(grade)));
    }
    graded > 0 && graded * 2 >= all
}

/// Writes a grade table: each judgement as "name: grade", everything else in it as an aside.
pub(super) fn write_grades(rows: &Rows, builder: &mut Builder) {
    for row in rows {
        match row.as_slice() {
            [name, grade] if is_grade(grade) => {
                builder.begin(BlockKind::Grade);
                builder.push(name.trim().trim_end_matches(':'));
                builder.push(": ");
                builder.push(grade);
            }
            other => builder.block(BlockKind::Aside, &other.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_table_is_told_by_its_second_column() {
        let rows = |cells: &[[&str; 2]]| cells.iter().map(|r| r.map(String::from).to_vec()).collect::<Rows>();
        let grades = rows(&[["Judgement", "Grade"], ["Leaders’ impact", "Requires  improvement to be good"]]);
        assert!(is_grade_table(&grades));
        assert!(!is_grade_table(&rows(&[["Areas for improvement", ""], ["Leaders should do more.", "By May"]])));
        let mut builder = Builder::default();
        write_grades(&grades, &mut builder);
        let document = builder.finish();
        assert_eq!(document.block_text(&document.blocks[1]), "Leaders’ impact: Requires improvement to be good");
        assert_eq!(document.blocks[0].kind, BlockKind::Aside);
    }
}
