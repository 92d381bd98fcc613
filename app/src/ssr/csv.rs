//! CSV as spreadsheets read it (RFC 4180).

use crate::api::export::Export;

/// A table of texts under its `columns`.
pub(super) fn export<const N: usize>(columns: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Export {
    let mut csv = [&columns.join(","), "\r\n"].concat();
    let mut entries = 0;
    for row in rows {
        csv.push_str(&row.map(|field| quoted(&field)).join(","));
        csv.push_str("\r\n");
        entries += 1;
    }
    Export { csv, entries }
}

/// One field. One that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV
/// injection): names are what people typed.
fn quoted(field: &str) -> String {
    let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_one_field_and_never_a_formula() {
        assert_eq!(quoted("Ada \"Lark\", 2nd\r\n"), "\"Ada \"\"Lark\"\", 2nd\r\n\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(quoted("@x"), "\"'@x\"");
    }

    #[test]
    fn a_row_is_a_line_and_every_line_is_counted() {
        let export = export(["team", "people"], [["Night desk".to_owned(), "19".to_owned()]]);
        assert_eq!((export.csv.as_str(), export.entries), ("team,people\r\n\"Night desk\",\"19\"\r\n", 1));
    }
}
