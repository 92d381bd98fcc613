//! Commands about the keys of secrets at rest, and the host that security keys are bound to.

use std::process::ExitCode;

use countersign_identity::Moved;
use countersign_store::{KeyRing, Store};

use super::Outcome;
use crate::{
    config::Config,
    keys,
    startup::{Seams, unbound_identity},
    terminal::say,
};

pub(super) async fn move_host(config: &Config) -> Outcome {
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

pub(super) async fn rotate(config: &Config) -> Outcome {
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

/// A server that goes on with keys that were replaced locks people out. One on another machine isn't seen.
fn refuse_beside_a_server(config: &Config) -> Result<(), String> {
    match std::net::TcpListener::bind(config.listen) {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(format!("something listens on {}: stop every server of this installation first", config.listen))
        }
        _ => Ok(()),
    }
}
