//! A stylesheet from the files of a folder: tokens first, then the base, then each component by name. The sign-in page needs
//! what is in `style/`; the pages beyond it also need what is in `style/beyond/`.
//!
//! The minifier removes comments and white space and nothing else; it never rewrites a value. Brotli does the rest.

use crate::Outcome;
use std::{fs, path::Path};

/// Reads the folder's stylesheets in the order in which they build on each other.
pub(crate) fn read(folder: &Path) -> Outcome<String> {
    if !folder.is_dir() {
        return Ok(String::new());
    }
    let mut names: Vec<String> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Outcome<Vec<_>>>()?
        .into_iter()
        .filter(|name| name.ends_with(".css"))
        .collect();
    names.sort_by_key(|name| (rank(name), name.clone()));
    let mut sheet = String::new();
    for name in names {
        sheet.push_str(&fs::read_to_string(folder.join(name))?);
        sheet.push('\n');
    }
    Ok(minify(&sheet))
}

fn rank(name: &str) -> u8 {
    match name {
        "tokens.css" => 0,
        "base.css" => 1,
        _ => 2,
    }
}

/// Removes what a browser skips: comments, indentation, the last semicolon of a rule.
pub(crate) fn minify(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    let mut space = false;
    while let Some(character) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
            // A comment separates two tokens without being white space: `1px/**/2px` is two lengths.
            let glued = !space && ends_in_name(&out) && rest.starts_with(is_name);
            out.push_str(if glued { "/**/" } else { "" });
            continue;
        }
        if character.is_ascii_whitespace() {
            space = true;
            rest = rest.trim_ascii_start();
            continue;
        }
        if space && !out.is_empty() && !swallows_space_after(&out) && !"{};,".contains(character) {
            out.push(' ');
        }
        space = false;
        if character == '}' && out.ends_with(';') {
            out.pop();
        }
        let length = if matches!(character, '"' | '\'') { string_length(rest, character) } else { character.len_utf8() };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

/// White space after these never means anything. Before a colon it does (`a :hover`), after one it doesn't.
fn swallows_space_after(out: &str) -> bool {
    out.ends_with(['{', '}', ';', ',', ':'])
}

fn ends_in_name(out: &str) -> bool {
    out.chars().next_back().is_some_and(is_name)
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '%')
}

/// The length in bytes of the quoted string that `css` starts with, quotes included.
fn string_length(css: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in css.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    css.len()
}

#[cfg(test)]
mod tests {
    use super::minify;

    #[test]
    fn comments_and_indentation_go() {
        assert_eq!(
            minify("/* ink */\n.a {\n  color : red; /* why */\n  margin: 0 1px;\n}\n\n.b, .c { }\n"),
            ".a{color :red;margin:0 1px}.b,.c{}"
        );
    }

    #[test]
    fn white_space_that_means_something_stays() {
        assert_eq!(minify("a :hover > b { width: calc(1px + 2px) }"), "a :hover > b{width:calc(1px + 2px)}");
        assert_eq!(minify("@media (min-width: 40rem) and (hover)"), "@media (min-width:40rem) and (hover)");
    }

    #[test]
    fn strings_are_left_alone() {
        assert_eq!(minify(r#"a { content: "  /* \" ;  " ; }"#), r#"a{content:"  /* \" ;  "}"#);
    }

    #[test]
    fn a_comment_never_glues_two_values_nor_parts_two_selectors() {
        assert_eq!(minify("margin:1px/* */2px"), "margin:1px/**/2px");
        assert_eq!(minify(".a/* */.b{}"), ".a.b{}");
    }

    #[test]
    fn an_unfinished_comment_or_string_ends_with_the_file() {
        assert_eq!(minify("a{} /* open"), "a{}");
        assert_eq!(minify("a{content:'open"), "a{content:'open");
    }
}
