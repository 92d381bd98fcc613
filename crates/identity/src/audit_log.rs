//! The audit log, as those who look after people read it.
//!
//! Account holders read everything of their organisation, supervisors what happened to those who were in
//! the teams they look after.

use countersign_domain::{Email, Instant};
use countersign_store::{Account, AccountId, AuditEvent, AuditEventId, AuditPath, AuditSpan, TeamId};

use crate::{Caller, Error, Identity, audit::kind, people::Reach};

/// How many entries stand on a page.
const PAGE: usize = 50;
/// How many entries an export holds at most.
const EXPORTED: usize = 10_000;

/// What sort of events a log is narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Signing in, and being refused.
    SignIns,
    /// Methods, codes and keys.
    Methods,
    /// Passwords and addresses.
    Accounts,
    /// What those who look after people did for them.
    Help,
    /// What the organisation asks.
    Policy,
}

impl Topic {
    /// All of them, in the order of a menu.
    pub const ALL: [Self; 5] = [Self::SignIns, Self::Methods, Self::Accounts, Self::Help, Self::Policy];

    /// The stable word for the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignIns => "sign-ins",
            Self::Methods => "methods",
            Self::Accounts => "accounts",
            Self::Help => "help",
            Self::Policy => "policy",
        }
    }

    /// Reads that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.code() == code)
    }

    /// The events it is about.
    const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::SignIns => &[
                kind::SIGN_IN_SUCCEEDED,
                kind::PASSWORD_ACCEPTED,
                kind::PASSWORD_REFUSED,
                kind::SECOND_STEP_REFUSED,
                kind::PASSKEY_REFUSED,
                kind::SIGN_ON_REFUSED,
                kind::CONFIRMATION_SUCCEEDED,
                kind::CONFIRMATION_REFUSED,
                kind::SESSION_ENDED,
                kind::TRUSTED_BROWSER_ADDED,
                kind::TRUSTED_BROWSER_ENDED,
                kind::TRUSTED_BROWSER_COPIED,
                kind::BACKUP_CODE_USED,
                kind::RECOVERY_KEY_USED,
                kind::RECOVERY_KEY_REFUSED,
                kind::ACCESS_CODE_USED,
            ],
            Self::Methods => &[
                kind::APP_CONNECTED,
                kind::APP_RENAMED,
                kind::APP_REMOVED,
                kind::SECURITY_KEY_CONNECTED,
                kind::SECURITY_KEY_RENAMED,
                kind::SECURITY_KEY_REMOVED,
                kind::PASSKEY_CONNECTED,
                kind::PASSKEY_RENAMED,
                kind::PASSKEY_REMOVED,
                kind::KEY_NOT_CONNECTED,
                kind::KEY_COUNTER_BACK,
                kind::EMAILED_CODE_TURNED_ON,
                kind::EMAILED_CODE_TURNED_OFF,
                kind::EMAILED_CODE_REFUSED,
                kind::BACKUP_CODES_MADE,
                kind::RECOVERY_KEY_MADE,
                kind::SECOND_STEP_TURNED_OFF,
            ],
            Self::Accounts => &[
                kind::MEMBER_ADDED,
                kind::INVITATION_SENT,
                kind::INVITATION_SENT_AGAIN,
                kind::INVITATION_WITHDRAWN,
                kind::INVITATION_ACCEPTED,
                kind::EMAIL_CONFIRMED,
                kind::EMAIL_CHANGE_ASKED,
                kind::EMAIL_CHANGED,
                kind::PASSWORD_CHANGED,
                kind::PASSWORD_RESET_ASKED,
                kind::PASSWORD_RESET,
                kind::PASSWORD_SET,
                kind::ACCOUNT_DISOWNED,
                kind::IDENTITY_CONNECTED,
                kind::IDENTITY_DISCONNECTED,
            ],
            Self::Help => &[
                kind::MEMBER_UNLOCKED,
                kind::MEMBER_RESET,
                kind::METHOD_RESET,
                kind::MEMBER_SIGNED_OUT,
                kind::MEMBER_CHANGED,
                kind::MEMBER_DISABLED,
                kind::MEMBER_ENABLED,
                kind::ACCESS_CODE_ASKED,
                kind::NUMBER_REFUSED,
                kind::ACCESS_CODE_GIVEN,
                kind::ACCESS_CODE_CANCELLED,
                kind::REMINDER_SENT,
            ],
            Self::Policy => &[
                kind::POLICY_CHANGED,
                kind::SIGN_ON_CONNECTED,
                kind::SIGN_ON_CHANGED,
                kind::SIGN_ON_DISCONNECTED,
                kind::DOMAIN_PROVEN,
                kind::DOMAIN_GIVEN_UP,
                kind::SET_UP_COMPLETED,
                kind::HOST_CHANGED,
            ],
        }
    }
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Those about or by somebody: a whole address, or an account's id.
    pub person: Option<String>,
    /// A sort of events.
    pub topic: Option<Topic>,
    /// From then on.
    pub since: Option<Instant>,
    /// Before then.
    pub until: Option<Instant>,
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogPlace {
    /// The newest entries.
    Newest,
    /// Those before this one.
    Before(AuditEventId),
    /// Those after this one.
    After(AuditEventId),
}

/// One entry, with the names that its ids stand for today.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The event.
    pub event: AuditEvent,
    /// Whom it happened to.
    pub account: Option<Account>,
    /// Who did it, if that was somebody else.
    pub actor: Option<Account>,
}

