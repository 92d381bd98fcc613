//! What can be typed: commands and their arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use countersign_domain::Role;
use countersign_identity::AuditEventId;
use data_encoding::HEXLOWER;

use crate::config::Settings;

/// Self-hosted sign-in with two-factor authentication, for contact-centre teams.
#[derive(Debug, Parser)]
#[command(name = "countersign", version)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Settings file [default: countersign.toml, if it exists]
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG")]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the site
    Serve(Serve),
    /// Bring the database up to date, and do nothing else
    Migrate(Settings),
    /// Say what is wrong with the configuration, and how to mend it
    Doctor(Settings),
    /// The keys of secrets at rest
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// The organisation's members
    Member {
        #[command(subcommand)]
        command: MemberCommand,
    },
    /// The organisation's policy
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Organisations beside the first
    Organisation {
        #[command(subcommand)]
        command: OrganisationCommand,
    },
    /// Mail domains whose addresses an organisation's identity provider may vouch for
    Domain {
        #[command(subcommand)]
        command: DomainCommand,
    },
    /// The record of what happened
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Copy the database of a server that may be running, whole, into a new file. `SQLite` only; the key file isn't in it
    Backup {
        /// The new file
        file: PathBuf,
        #[command(flatten)]
        settings: Settings,
    },
    /// Print the current code of an authenticator key, for the demo and for tests
    Code {
        /// The key, as the set-up page shows it
        key: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) settings: Settings,
    /// Serve a throw-away organisation with invented people, and print who can sign in
    #[arg(long)]
    pub(super) demo: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make a new key, re-encrypt every secret with it, and forget the old one. Stop the server first
    Rotate(Settings),
    /// Bind security keys and passkeys to the host of today's public URL. Removes everybody's that were bound to another. Stop the server first
    MoveHost(Settings),
}

#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Add a member; the password is read from standard input
    Add {
        /// Their e-mail
        email: String,
        /// Their name
        #[arg(long)]
        name: String,
        /// agent, supervisor or account-holder
        #[arg(long, default_value = "agent", value_parser = parse_role)]
        role: Role,
        #[command(flatten)]
        settings: Settings,
    },
    /// Give a member a new password, read from standard input, and sign them out everywhere
    Password {
        /// Their e-mail
        email: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// Clear a member's pauses and failures
    Unlock {
        /// Their e-mail
        email: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// Take a member's second step off and sign them out everywhere
    Reset {
        /// Their e-mail
        email: String,
        #[command(flatten)]
        settings: Settings,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum OrganisationCommand {
    /// Add an organisation and its account holder; the first password is read from standard input
    Add {
        /// The organisation's name
        #[arg(long)]
        name: String,
        /// The account holder's name
        #[arg(long)]
        holder: String,
        /// The account holder's e-mail
        #[arg(long)]
        email: String,
        #[command(flatten)]
        settings: Settings,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DomainCommand {
    /// Note that a domain is an organisation's: you have made sure of it
    Add {
        /// Such as example.com
        domain: String,
        /// An address of somebody in the organisation, when there are several
        #[arg(long)]
        of: Option<String>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Note that it isn't any more. Nobody who is connected already is disconnected
    Remove {
        /// Such as example.com
        domain: String,
        /// An address of somebody in the organisation, when there are several
        #[arg(long)]
        of: Option<String>,
        #[command(flatten)]
        settings: Settings,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Check that nothing in it was changed or taken out; names the first that was
    Verify {
        /// A link that has to be there still, as an earlier run printed it: PLACE:HASH. May be given several times
        #[arg(long = "expect", value_name = "PLACE:HASH", value_parser = parse_link)]
        expected: Vec<(i64, [u8; 32])>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Print every entry as a line of JSON, oldest first, up to a minute ago
    Export {
        /// Only those after this one, by its id: where an earlier run ended
        #[arg(long, value_name = "ID", value_parser = parse_event)]
        after: Option<AuditEventId>,
        #[command(flatten)]
        settings: Settings,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Require a second step of everybody from their next sign-in on
    RequireSecondStep {
        /// on or off
        #[arg(action = clap::ArgAction::Set, value_parser = parse_switch)]
        on: bool,
        #[command(flatten)]
        settings: Settings,
    },
    /// Allow codes by email as a second step
    EmailedCode {
        /// on or off
        #[arg(action = clap::ArgAction::Set, value_parser = parse_switch)]
        on: bool,
        #[command(flatten)]
        settings: Settings,
    },
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::from_code(text).ok_or_else(|| "use agent, supervisor or account-holder".to_owned())
}

fn parse_event(text: &str) -> Result<AuditEventId, String> {
    AuditEventId::parse(text).ok_or_else(|| "that is no entry’s id".to_owned())
}

fn parse_link(text: &str) -> Result<(i64, [u8; 32]), String> {
    let (place, hash) = text.split_once(':').ok_or("use PLACE:HASH, as `audit verify` prints it")?;
    let hash = HEXLOWER.decode(hash.as_bytes()).ok().and_then(|hash| hash.try_into().ok());
    Ok((place.parse().map_err(|_| "the place is no number")?, hash.ok_or("the hash isn't 64 hex digits")?))
}

fn parse_switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("use on or off".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
