//! The command line.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use countersign_domain::{Email, EmailDomain, OrganisationName, Password, PersonName, Role};
use countersign_identity::{AuditEventId, Moved, NewMember, NewOrganisation};
use countersign_store::{KeyRing, Store};
use data_encoding::HEXLOWER;
use tracing_subscriber::EnvFilter;

use crate::{
    config::{Config, LogFormat, Settings},
    demo, doctor, keys, records,
    startup::{Seams, Server, identity, stop_signal, unbound_identity},
    terminal::{complain, say},
};

/// Self-hosted sign-in with two-factor authentication, for contact-centre teams.
#[derive(Debug, Parser)]
#[command(name = "countersign", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Settings file [default: countersign.toml, if it exists]
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
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
struct Serve {
    #[command(flatten)]
    settings: Settings,
    /// Serve a throw-away organisation with invented people, and print who can sign in
    #[arg(long)]
    demo: bool,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a new key, re-encrypt every secret with it, and forget the old one. Stop the server first
    Rotate(Settings),
    /// Bind security keys and passkeys to the host of today's public URL. Removes everybody's that were bound to another. Stop the server first
    MoveHost(Settings),
}

#[derive(Debug, Subcommand)]
enum MemberCommand {
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
enum OrganisationCommand {
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
enum DomainCommand {
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
enum AuditCommand {
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
enum PolicyCommand {
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

pub(crate) type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(format_args!("countersign: the runtime can't start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(code) => code,
        Err(error) => {
            complain(format_args!("countersign: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Outcome {
    let file = cli.config.as_deref();
    let resolve = |settings: Settings| settings.resolve(file);
    match cli.command {
        Command::Serve(Serve { settings, demo: false }) => serve(&resolve(settings)?).await,
        Command::Serve(Serve { settings, demo: true }) => demo::serve(&resolve(settings)?).await,
        Command::Migrate(settings) => migrate(&resolve(settings)?).await,
        Command::Doctor(settings) => Ok(doctor::run(resolve(settings)).await),
        Command::Keys { command: KeysCommand::Rotate(settings) } => rotate(&existing(resolve(settings)?)?).await,
        Command::Keys { command: KeysCommand::MoveHost(settings) } => move_host(&existing(resolve(settings)?)?).await,
        Command::Member { command } => member(command, file).await,
        Command::Policy { command: PolicyCommand::RequireSecondStep { on, settings } } => {
            require_second_step(&existing(resolve(settings)?)?, on).await
        }
        Command::Policy { command: PolicyCommand::EmailedCode { on, settings } } => {
            allow_emailed_code(&existing(resolve(settings)?)?, on).await
        }
        Command::Organisation { command: OrganisationCommand::Add { name, holder, email, settings } } => {
            add_organisation(&existing(resolve(settings)?)?, &name, &holder, &email).await
        }
        Command::Domain { command: DomainCommand::Add { domain, of, settings } } => {
            set_domain(&existing(resolve(settings)?)?, &domain, of.as_deref(), true).await
        }
        Command::Domain { command: DomainCommand::Remove { domain, of, settings } } => {
            set_domain(&existing(resolve(settings)?)?, &domain, of.as_deref(), false).await
        }
        Command::Audit { command: AuditCommand::Verify { expected, settings } } => {
            records::verify_audit(&existing(resolve(settings)?)?, &expected).await
        }
        Command::Audit { command: AuditCommand::Export { after, settings } } => {
            records::export_audit(&existing(resolve(settings)?)?, after).await
        }
        Command::Backup { file, settings } => records::back_up(&existing(resolve(settings)?)?, &file).await,
        Command::Code { key } => code(&key),
    }
}

async fn move_host(config: &Config) -> Outcome {
    refuse_beside_a_server(config)?;
    let identity = unbound_identity(config, Seams::default()).await?;
    let moved = identity.move_to_this_host().await?;
    identity.store().close().await;
    let host = identity.relying_party().id();
    match moved {
        Some(Moved { keys, bare }) => {
            let keys = countersign_domain::count(usize::try_from(keys)?, "key or passkey was", "keys and passkeys were");
            say(format_args!(
                "Security keys and passkeys are bound to {host} from now on. {keys} removed; their owners connect them again."
            ));
            if !bare.is_empty() {
                say(
                    "These people have no second step left. They are signed out, and until they set one up their password alone lets them in:",
                );
                for email in &bare {
                    say(format_args!("    {email}"));
                }
                say("Where a second step is required, they were signed out, and set up another when they next sign in.");
            }
        }
        None => say(format_args!("Security keys and passkeys are bound to {host} already. Nothing was changed.")),
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: &Config) -> Outcome {
    start_log(config.log_format);
    let identity = identity(config, Seams::default()).await?;
    let server = Server::bind(config, identity.clone()).await?;
    if let Some(token) = identity.open_set_up().await? {
        say("Nobody is here yet. Create your organisation with this link, which works once:");
        say(format_args!("\n    {}/set-up?token={}\n", config.public_url.origin(), token.expose()));
    }
    announce(config, &server)?;
    server.serve(stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

/// Says where the site is.
///
/// # Errors
/// When the socket has no address.
pub fn announce(config: &Config, server: &Server) -> Result<(), std::io::Error> {
    let address = server.address()?;
    if !crate::site::is_built() {
        complain("This binary was built without its interface: pages work as plain forms only. `cargo xtask build` builds both.");
    }
    say(format_args!("Countersign serves {} on {address}. Ctrl-C stops it.", config.public_url.origin()));
    Ok(())
}

/// Logs to standard error; `RUST_LOG` chooses what.
pub fn start_log(format: LogFormat) {
    // What a key said wrongly is recorded by us; webauthn-rs would write all of it, at length.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,webauthn_rs_core=off"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second log in one process is a test's; the first one stays.
    let _ = match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}

async fn migrate(config: &Config) -> Outcome {
    // A look at what is pending opens no secret, so any keys do for it.
    let look = Store::connect(&config.database_url, KeyRing::generate()?.into()).await?;
    let pending = look.pending_migrations().await?;
    look.close().await;
    // The same start as the server's: it migrates, and makes no keys beside a database that has
    // known others.
    let identity = identity(config, Seams::default()).await?;
    say(if pending.is_empty() { "The database was up to date.".to_owned() } else { format!("Applied: {}.", pending.join(", ")) });
    identity.store().close().await;
    Ok(ExitCode::SUCCESS)
}

/// A server that goes on with keys that were replaced locks people out. One on another machine isn't seen.
fn refuse_beside_a_server(config: &Config) -> Result<(), String> {
    match std::net::TcpListener::bind(config.listen) {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(format!("something listens on {}: stop every server of this installation first", config.listen))
        }
        _ => Ok(()),
    }
}

/// What is asked of an installation that isn't there would make an empty one, and find it in order.
fn existing(config: Config) -> Result<Config, String> {
    match config.missing_database_file() {
        None => Ok(config),
        Some(path) => Err(format!("there is no database at {path}. Is this the right data folder?")),
    }
}

async fn rotate(config: &Config) -> Outcome {
    refuse_beside_a_server(config)?;
    if std::env::var_os(keys::KEYS_VARIABLE).is_some() {
        return Err(format!("the keys are in {}: rotate them where that is set", keys::KEYS_VARIABLE).into());
    }
    let mut ring = KeyRing::load(&config.key_file)?;
    ring.add_key()?;
    // Saved before anything is sealed with it: a crash from here on loses no secret.
    ring.save(&config.key_file)?;
    let store = Store::connect(&config.database_url, KeyRing::load(&config.key_file)?.into()).await?;
    store.migrate().await?;
    let sealed = store.reseal_all().await?;
    store.close().await;
    let dropped = ring.drop_retired();
    ring.save(&config.key_file)?;
    say(format_args!("Sealed {sealed} secrets with a new key, and dropped {dropped} old. Start the server again."));
    Ok(ExitCode::SUCCESS)
}

async fn member(command: MemberCommand, file: Option<&std::path::Path>) -> Outcome {
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

fn read_password() -> Result<Password, Box<dyn std::error::Error>> {
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

/// Commands about the policy are about the only organisation there is.
const NO_ORGANISATION: &str =
    "there isn’t exactly one organisation here: follow the set-up link that `countersign serve` prints, or use its Policy page";

async fn require_second_step(config: &Config, on: bool) -> Outcome {
    let identity = identity(config, Seams::default()).await?;
    let Some((organisation, ended)) = identity.require_second_step(on).await? else {
        return Err(NO_ORGANISATION.into());
    };
    let does = if on { "now requires" } else { "no longer requires" };
    say(format_args!("{} {does} a second step.", organisation.name));
    if ended > 0 {
        let sessions = countersign_domain::count(usize::try_from(ended).unwrap_or(usize::MAX), "session", "sessions");
        say(format_args!("Signed out who has none: {sessions}. They set one up when they next sign in."));
    }
    Ok(ExitCode::SUCCESS)
}

async fn allow_emailed_code(config: &Config, on: bool) -> Outcome {
    let identity = identity(config, Seams::default()).await?;
    let Some(bare) = identity.allow_emailed_code(on).await? else {
        return Err(NO_ORGANISATION.into());
    };
    say(if on {
        "Codes by email may be a second step."
    } else {
        "Codes by email count as no second step any more. Whoever has no other is still asked for one, so that their password isn’t enough."
    });
    if !bare.is_empty() {
        say("These people have no other second step (the first hundred are shown):");
        for email in &bare {
            say(format_args!("    {email}"));
        }
        say("Where a second step is required, they were signed out, and set up another when they next sign in.");
    }
    Ok(ExitCode::SUCCESS)
}

async fn set_domain(config: &Config, domain: &str, of: Option<&str>, is_theirs: bool) -> Outcome {
    let domain = EmailDomain::parse(domain)?;
    let of = of.map(Email::parse).transpose()?;
    let identity = identity(config, Seams::default()).await?;
    match identity.set_domain(&domain, of.as_ref(), is_theirs).await? {
        None => return Err("it can't be told whose domain that is: name somebody of the organisation with --of".into()),
        Some(false) if is_theirs => return Err(format!("{domain} is noted already, for this organisation or for another one").into()),
        Some(false) => return Err(format!("{domain} wasn't noted as this organisation's").into()),
        Some(true) => {
            let may = if is_theirs { "may vouch for addresses at" } else { "may not vouch any more for addresses at" };
            say(format_args!("The organisation's identity provider {may} {domain}."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn add_organisation(config: &Config, name: &str, holder: &str, email: &str) -> Outcome {
    let identity = identity(config, Seams::default()).await?;
    let new = NewOrganisation {
        organisation: OrganisationName::parse(name)?,
        name: PersonName::parse(holder)?,
        email: Email::parse(email)?,
        password: read_password()?,
    };
    let account = identity.add_organisation(&new).await?;
    say(format_args!("{} can sign in as {}, and holds {}.", account.name, account.email, new.organisation));
    Ok(ExitCode::SUCCESS)
}

fn code(key: &str) -> Outcome {
    let now = countersign_identity::Clock::now(&countersign_identity::SystemClock);
    let code = countersign_identity::code_at(key, now).ok_or("that isn't an authenticator key")?;
    say(code);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
