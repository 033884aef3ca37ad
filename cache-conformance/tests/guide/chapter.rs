//! The chapter and the files beside this one are the same, line by line.
//!
//! Of a block of the chapter that counts which a reader sees, up to the first statement: from a line
//! that begins with `let` on, it tries out what it has built. Blank lines, and how far a line is
//! indented, do not count.

const CHAPTER: &str = include_str!("../../../cache-core/docs/writing-a-backend.md");

/// The blocks of the chapter in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("\n```{language}\n");
    let blocks = CHAPTER.split(&*begin).skip(1);
    blocks.map(|rest| rest.split_once("\n```").expect("the end of a block").0).collect()
}

/// What a block builds, as a reader sees it.
fn built(block: &'static str) -> impl Iterator<Item = &'static str> {
    let seen = block.lines().filter(|line| !line.starts_with("# ") && *line != "#");
    seen.take_while(|line| !line.starts_with("let "))
}

fn code<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    lines.map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[track_caller]
fn are_the_same(chapter: &[&str], file: &[&str]) {
    let pairs = chapter.iter().zip(file).enumerate();
    for (number, (in_chapter, in_file)) in pairs {
        assert_eq!(in_chapter, in_file, "at line {} of the code", number + 1);
    }
    assert_eq!(chapter.len(), file.len(), "lines in the chapter and in the file");
}

#[test]
fn small_is_the_backend_of_the_chapter() {
    let rust = blocks("rust");
    let chapter = code(rust[..3].iter().flat_map(|block| built(block)));
    assert!(chapter.len() > 150, "the chapter has lost its backend: {} lines", chapter.len());
    are_the_same(&chapter, &code(include_str!("small.rs").lines()));
}

#[test]
fn conformance_is_the_test_file_of_the_chapter() {
    let tests = blocks("ignore");
    assert_eq!(tests.len(), 1, "blocks that are not run with the chapter");
    // In the chapter `Small` is in a crate of its own, and here in a module.
    let (file, _) = include_str!("conformance.rs").split_once("// The chapter ends here.").unwrap();
    let file = file.lines().filter(|line| *line != "use super::small;");
    are_the_same(&code(tests[0].lines()), &code(file));
}
