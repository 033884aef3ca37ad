use std::path::PathBuf;

use super::*;

fn report() -> Report {
    let mut section = Section::new("Gets", "Mops/s", Better::Higher, &["ours"]);
    section.group("1 <thread>", &[("ours", vec![6.0; 9]), ("peer & co", vec![4.0; 9])]);
    section.grid = Some(Grid {
        head: vec!["trace".to_owned(), "ours".to_owned()],
        rows: vec![("loop 32".to_owned(), vec![0.5])],
    });
    let mut report = Report::new("memory", "Speed", "About it.".to_owned(), &Settings::quick());
    report.sections.push(section);
    let mut sheet = Sheet::new("Upkeep", "Beside its speed.");
    sheet.head = vec!["driver".to_owned(), "release".to_owned()];
    sheet.rows = vec![vec!["one & only".to_owned(), "1.0".to_owned()]];
    report.sheets.push(sheet);
    report
}

fn directory(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("benches-report-{name}-{}", std::process::id()))
}

#[test]
fn ratio_is_ours_divided_by_the_peer_and_ours_has_none() {
    let [ours, peer] = &report().sections[0].groups[0].bars[..] else { panic!("two bars") };
    assert_eq!(ours.ratios, [None]);
    assert_eq!(peer.ratios[0].unwrap().median, 1.5);
}

#[test]
fn report_survives_json() {
    let json = serde_json::to_string(&report()).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report_made_at(&json));
}

/// The same report; only its time and the load of the machine may be others.
fn report_made_at(json: &str) -> Report {
    let read: Report = serde_json::from_str(json).unwrap();
    Report { made: read.made, machine: read.machine, ..report() }
}

#[test]
fn text_shows_each_contender_with_its_ratio() {
    let text = text(&report());
    let row = text.lines().find(|line| line.contains("peer & co")).unwrap();
    assert!(row.contains("4.00") && row.contains("1.50 (1.50 – 1.50)"), "{row}");
    assert!(text.contains("above 1 is better for ours"), "{text}");
    assert!(text.contains("0.5000"), "{text}");
    assert!(text.contains("one & only"), "{text}");
}

#[test]
fn page_has_charts_and_tables_and_asks_nobody_for_anything() {
    let page = page(&[report()]);
    assert_eq!(page.matches("<svg").count(), 1);
    assert_eq!(page.matches("class=\"ours\"").count(), 1);
    assert_eq!(page.matches("class=\"peer\"").count(), 1);
    // A table for the group, one for the grid and one of words.
    assert_eq!(page.matches("<table").count(), 3);
    assert!(page.contains("one &amp; only") && page.contains("Beside its speed."));
    for foreign in ["http:", "https:", "src=", "<script", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn page_escapes_what_it_shows() {
    let page = page(&[report()]);
    assert!(page.contains("peer &amp; co") && !page.contains("peer & co"));
    assert!(page.contains("1 &lt;thread&gt;") && !page.contains("1 <thread>"));
}

#[test]
fn bars_are_as_long_as_their_values() {
    let page = page(&[report()]);
    let width = |class: &str| {
        let (_, rest) = page.split_once(&format!("class=\"{class}\"")).unwrap();
        let (_, rest) = rest.split_once("width=\"").unwrap();
        rest.split_once('"').unwrap().0.parse::<f64>().unwrap()
    };
    assert!((width("ours") / width("peer") - 1.5).abs() < 0.01);
}

#[test]
fn quick_run_is_marked_as_one() {
    assert!(page(&[report()]).contains("its figures tell nothing"));
    assert!(!page(&[Report { quick: false, ..report() }]).contains("its figures tell nothing"));
}

#[test]
fn page_keeps_the_last_report_of_each_experiment() {
    let directory = directory("keeps");
    write(&report(), &directory).unwrap();
    write(&Report { title: "Speed again".to_owned(), ..report() }, &directory).unwrap();
    let other = Report { experiment: "expiry".to_owned(), title: "Ends".to_owned(), ..report() };
    write(&other, &directory).unwrap();
    let page = std::fs::read_to_string(directory.join("index.html")).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(page.contains("<h2 id=\"memory\">Speed again</h2>"));
    assert!(!page.contains("<h2 id=\"memory\">Speed</h2>"));
    assert!(page.contains("<h2 id=\"expiry\">Ends</h2>"));
}

#[test]
fn report_that_cannot_be_read_is_named() {
    let directory = directory("broken");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("expiry.json"), "{}").unwrap();
    let error = write(&report(), &directory).unwrap_err().to_string();
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(error.contains("expiry.json") && error.contains("run it again"), "{error}");
}

#[test]
fn numbers_have_as_many_digits_as_tell_something() {
    let shown = [0.34567, 9.876, 12.34, 4321.9].map(number);
    assert_eq!(shown, ["0.3457", "9.88", "12.3", "4322"]);
}
