//! Bars with whiskers, as SVG inside of the page.

use maud::{Markup, html};

use super::{Bar, Group, number};

const LABEL: f64 = 170.0;
const PLOT: f64 = 470.0;
const FIGURE: f64 = 80.0;
const ROW: f64 = 24.0;
const BAR: f64 = 14.0;

/// One bar a contender, from 0 to its median, with the interval as a whisker. Those that the
/// ratios refer to are drawn in another colour.
pub(super) fn chart(group: &Group, references: &[String]) -> Markup {
    let most = group.bars.iter().map(|bar| bar.value.high).fold(0.0, f64::max);
    let scale = if most > 0.0 { PLOT / most } else { 0.0 };
    let (width, height) = (LABEL + PLOT + FIGURE, ROW * group.bars.len() as f64);
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img" {
            title { (group.label) }
            @for (index, bar) in group.bars.iter().enumerate() {
                (row(bar, index as f64 * ROW, scale, references.contains(&bar.name)))
            }
        }
    }
}

fn row(bar: &Bar, top: f64, scale: f64, is_ours: bool) -> Markup {
    let middle = top + ROW / 2.0;
    let at = |value: f64| format!("{:.1}", LABEL + value.max(0.0) * scale);
    let value = &bar.value;
    let cap = |x: &str| {
        html! { line class="whisker" x1=(x) x2=(x) y1=(middle - 4.0) y2=(middle + 4.0) {} }
    };
    let (low, high) = (at(value.low), at(value.high));
    let figure = LABEL + value.high.max(0.0) * scale + 6.0;
    html! {
        text x=(LABEL - 8.0) y=(middle + 4.0) text-anchor="end" { (bar.name) }
        rect class=(if is_ours { "ours" } else { "peer" }) x=(LABEL) y=(middle - BAR / 2.0)
            width=(format!("{:.1}", value.median.max(0.0) * scale)) height=(BAR) {}
        line class="whisker" x1=(low) x2=(high) y1=(middle) y2=(middle) {}
        (cap(&low)) (cap(&high))
        text x=(format!("{figure:.1}")) y=(middle + 4.0) { (number(value.median)) }
    }
}
