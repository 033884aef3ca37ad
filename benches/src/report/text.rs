//! Reports for the terminal.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use super::{Bar, Report};

/// Every section of a report as tables.
pub fn text(report: &Report) -> String {
    let mut text = format!("\n{}\n{}\n", report.title, report.about);
    for section in &report.sections {
        let _infallible =
            writeln!(text, "\n{}: {}\n{}", section.title, section.unit, section.reading());
        for group in &section.groups {
            let table = table(section.head(), group.bars.iter().map(Bar::row));
            let _infallible = writeln!(text, "\n{}\n{table}", group.label);
        }
        if let Some(grid) = &section.grid {
            let _infallible = writeln!(text, "\n{}", table(grid.head.clone(), grid.cells()));
        }
    }
    text
}

fn table(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(head).add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
