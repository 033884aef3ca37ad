//! Reports for the terminal.

use std::fmt::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::{Bar, Report, Sheet};

/// Every section of a report as tables.
pub fn text(report: &Report) -> String {
    let mut text = format!("\n{}\n{}\n", report.title, report.about);
    for sheet in &report.sheets {
        let table = words(sheet);
        let _infallible = writeln!(text, "\n{}\n{}\n{table}", sheet.title, sheet.about);
    }
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

/// Cells of words, broken into lines where they are too wide for a terminal.
fn words(sheet: &Sheet) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_width(WIDTH);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(sheet.head.clone()).add_rows(sheet.rows.iter().cloned());
    table
}

/// As wide as most terminals are, at least.
const WIDTH: u16 = 160;

fn table(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(head).add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
