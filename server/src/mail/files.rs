//! Mail into files, while no mail server is set: one `.eml` each, which mail programs open.
//!
//! A file holds what the mail says, codes and links included, so that only its owner can read it; the log names the
//! file and nothing that is in it. Nothing here removes files: they are for trying out, and stay until somebody does.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use countersign_identity::{OutgoingMail, Undelivered};
use lettre::Message;

use super::demo_mailbox::DemoMailbox;

/// A folder that mails are written into.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    /// In the demo, what its page shows.
    mailbox: Option<Arc<DemoMailbox>>,
}

impl Files {
    /// Writes into `folder`, which is made when the first mail comes.
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder, mailbox: None }
    }

    /// Where the files are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps mails for the demo's page from now on.
    pub(super) fn keep_for_demo(&mut self) -> Arc<DemoMailbox> {
        Arc::clone(self.mailbox.get_or_insert_default())
    }

    /// Writes one message into a file of its own.
    ///
    /// # Errors
    /// [`Undelivered::Failed`] when it can't be written.
    pub(super) async fn deliver(&self, mail: &OutgoingMail, message: &Message) -> Result<(), Undelivered> {
        // An id sorts by time and stays the same over retries, which then write the same file.
        let (folder, name, bytes) = (self.folder.clone(), format!("{}.eml", mail.id), message.formatted());
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &bytes)).await.map_err(io::Error::other).flatten();
        let path = written.map_err(|error| Undelivered::Failed(format!("the mail's file can't be written: {error}")))?;
        tracing::info!(kind = mail.kind, path = %path.display(), "a mail was written to a file");
        if let Some(mailbox) = &self.mailbox {
            mailbox.keep(mail);
        }
        Ok(())
    }
}

/// Writes the file under another name first, so that nobody opens half a mail.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    make_private_folder(folder)?;
    let path = folder.join(name);
    let draft = path.with_extension("draft");
    // A draft that a crash left behind.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private_file().open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    Ok(path)
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options that create a file which only its owner can read, and never open an existing one.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use countersign_store::testing::TemporaryFolder;

    use super::*;
    use crate::mail::{message, tests::mail};

    #[tokio::test]
    async fn a_mail_becomes_a_readable_file_of_its_owners_only() {
        let folder = TemporaryFolder::create();
        let files = Files::new(folder.path().join("mail"));
        let mail = mail("Countersign for Quillbrook Support", "Follow http://localhost:3000/invitation?token=abc");
        let message = message::build(&mail, &"countersign@localhost".parse().unwrap(), "localhost").unwrap();
        files.deliver(&mail, &message).await.unwrap();
        // Once more, as after a crash before the outcome was recorded.
        files.deliver(&mail, &message).await.unwrap();
        let found: Vec<_> = fs::read_dir(files.folder()).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].file_name().to_str().unwrap(), format!("{}.eml", mail.id));
        let text = fs::read_to_string(found[0].path()).unwrap();
        assert!(text.contains("To: wren.halloway@example.com\r\n") && text.contains("http://localhost:3000/invitation?token="), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(found[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::metadata(files.folder()).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_worth_another_try() {
        let folder = TemporaryFolder::create();
        let taken = folder.path().join("taken");
        fs::write(&taken, "").unwrap();
        let mail = mail("Quillbrook", "Hello");
        let message = message::build(&mail, &"countersign@localhost".parse().unwrap(), "localhost").unwrap();
        assert!(matches!(Files::new(taken).deliver(&mail, &message).await, Err(Undelivered::Failed(_))));
    }
}
