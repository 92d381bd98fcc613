//! The command line.

mod commands;
mod members;
mod organisations;
mod secrets;

use std::{io::IsTerminal, process::ExitCode};

use clap::Parser;
use countersign_store::{KeyRing, Store};
use tracing_subscriber::EnvFilter;

use self::{
    commands::{AuditCommand, Cli, Command, DomainCommand, KeysCommand, OrganisationCommand, PolicyCommand, Serve},
    members::member,
    organisations::{add_organisation, allow_emailed_code, require_second_step, set_domain},
    secrets::{move_host, rotate},
};
use crate::{
    config::{Config, LogFormat, Settings},
    demo, doctor, records,
    startup::{Seams, Server, identity, stop_signal},
    terminal::{complain, say},
};

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

/// What is asked of an installation that isn't there would make an empty one, and find it in order.
fn existing(config: Config) -> Result<Config, String> {
    match config.missing_database_file() {
        None => Ok(config),
        Some(path) => Err(format!("there is no database at {path}. Is this the right data folder?")),
    }
}

fn code(key: &str) -> Outcome {
    let now = countersign_identity::Clock::now(&countersign_identity::SystemClock);
    let code = countersign_identity::code_at(key, now).ok_or("that isn't an authenticator key")?;
    say(code);
    Ok(ExitCode::SUCCESS)
}
