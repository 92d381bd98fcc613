//! A mail's parts as HTML and as text.
//!
//! Everything a part holds is escaped here, words of ours and values of others alike, so that
//! nobody has to remember which is which. A part can't hold markup.

use countersign_domain::OneTimeCode;

use super::Letter;

/// The system faces of the design, quoted for an attribute.
const FONT: &str = "-apple-system,BlinkMacSystemFont,&quot;Segoe UI&quot;,Roboto,&quot;Helvetica Neue&quot;,&quot;Noto Sans&quot;,\
                    &quot;Liberation Sans&quot;,Arial,sans-serif";
/// The same for codes.
const MONO: &str = "ui-monospace,&quot;SF Mono&quot;,&quot;Cascadia Mono&quot;,&quot;Segoe UI Mono&quot;,&quot;Roboto Mono&quot;,\
                    &quot;Liberation Mono&quot;,Menlo,Consolas,monospace";
/// Small print: 13 on 20, in the second ink.
const SMALL: &str = "margin:0;font-size:13px;line-height:20px;color:#42555a";

/// One part of a mail, from top to bottom.
pub(super) enum Part<'a> {
    /// A paragraph.
    Say(String),
    /// A code to type, alone.
    Code(&'a OneTimeCode),
    /// Labels and what they say.
    Facts(Vec<(&'static str, String)>),
    /// What the mail is for, with its plain link.
    Button { label: &'static str, link: &'a str },
    /// The line between the mail and its small print.
    Rule,
    /// Small print.
    Small(String),
    /// Small print with a link in it.
    SmallLink { before: &'static str, label: &'static str, link: String },
}

/// Puts a mail together. The subject is one of ours, word for word: nothing supplied gets in.
pub(super) fn letter(subject: &'static str, parts: &[Part<'_>]) -> Letter {
    Letter { subject: subject.to_owned(), text: text(parts), html: html(subject, parts) }
}

fn text(parts: &[Part<'_>]) -> String {
    let mut text = "Countersign\n".to_owned();
    let mut is_small = false;
    for part in parts {
        // Small print is one block of lines; everything else stands apart.
        let was_small = std::mem::replace(&mut is_small, matches!(part, Part::Small(_) | Part::SmallLink { .. }));
        if !(was_small && is_small) {
            text.push('\n');
        }
        text.push_str(&part.text());
        text.push('\n');
    }
    text
}

fn html(subject: &str, parts: &[Part<'_>]) -> String {
    let subject = escape(subject);
    let parts: String = parts.iter().map(Part::html).collect();
    // Phones would make links of times, codes and addresses.
    format!(
        "<!doctype html>\n\
         <html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light\">\n\
         <meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no\">\n\
         <title>{subject}</title>\n</head>\n\
         <body style=\"margin:0;padding:0;background-color:#ffffff\">\n\
         <div style=\"box-sizing:border-box;max-width:560px;margin:0 auto;padding:28px 28px 24px;background-color:#ffffff;color:#0e2227;\
         font-family:{FONT};font-size:16px;line-height:24px;overflow-wrap:break-word;word-break:break-word\">\n\
         <p style=\"margin:0 0 28px;font-size:17px;line-height:24px;font-weight:600;letter-spacing:-0.01em\">Countersign</p>\n\
         {parts}</div>\n</body>\n</html>\n"
    )
}

impl Part<'_> {
    fn text(&self) -> String {
        match self {
            Self::Say(words) | Self::Small(words) => clean(words),
            Self::Code(code) => clean(code.as_str()),
            Self::Facts(facts) => facts.iter().map(|(label, fact)| format!("{label}: {}", clean(fact))).collect::<Vec<_>>().join("\n"),
            Self::Button { label, link } => format!("{label}:\n{}", clean(link)),
            Self::Rule => "----".to_owned(),
            Self::SmallLink { before, label, link } => format!("{before} {label}: {}", clean(link)),
        }
    }

    fn html(&self) -> String {
        match self {
            Self::Say(words) => format!("<p style=\"margin:0 0 16px\">{}</p>\n", escape(words)),
            Self::Code(code) => format!(
                "<p style=\"margin:0 0 16px;font-family:{MONO};font-size:36px;line-height:44px;font-weight:600;letter-spacing:0.16em\">{}</p>\n",
                escape(code.as_str())
            ),
            Self::Facts(facts) => {
                let rows: String = facts.iter().map(|(label, fact)| row(label, fact)).collect();
                format!("<table style=\"margin:0 0 16px;border-collapse:collapse;font-size:16px;line-height:24px\">\n{rows}</table>\n")
            }
            Self::Button { label, link } => {
                let link = escape(link);
                format!(
                    "<p style=\"margin:0 0 12px\"><a href=\"{link}\" style=\"display:inline-block;padding:12px 17px;border-radius:6px;\
                     background-color:#0f4650;color:#ffffff;font-weight:600;text-decoration:none\">{}</a></p>\n\
                     <p style=\"margin:0 0 16px;font-size:13px;line-height:20px;color:#42555a;word-break:break-all\">\
                     <a href=\"{link}\" style=\"color:#0f4650\">{link}</a></p>\n",
                    escape(label)
                )
            }
            Self::Rule => "<hr style=\"margin:20px 0;border:0;border-top:1px solid #d5dddb\">\n".to_owned(),
            Self::Small(words) => format!("<p style=\"{SMALL}\">{}</p>\n", escape(words)),
            Self::SmallLink { before, label, link } => format!(
                "<p style=\"{SMALL}\">{} <a href=\"{}\" style=\"color:#0f4650\">{}</a>.</p>\n",
                escape(before),
                escape(link),
                escape(label)
            ),
        }
    }
}

fn row(label: &str, fact: &str) -> String {
    format!(
        "<tr><th scope=\"row\" style=\"padding:0 16px 0 0;font-weight:400;text-align:left;vertical-align:top;color:#42555a\">{}</th>\
         <td style=\"padding:0;vertical-align:top\">{}</td></tr>\n",
        escape(label),
        escape(fact)
    )
}

/// One line, in the order it is written: control characters, line ends and the invisible
/// characters that reorder or hide text (Unicode TR 36) become spaces.
fn clean(value: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control() || matches!(c, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
    };
    value.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect()
}

/// Text that is nothing but text, between tags and in quoted attributes.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in clean(value).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_with_a_meaning_in_html_stays_one() {
        assert_eq!(escape("<a b='c' d=\"e\">&</a>"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;&lt;/a&gt;");
    }

    #[test]
    fn a_value_is_one_line_in_the_order_it_is_written() {
        assert_eq!(clean("a\r\nb\tc\u{85}d\u{2028}e\u{202E}f\u{2066}g"), "a  b c d e f g");
        assert_eq!(clean("Żółć שלום 田"), "Żółć שלום 田");
    }
}
