//! The page with the last report of each experiment. It needs nothing from elsewhere.

use std::time::{Duration, UNIX_EPOCH};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::chart;
use super::{Bar, Group, Report, Section, Sheet};

const STYLE: &str = "
:root { color-scheme: light dark; --ours: #0b7a5c; --peer: #8fa3b8; --line: #c8d0d8; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
h4 { margin: 1.5rem 0 .3rem; }
svg { max-width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
.ours { fill: var(--ours); }
.peer { fill: var(--peer); }
.whisker { stroke: currentColor; stroke-width: 1.2; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin: .5rem 0 1rem; }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
td { font-variant-numeric: tabular-nums; white-space: nowrap; }
.words td { text-align: left; white-space: normal; vertical-align: top; }
.note { color: gray; font-size: 13px; }
.quick { border-left: 4px solid #c60; padding-left: .7rem; }
";

/// The page as text.
pub fn page(reports: &[Report]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Benches of the cache" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "The cache beside its peers" }
                p {
                    "A bar is the median of the rounds, its whisker the interval that holds the "
                    "true median with a probability of 95 % (under 6 rounds: all that was seen). "
                    "The ratios are taken within each round, then their median with its interval. "
                    "The contenders took turns in one process."
                }
                nav { @for report in reports { a href=(format!("#{}", report.experiment)) { (report.title) } " · " } }
                @for report in reports { (experiment(report)) }
            }
        }
    };
    page.into_string()
}

fn experiment(report: &Report) -> Markup {
    let machine = &report.machine;
    html! {
        h2 id=(report.experiment) { (report.title) }
        p { (report.about) }
        @if report.quick {
            p class="quick" { "A quick run, to see that it works: its figures tell nothing." }
        }
        p class="note" {
            (machine.processor) ", " (machine.cores) " threads, " (machine.system) ", "
            (machine.compiler) "; load when it began " (machine.load) "; " (date(report.made))
        }
        @for words in &report.sheets { (sheet(words)) }
        @for part in &report.sections { (section(part)) }
    }
}

fn sheet(sheet: &Sheet) -> Markup {
    html! {
        h3 { (sheet.title) }
        p { (sheet.about) }
        div class="words" { (table(&sheet.head, sheet.rows.iter().cloned())) }
    }
}

fn section(section: &Section) -> Markup {
    html! {
        h3 { (section.title) }
        p { "In " (section.unit) ". " (section.reading()) }
        @for group in &section.groups { (group_of(section, group)) }
        @if let Some(grid) = &section.grid { (table(&grid.head, grid.cells())) }
    }
}

fn group_of(section: &Section, group: &Group) -> Markup {
    html! {
        h4 { (group.label) }
        (chart(group, &section.references))
        (table(&section.head(), group.bars.iter().map(Bar::row)))
    }
}

fn table(head: &[String], rows: impl Iterator<Item = Vec<String>>) -> Markup {
    html! {
        div class="table" {
            table {
                thead { tr { @for name in head { th { (name) } } } }
                tbody { @for row in rows { tr { @for cell in &row { td { (cell) } } } } }
            }
        }
    }
}

/// A time in seconds since 1970, in UTC.
fn date(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}
