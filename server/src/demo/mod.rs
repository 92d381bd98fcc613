//! `serve --demo`: a throw-away organisation with invented people, in the middle of a rollout.

mod people;

use std::process::ExitCode;

use countersign_domain::{Email, FactorName, Instant, OrganisationName, Password, PersonName, Role, Secret, TeamName};
use countersign_identity::{DemoRollout, Identity, NewMember, NewOrganisation, SetUpOutcome, Visitor};
use jiff::{Span, Timestamp};

use crate::{
    cli::{announce, start_log},
    config::Config,
    startup::{Seams, Server, identity, stop_signal},
    terminal::say,
};

type Fault = Box<dyn std::error::Error>;

/// Everybody's password: long enough for the rules, and no secret.
pub const PASSWORD: &str = "plover-candle-ninety-six";

/// Somebody invented.
struct Invented {
    name: &'static str,
    email: &'static str,
    role: Role,
    second: Second,
}

/// What they have besides their password.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Second {
    Nothing,
    App,
    EmailedCode,
}

const fn invented(name: &'static str, email: &'static str, role: Role, second: Second) -> Invented {
    Invented { name, email, role, second }
}

const HOLDER: Invented = invented("Osric Fenn", "osric.fenn@example.com", Role::AccountHolder, Second::App);
const OTHERS: [Invented; 4] = [
    invented("Ludo Marchbank", "ludo.marchbank@example.com", Role::Supervisor, Second::App),
    invented("Wren Halloway", "wren.halloway@example.com", Role::Agent, Second::App),
    invented("Pascal Oduya", "pascal.oduya@example.com", Role::Agent, Second::Nothing),
    invented("Mika Thornfield", "mika.thornfield@example.com", Role::Agent, Second::EmailedCode),
];

/// Fills a throw-away database, prints who can sign in as what, and serves it. The folder goes
/// when the server stops.
///
/// # Errors
/// When the folder can't be made, or the server can't start.
pub async fn serve(config: &Config) -> Result<ExitCode, Fault> {
    start_log(config.log_format);
    let folder = std::env::temp_dir().join(format!("countersign-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let config = Config {
        database_url: format!("sqlite://{}", folder.join("countersign.db").display()),
        key_file: folder.join("keys.toml"),
        data_dir: folder.clone(),
        // Invented people have no mailboxes, and their addresses may be somebody's.
        smtp: None,
        ..config.clone()
    };
    let served = fill_and_serve(&config).await;
    std::fs::remove_dir_all(&folder)?;
    served
}

async fn fill_and_serve(config: &Config) -> Result<ExitCode, Fault> {
    let identity = identity(config, Seams::default()).await?;
    let mut server = Server::bind(config, identity.clone()).await?;
    let has_mailbox = server.show_mailbox();
    let people = fill(&identity).await?;
    say(format_args!("A demo: nothing here outlives this process. Of 112 people these can sign in; everybody’s password is {PASSWORD}\n"));
    for (person, key) in &people {
        say(format_args!("    {:<32} {:<15} {}", person.email, person.role.title(), person.name));
        if let Some(key) = key {
            say(format_args!("        second step: countersign code {}", key.expose()));
        } else if person.second == Second::EmailedCode {
            say("        second step: a code by mail");
        }
    }
    if has_mailbox {
        say(format_args!("\nMail: {}/demo/mailbox", config.public_url.origin()));
    } else {
        say(format_args!("\nMail: files in {}", config.mail_dir().display()));
    }
    say("");
    announce(config, &server)?;
    server.serve(stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

async fn fill(identity: &Identity) -> Result<Vec<(Invented, Option<Secret>)>, Fault> {
    let link = identity.open_set_up().await?.ok_or("the demo's database isn't empty")?;
    let holder = NewOrganisation {
        organisation: OrganisationName::parse("Quillbrook Support")?,
        name: PersonName::parse(HOLDER.name)?,
        email: Email::parse(HOLDER.email)?,
        password: Password::parse_new(PASSWORD)?,
    };
    let SetUpOutcome::Entered(entered) = identity.set_up(&link, &holder, &Visitor::default()).await? else {
        return Err("the demo's organisation couldn't be created".into());
    };
    let caller = identity.find_caller(&entered.token, &Visitor::default()).await?.ok_or("the demo's account holder isn't there")?;
    identity.sign_out(&caller, &Visitor::default()).await?;
    let mut people = vec![(HOLDER, Some(connect(identity, &caller.account).await?))];
    for person in OTHERS {
        let new = NewMember {
            email: Email::parse(person.email)?,
            name: PersonName::parse(person.name)?,
            role: person.role,
            password: Password::parse_new(PASSWORD)?,
        };
        let account = identity.add_member(&new).await?;
        let key = match person.second {
            Second::App => Some(connect(identity, &account).await?),
            Second::EmailedCode => {
                identity.turn_on_demo_emailed_codes(&account).await?;
                None
            }
            Second::Nothing => None,
        };
        people.push((person, key));
    }
    for (person, _) in &people {
        let account = find(identity, person.email).await?;
        identity.place_demo_member(&account, &TeamName::parse(people::team_of(person.email))?).await?;
    }
    begin_rollout(identity, &caller.account).await?;
    Ok(people)
}

/// Everybody else, three who were invited, and a deadline that was announced a week ago and is eight days off.
async fn begin_rollout(identity: &Identity, holder: &countersign_identity::Account) -> Result<(), Fault> {
    identity.add_demo_people(holder, &people::everybody_else()?).await?;
    let now = Timestamp::from_microsecond(identity.now().as_micros())?.to_zoned(identity.settings().time_zone.clone());
    let at_nine = |days: i64| -> Result<Instant, Fault> {
        let at = now.checked_add(Span::new().days(days))?.with().hour(9).minute(0).second(0).subsec_nanosecond(0).build()?;
        Ok(Instant::from_micros(at.timestamp().as_microsecond()))
    };
    let rollout = DemoRollout { deadline: at_nine(8)?, announced_at: at_nine(-7)? };
    let mut reminded = Vec::new();
    for (team, hours) in [("Night desk", 49), ("Retentions", 47), ("Billing", 26)] {
        reminded.push((TeamName::parse(team)?, hours));
    }
    identity.begin_demo_rollout(holder, rollout, &reminded).await?;
    identity.lock_demo_member(&find(identity, "juniper.vance-okoro@example.com").await?).await?;
    let mut invited = Vec::new();
    for (name, email, team) in [
        ("Rhys Calloway", "rhys.calloway@example.com", "Web chat"),
        ("Noor Sandoval", "noor.sandoval@example.com", "Night desk"),
        ("Petra Lindqvist", "petra.lindqvist@example.com", "Billing"),
    ] {
        invited.push((PersonName::parse(name)?, Email::parse(email)?, TeamName::parse(team)?));
    }
    identity.invite_demo_people(holder, &invited).await?;
    identity.mend_audit_chains().await?;
    Ok(())
}

async fn find(identity: &Identity, email: &str) -> Result<countersign_identity::Account, Fault> {
    Ok(identity.store().find_account_by_email(&Email::parse(email)?).await?.ok_or("an invented person isn't there")?)
}

async fn connect(identity: &Identity, account: &countersign_identity::Account) -> Result<Secret, Fault> {
    Ok(identity.connect_demo_app(account, &FactorName::parse("Phone app")?).await?)
}
