//! Commands about people.

use std::{io::IsTerminal, process::ExitCode};

use countersign_domain::{Email, Password, PersonName};
use countersign_identity::NewMember;

use super::{Outcome, commands::MemberCommand, existing};
use crate::{
    startup::{Seams, identity},
    terminal::{complain, say},
};

pub(super) async fn member(command: MemberCommand, file: Option<&std::path::Path>) -> Outcome {
    match command {
        MemberCommand::Add { email, name, role, settings } => {
            let identity = identity(&existing(settings.resolve(file)?)?, Seams::default()).await?;
            let new = NewMember { email: Email::parse(&email)?, name: PersonName::parse(&name)?, role, password: read_password()? };
            let account = identity.add_member(&new).await?;
            say(format_args!("{} can sign in as {}.", account.name, account.email));
            Ok(ExitCode::SUCCESS)
        }
        MemberCommand::Password { email, settings } => {
            let identity = identity(&existing(settings.resolve(file)?)?, Seams::default()).await?;
            let passkeys = identity.set_member_password(&Email::parse(&email)?, &read_password()?).await?;
            let outcome = found(passkeys.is_some(), &email, "has a new password, and is signed out everywhere");
            if let Some(passkeys) = passkeys.filter(|passkeys| !passkeys.is_empty()) {
                let names: Vec<_> = passkeys.iter().map(countersign_domain::FactorName::as_str).collect();
                say(format_args!(
                    "Passkeys still sign in without it: {}. If one isn’t theirs, `countersign member reset {email}` removes every second step.",
                    names.join(", ")
                ));
            }
            outcome
        }
        MemberCommand::Unlock { email, settings } => {
            let identity = identity(&existing(settings.resolve(file)?)?, Seams::default()).await?;
            found(identity.unlock_member(&Email::parse(&email)?).await?, &email, "is unlocked")
        }
        MemberCommand::Reset { email, settings } => {
            let identity = identity(&existing(settings.resolve(file)?)?, Seams::default()).await?;
            found(identity.reset_member(&Email::parse(&email)?).await?, &email, "has no second step now, and is signed out everywhere")
        }
    }
}

pub(super) fn read_password() -> Result<Password, Box<dyn std::error::Error>> {
    if std::io::stdin().is_terminal() {
        complain("Type the first password, then Enter (it is shown):");
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(Password::parse_new(line.trim_end_matches(['\r', '\n']))?)
}

fn found(is_found: bool, email: &str, what: &str) -> Outcome {
    if is_found {
        say(format_args!("{email} {what}."));
        Ok(ExitCode::SUCCESS)
    } else {
        Err(format!("nobody here has the e-mail {email}").into())
    }
}