/// One page of the log.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// Its entries, newest first.
    pub entries: Vec<Entry>,
    /// There are newer ones.
    pub has_newer: bool,
    /// There are older ones.
    pub has_older: bool,
}

impl Identity {
    /// One page of the log that the caller may read. `None` for an agent.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn audit_log(&self, caller: &Caller, filter: &LogFilter, place: LogPlace) -> Result<Option<LogPage>, Error> {
        let Some(reach) = self.reach(caller).await? else { return Ok(None) };
        let is_newer = matches!(place, LogPlace::After(_));
        let mut events = self.read_log(caller, &reach, filter, place, PAGE + 1).await?;
        let is_more = events.len() > PAGE;
        if is_more && is_newer {
            events.remove(0);
        }
        events.truncate(PAGE);
        let (has_newer, has_older) = match place {
            LogPlace::Newest => (false, is_more),
            LogPlace::Before(_) => (true, is_more),
            LogPlace::After(_) => (is_more, true),
        };
        Ok(Some(LogPage { entries: self.named(caller, events).await?, has_newer, has_older }))
    }

    /// Everything of the log that a filter asks for and the caller may read, newest first; the newest ten
    /// thousand. `None` for an agent.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn export_audit_log(&self, caller: &Caller, filter: &LogFilter) -> Result<Option<Vec<Entry>>, Error> {
        let Some(reach) = self.reach(caller).await? else { return Ok(None) };
        let events = self.read_log(caller, &reach, filter, LogPlace::Newest, EXPORTED).await?;
        self.named(caller, events).await.map(Some)
    }

    async fn read_log(
        &self,
        caller: &Caller,
        reach: &Reach,
        filter: &LogFilter,
        place: LogPlace,
        limit: usize,
    ) -> Result<Vec<AuditEvent>, Error> {
        let organisation = caller.organisation.id;
        let person = match &filter.person {
            None => None,
            Some(text) => match self.find_person(caller, text).await? {
                Some(account) => Some(account.id),
                // Whoever isn't here has no entries here.
                None => return Ok(Vec::new()),
            },
        };
        let first = filter.since.map_or(AuditEventId::START, |since| AuditEventId::from_random(since, [0; 10]));
        let last = filter.until.map_or(AuditEventId::END, |until| AuditEventId::from_random(until, [0; 10]));
        let (after, before) = match place {
            LogPlace::Newest => (first, last),
            LogPlace::Before(id) => (first, last.min(id)),
            LogPlace::After(id) => (first.max(id), last),
        };
        let is_newer = matches!(place, LogPlace::After(_));
        let span = AuditSpan { after, before, is_newer, limit: i64::try_from(limit).unwrap_or(i64::MAX) };
        let kinds: Vec<Option<&str>> =
            filter.topic.map_or_else(|| vec![None], |topic| topic.kinds().iter().map(|kind| Some(*kind)).collect());
        let mut events: Vec<AuditEvent> = Vec::new();
        for kind in kinds {
            for path in paths(caller, reach, person, kind) {
                events.append(&mut self.store.list_audit(organisation, path, span).await?);
            }
        }
        events.sort_by_key(|event| std::cmp::Reverse(event.id));
        events.dedup_by_key(|event| event.id);
        if is_newer && events.len() > limit {
            events.drain(..events.len() - limit);
        }
        events.truncate(limit);
        Ok(events)
    }

    /// Somebody of the caller's organisation, by address or id.
    async fn find_person(&self, caller: &Caller, text: &str) -> Result<Option<Account>, Error> {
        let organisation = caller.organisation.id;
        if let Some(id) = AccountId::parse(text.trim()) {
            return Ok(self.store.find_member(organisation, id).await?);
        }
        let Ok(email) = Email::parse(text) else { return Ok(None) };
        Ok(self.store.find_account_by_email(&email).await?.filter(|account| account.organisation_id == organisation))
    }

    /// Puts names to the ids of events.
    async fn named(&self, caller: &Caller, events: Vec<AuditEvent>) -> Result<Vec<Entry>, Error> {
        let mut known: std::collections::BTreeMap<AccountId, Option<Account>> = std::collections::BTreeMap::new();
        let mut ids = std::collections::BTreeSet::new();
        for event in &events {
            ids.extend(event.account_id);
            ids.extend(event.actor_id);
        }
        for id in ids {
            known.insert(id, self.store.find_member(caller.organisation.id, id).await?);
        }
        let who = |id: Option<AccountId>| id.and_then(|id| known.get(&id).cloned().flatten());
        Ok(events.into_iter().map(|event| Entry { account: who(event.account_id), actor: who(event.actor_id), event }).collect())
    }
}

/// The ways into the log that together hold what is asked for.
fn paths<'a>(caller: &Caller, reach: &Reach, person: Option<AccountId>, kind: Option<&'a str>) -> Vec<AuditPath<'a>> {
    let supervisor = matches!(reach, Reach::Teams(_)).then_some(caller.account.id);
    match (person, reach) {
        (Some(person), _) => vec![AuditPath::Account(person, kind, supervisor), AuditPath::Actor(person, kind, supervisor)],
        (None, Reach::Everybody) => vec![kind.map_or(AuditPath::All, AuditPath::Kind)],
        (None, Reach::Teams(teams)) => teams.iter().map(|team: &TeamId| AuditPath::Team(*team, kind)).collect(),
    }
}
