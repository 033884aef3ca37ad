//! The page of names and the list in the code are the same.

use cache_recipes::names::{self, Name, NameKind};

const PAGE: &str = include_str!("../../docs/observability.md");

fn row(name: &Name) -> String {
    let kind = match name.kind {
        NameKind::Counter => "counter",
        NameKind::Histogram => "histogram",
        NameKind::Span => "span",
        NameKind::Event => "event",
        _ => panic!("a kind without a word"),
    };
    let labels: Vec<_> = name.labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{}` | {kind} | {} | {} |", name.name, labels.join(", "), name.meaning)
}

#[test]
fn every_name_is_a_row_of_the_page_and_no_other_is() {
    let rows: Vec<_> = PAGE.lines().filter(|line| line.starts_with("| `")).collect();
    let listed: Vec<_> = names::ALL.iter().map(row).collect();
    assert_eq!(rows, listed, "write docs/observability.md as src/observed/names.rs says");
}

#[test]
fn page_lists_the_outcomes() {
    let outcomes: Vec<_> = names::OUTCOMES.iter().map(|outcome| format!("`{outcome}`")).collect();
    let outcomes = outcomes.join(", ");
    assert!(PAGE.contains(&outcomes), "docs/observability.md does not hold: {outcomes}");
}
