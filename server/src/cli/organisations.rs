//! Commands about organisations: their policy, their domains, and making one.

use std::process::ExitCode;

use countersign_domain::{Email, EmailDomain, OrganisationName, PersonName};
use countersign_identity::NewOrganisation;

use super::{Outcome, members::read_password};
use crate::{
    config::Config,
    startup::{Seams, identity},
    terminal::say,
};

/// Commands about the policy are about the only organisation there is.
const NO_ORGANISATION: &str =
    "there isn’t exactly one organisation here: follow the set-up link that `countersign serve` prints, or use its Policy page";

pub(super) async fn require_second_step(config: &Config, on: bool) -> Outcome {
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

pub(super) async fn allow_emailed_code(config: &Config, on: bool) -> Outcome {
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

pub(super) async fn set_domain(config: &Config, domain: &str, of: Option<&str>, is_theirs: bool) -> Outcome {
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

pub(super) async fn add_organisation(config: &Config, name: &str, holder: &str, email: &str) -> Outcome {
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
