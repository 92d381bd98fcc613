//! A mail of the outbox as a message that mail servers understand (RFC 5322, RFC 2046 §5.1.4).
//!
//! Every header is a typed value that lettre encodes: none is put together from text here, and control characters
//! are taken out of what people chose before it becomes one. The same mail makes the same headers at every try.

use std::time::{Duration, UNIX_EPOCH};

use countersign_identity::{OutgoingMail, Undelivered};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MessageBuilder, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

/// Keeps holiday notices from answering (RFC 3834 §5).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// Makes the message; `host` ends its Message-ID.
///
/// # Errors
/// [`Undelivered::Refused`] when the mail goes to what can't be an address.
pub(super) fn build(mail: &OutgoingMail, from: &Address, host: &str) -> Result<Message, Undelivered> {
    let to: Address =
        mail.to.as_str().parse().map_err(|cause| Undelivered::Refused(format!("no mail can be sent to this address: {cause}")))?;
    let body = || MultiPart::alternative_plain_html(mail.letter.text.clone(), mail.letter.html.clone());
    let named = Mailbox::new(Some(on_one_line(&mail.sender)).filter(|name| !name.is_empty()), from.clone());
    // A name that can't stand in a header is left out: the mail is worth more than its decoration.
    headers(mail, from, to.clone(), host)
        .from(named)
        .multipart(body())
        .or_else(|_| headers(mail, from, to, host).from(from.clone().into()).multipart(body()))
        .map_err(|cause| Undelivered::Refused(format!("no message can be made of this mail: {cause}")))
}

/// Everything above the body but the sender.
fn headers(mail: &OutgoingMail, from: &Address, to: Address, host: &str) -> MessageBuilder {
    let created_at = UNIX_EPOCH + Duration::from_secs(mail.created_at.as_unix_seconds());
    let builder = Message::builder()
        .to(to.clone().into())
        .subject(on_one_line(&mail.letter.subject))
        .date(created_at)
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()));
    // Said outright, so that it isn't read back out of headers.
    match Envelope::new(Some(from.clone()), vec![to]) {
        Ok(envelope) => builder.envelope(envelope),
        Err(_) => builder,
    }
}

/// The text without line ends and other control characters, in whose place are spaces.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use countersign_domain::Email;

    use super::*;
    use crate::mail::tests::mail;

    fn written(mail: &OutgoingMail) -> String {
        let from = "countersign@sign-in.example.com".parse().unwrap();
        String::from_utf8(build(mail, &from, "sign-in.example.com").unwrap().formatted()).unwrap()
    }

    /// The header lines of that name, unfolded.
    fn lines<'a>(message: &'a str, name: &str) -> Vec<&'a str> {
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        head.lines().filter(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase()))).collect()
    }

    #[test]
    fn a_hostile_sender_name_adds_no_header() {
        let message = written(&mail("Quill\r\nBcc: x@example.com", "Hello"));
        assert_eq!(lines(&message, "Bcc"), Vec::<&str>::new());
        assert_eq!(lines(&message, "From").len(), 1);
        let envelope = build(&mail("Quill\r\nBcc: x@example.com", "Hello"), &"a@example.com".parse().unwrap(), "example.com").unwrap();
        assert_eq!(envelope.envelope().to().len(), 1);
    }

    #[test]
    fn a_hostile_subject_adds_no_header() {
        let mut hostile = mail("Quillbrook", "Hello");
        "Hello\r\nBcc: x@example.com\r\n\r\nBody".clone_into(&mut hostile.letter.subject);
        let message = written(&hostile);
        assert_eq!(lines(&message, "Bcc"), Vec::<&str>::new());
        assert_eq!(lines(&message, "Subject"), ["Subject: Hello Bcc: x@example.com Body"]);
    }

    #[test]
    fn every_name_that_people_choose_can_be_sent_from() {
        let names = [
            "Countersign for Zoë & Sons",
            "A \"B\" C",
            "back\\slash",
            "<>",
            "comma, and; semicolon",
            "",
            "日本語 サポート",
            "9 Lives",
            "🦉",
        ];
        for name in names {
            let message = written(&mail(name, "Hello"));
            assert_eq!(lines(&message, "From").len(), 1, "{name}");
            assert!(message.contains("countersign@sign-in.example.com"), "{name}");
            assert!(message.is_ascii(), "{name}");
        }
        let message = written(&mail("Countersign for Quillbrook Support", "Hello"));
        assert_eq!(lines(&message, "From"), ["From: \"Countersign for Quillbrook Support\" <countersign@sign-in.example.com>"]);
    }

    #[test]
    fn each_try_carries_the_same_message_id_and_date() {
        let mail = mail("Quillbrook", "Hello");
        let (first, second) = (written(&mail), written(&mail));
        assert_eq!(lines(&first, "Message-ID"), lines(&second, "Message-ID"));
        assert_eq!(lines(&first, "Message-ID"), [format!("Message-ID: <{}@sign-in.example.com>", mail.id)]);
        assert_eq!(lines(&first, "Date"), ["Date: Tue, 14 Jul 2026 03:33:20 +0000"]);
    }

    #[test]
    fn it_goes_to_the_address_alone_and_says_that_no_person_wrote_it() {
        let message = written(&mail("Quillbrook", "Hello"));
        assert_eq!(lines(&message, "To"), ["To: wren.halloway@example.com"]);
        assert_eq!(lines(&message, "Auto-Submitted"), ["Auto-Submitted: auto-generated"]);
        assert!(lines(&message, "Content-Type")[0].starts_with("Content-Type: multipart/alternative;"));
        assert!(message.find("text/plain").unwrap() < message.find("text/html").unwrap());
    }

    #[test]
    fn what_no_mail_server_takes_for_an_address_is_refused_for_good() {
        let mut odd = mail("Quillbrook", "Hello");
        odd.to = Email::parse("two..dots@example.com").unwrap();
        let from = "countersign@example.com".parse().unwrap();
        assert!(matches!(build(&odd, &from, "example.com"), Err(Undelivered::Refused(reason)) if !reason.contains("dots")));
    }
}
