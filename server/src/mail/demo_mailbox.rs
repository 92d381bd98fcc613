//! `/demo/mailbox`: the mails that a demo has sent, to read in the browser.
//!
//! It is there in the demo only, and only while the demo listens to this machine alone, because anybody who reaches it
//! reads every code and link. It keeps the last hundred mails in memory, shows their text but never their HTML, and
//! makes links of this site's own addresses only. There is no script on the page.

use std::{
    fmt::Write,
    sync::{Mutex, PoisonError},
};

use axum::{
    extract::State,
    response::{Html, IntoResponse, Response},
};
use countersign_domain::Instant;
use countersign_identity::OutgoingMail;
use http::{HeaderMap, StatusCode, header};

use crate::router::AppState;

/// How many mails are kept.
const KEPT: usize = 100;

/// The last mails of a demo.
#[derive(Debug, Default)]
pub struct DemoMailbox(Mutex<Vec<Shown>>);

/// What is shown of a mail.
#[derive(Clone, Debug)]
struct Shown {
    id: String,
    to: String,
    subject: String,
    text: String,
    at: Instant,
}

impl DemoMailbox {
    /// Keeps a mail, the newest first, and forgets the oldest when there are too many.
    pub(super) fn keep(&self, mail: &OutgoingMail) {
        let shown = Shown {
            id: mail.id.to_string(),
            to: mail.to.to_string(),
            subject: mail.letter.subject.clone(),
            text: mail.letter.text.clone(),
            at: mail.created_at,
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The same mail once more is the same mail.
        kept.retain(|other| other.id != shown.id);
        kept.push(shown);
        // Ids sort by time; deliveries end in any order.
        kept.sort_by(|one, other| other.id.cmp(&one.id));
        kept.truncate(KEPT);
    }

    fn all(&self) -> Vec<Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers `GET /demo/mailbox`.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let Some(mailbox) = &state.mailbox else { return StatusCode::NOT_FOUND.into_response() };
    // A page elsewhere whose name has come to mean this machine (DNS rebinding) says its own name here.
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    if host != state.origin.strip_prefix("http://") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let site = &state.services.site;
    let css = site.assets.as_ref().map(|assets| assets.css.as_str());
    Html(page(&mailbox.all(), &state.origin, css, &site.time_zone)).into_response()
}

fn page(mails: &[Shown], origin: &str, css: Option<&str>, zone: &jiff::tz::TimeZone) -> String {
    let style = css.map(|css| format!("<link rel=\"stylesheet\" href=\"{}\">", escape(css))).unwrap_or_default();
    let list = if mails.is_empty() {
        "<p class=\"lede\">No mail yet. What this demo sends is shown here, newest first; load the page again to look.</p>".to_owned()
    } else {
        mails.iter().map(|mail| sheet(mail, origin, zone)).collect()
    };
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>The demo’s mail – Countersign</title><link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.svg\">{style}</head>\
         <body><main id=\"main\" class=\"page\"><h1>The demo’s mail</h1>\
         <p class=\"lede\">Everybody’s, in one place. None of it has left this machine.</p>{list}</main></body></html>"
    )
}

/// One mail.
fn sheet(mail: &Shown, origin: &str, zone: &jiff::tz::TimeZone) -> String {
    format!(
        "<article class=\"sheet\"><div class=\"head\"><div><h2>{}</h2><p>To {}, {}</p></div></div><div class=\"body\">{}</div></article>",
        escape(&mail.subject),
        escape(&mail.to),
        escape(&time_of(mail.at, zone)),
        paragraphs(&mail.text, origin)
    )
}

/// The text as paragraphs, whose lines stay lines.
fn paragraphs(text: &str, origin: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    paragraphs.fold("<div class=\"stack-4\">".to_owned(), |mut html, paragraph| {
        let lines: Vec<String> = paragraph.trim_matches('\n').lines().map(|line| linked(line, origin)).collect();
        // Writing to a String can't fail.
        let _ = write!(html, "<p>{}</p>", lines.join("<br>"));
        html
    }) + "</div>"
}

/// A line, in which addresses of this site can be followed.
fn linked(line: &str, origin: &str) -> String {
    let words: Vec<String> = line
        .split(' ')
        .map(|word| {
            // What ends a sentence or a bracket isn't the address's.
            let address = word.trim_start_matches(['<', '(']).trim_end_matches(['.', ',', ';', ')', '>', '!']);
            // The slash ends the host: what only begins like ours is somebody else's.
            if !address.strip_prefix(origin).is_some_and(|path| path.starts_with('/')) {
                return escape(word);
            }
            let (before, after) = word.split_once(address).unwrap_or(("", ""));
            let address = escape(address);
            format!("{}<a href=\"{address}\">{address}</a>{}", escape(before), escape(after))
        })
        .collect();
    words.join(" ")
}

fn time_of(at: Instant, zone: &jiff::tz::TimeZone) -> String {
    jiff::Timestamp::from_microsecond(at.as_micros())
        .map(|at| at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M:%S").to_string())
        .unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::tests::mail;

    const ORIGIN: &str = "http://localhost:3000";

    #[test]
    fn only_this_sites_own_addresses_can_be_followed() {
        assert_eq!(
            linked("Go to <http://localhost:3000/invitation?token=a&b=c>.", ORIGIN),
            "Go to &lt;<a href=\"http://localhost:3000/invitation?token=a&amp;b=c\">http://localhost:3000/invitation?token=a&amp;b=c</a>&gt;."
        );
        for line in [
            "http://localhost:3000.example.com/",
            "http://localhost:30001/",
            "https://example.com/http://localhost:3000/",
            "javascript:alert(1)",
        ] {
            assert_eq!(linked(line, ORIGIN), line);
        }
    }

    #[test]
    fn what_a_mail_says_stays_text() {
        let mailbox = DemoMailbox::default();
        let mut hostile = mail("Quillbrook", "<script>alert(1)</script>\n\nhttp://localhost:3000/\"onclick=x");
        "</h2><b>".clone_into(&mut hostile.letter.subject);
        mailbox.keep(&hostile);
        let page = page(&mailbox.all(), ORIGIN, Some("/pkg/a.css"), &jiff::tz::TimeZone::UTC);
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("\"onclick"), "{page}");
        assert!(page.contains("To wren.halloway@example.com, 14 July 2026, 03:33:20"), "{page}");
    }

    #[test]
    fn the_newest_hundred_are_kept_and_each_once() {
        let mailbox = DemoMailbox::default();
        for n in 0..=KEPT {
            let mut one = mail("Quillbrook", &n.to_string());
            one.id = countersign_store::MailId::from_random(Instant::from_seconds(i64::try_from(n).unwrap()), [0; 10]);
            mailbox.keep(&one);
            mailbox.keep(&one);
        }
        let kept = mailbox.all();
        assert_eq!((kept.len(), kept[0].text.as_str(), kept[KEPT - 1].text.as_str()), (KEPT, "100", "1"));
    }
}
