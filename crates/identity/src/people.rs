//! The people of an organisation, for those who look after them: seeing who needs help.
//!
//! Account holders see everybody, supervisors the teams they look after, agents nobody. Whoever isn't
//! seen doesn't exist: an id of another team or organisation is answered like one that nobody has.

use countersign_domain::{Instant, Role};
use countersign_store::{
    AccessCode, Account, AccountId, AskingScreen, AuthenticatorApp, BackupCodeSet, Credential, EmailedCodeMethod, HeldFactor, Invitation,
    MemberCursor, MemberFilter, Session, Standing, Team, TeamId, TrustedBrowser, Tx,
};

use crate::{Caller, Error, Identity};

/// How many people stand on a page.
const PAGE: usize = 25;
/// How many people an export holds at most.
const EXPORTED: usize = 10_000;

/// Whom somebody may look after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everybody in the organisation.
    Everybody,
    /// Those in these teams.
    Teams(Vec<TeamId>),
}

impl Reach {
    pub(crate) fn holds(&self, account: &Account) -> bool {
        self.holds_team(account.team_id)
    }

    /// Those of a team, or those without one.
    pub(crate) fn holds_team(&self, team: Option<TeamId>) -> bool {
        match self {
            Self::Everybody => true,
            Self::Teams(teams) => team.is_some_and(|team| teams.contains(&team)),
        }
    }
}

/// Which people a list asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleFilter {
    /// Part of a name or an address.
    pub text: Option<String>,
    /// A team.
    pub team: Option<TeamId>,
    /// A role.
    pub role: Option<Role>,
    /// Where they stand.
    pub segment: Option<Segment>,
    /// Those who are held right now, and nobody else.
    pub is_held: bool,
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Members who stand there.
    Members(Standing),
    /// Those who were invited and haven't joined.
    Invited,
}

impl Segment {
    /// All of them, in the order of a list: whoever has something to do comes first.
    pub const ALL: [Self; 4] =
        [Self::Members(Standing::NotSetUp), Self::Invited, Self::Members(Standing::SetUp), Self::Members(Standing::Disabled)];
}

/// A place in a list: where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleCursor {
    /// The segment.
    pub segment: Segment,
    /// The place in it.
    pub place: MemberCursor,
}

/// One line of a list.
#[derive(Clone, Debug)]
pub enum Person {
    /// A member.
    Member {
        /// Who.
        account: Box<Account>,
        /// Where they stand.
        standing: Standing,
        /// Something of theirs is paused or switched off right now.
        is_held: bool,
    },
    /// Somebody who was invited and hasn't joined.
    Invited {
        /// The invitation.
        invitation: Box<Invitation>,
        /// Its link works no more.
        has_expired: bool,
    },
}

impl Person {
    /// The place of a list at which they stand.
    fn place(&self, is_backwards: bool) -> PeopleCursor {
        match self {
            Self::Member { account, standing, .. } => PeopleCursor {
                segment: Segment::Members(*standing),
                place: MemberCursor { name_key: account.name.key(), id: account.id, is_backwards },
            },
            Self::Invited { invitation, .. } => PeopleCursor {
                segment: Segment::Invited,
                place: MemberCursor { name_key: invitation.name_key(), id: AccountId::from_uuid(invitation.id.as_uuid()), is_backwards },
            },
        }
    }

    /// They are among these.
    fn is_one_of(&self, accounts: &[Account]) -> bool {
        matches!(self, Self::Member { account, .. } if accounts.iter().any(|other| other.id == account.id))
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct People {
    /// Those on it, in order.
    pub rows: Vec<Person>,
    /// The page before, if there is one.
    pub previous: Option<PeopleCursor>,
    /// The page after, if there is one.
    pub next: Option<PeopleCursor>,
    /// How many people the caller sees altogether, whatever is asked for.
    pub total: i64,
    /// How many were invited and haven't joined, and to how many of them the mail is still to be written.
    pub invited: (i64, i64),
    /// Those who ask for a temporary access code right now, longest first.
    pub asking: Vec<Account>,
    /// The teams the caller sees, by name.
    pub teams: Vec<Team>,
}

/// Somebody, as those who look after them see them. Never a secret.
#[derive(Debug)]
pub struct Member {
    /// Who.
    pub account: Account,
    /// Their team.
    pub team: Option<Team>,
    /// The teams they look after, if they are a supervisor.
    pub looks_after: Vec<TeamId>,
    /// All the teams there are, for an account holder.
    pub teams: Vec<Team>,
    /// Where they stand.
    pub standing: Standing,
    /// What they can't use right now.
    pub holds: Vec<HeldFactor>,
    /// Their apps.
    pub apps: Vec<AuthenticatorApp>,
    /// Their keys and passkeys.
    pub keys: Vec<Credential>,
    /// Their emailed codes, if they are on.
    pub emailed_code: Option<EmailedCodeMethod>,
    /// Their backup codes.
    pub backup_codes: Option<BackupCodeSet>,
    /// They have a recovery key.
    pub has_recovery_key: bool,
    /// Where they are signed in, newest first.
    pub sessions: Vec<Session>,
    /// The browsers they trust, last used first.
    pub trusted: Vec<TrustedBrowser>,
    /// The temporary access code they were given, while it works.
    pub access_code: Option<AccessCode>,
    /// Since when they ask for one, if they do right now.
    pub asks_from: Vec<AskingScreen>,
    /// The caller may help them.
    pub may_help: bool,
    /// The caller may change their role and team, and disable them.
    pub may_manage: bool,
}

/// Whether `helper` may help `account`, who is within reach: never themselves, never a higher role.
pub(crate) fn may_help(helper: &Account, account: &Account) -> bool {
    helper.id != account.id && account.role <= helper.role
}

impl Identity {
    /// Whom the caller may look after; `None` for nobody.
    pub(crate) async fn reach(&self, caller: &Caller) -> Result<Option<Reach>, Error> {
        Ok(match caller.account.role {
            Role::AccountHolder => Some(Reach::Everybody),
            Role::Supervisor => Some(Reach::Teams(self.store.list_supervised_teams(caller.account.id).await?)),
            Role::Agent => None,
        })
    }

    /// The same, as `tx` sees it, of whoever the caller is by now.
    pub(crate) async fn reach_in(&self, tx: &mut Tx, caller: &Caller) -> Result<Option<(Account, Reach)>, Error> {
        let Some(account) = tx.find_account(caller.account.id).await? else { return Ok(None) };
        let reach = match account.role {
            Role::AccountHolder => Reach::Everybody,
            Role::Supervisor => Reach::Teams(tx.list_supervised_teams(account.id).await?),
            Role::Agent => return Ok(None),
        };
        Ok(Some((account, reach)))
    }

    /// One page of the people the caller looks after: those who are held first, then those without a
    /// second step, then the others, then those who are disabled. `None` for an agent.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn people(&self, caller: &Caller, filter: &PeopleFilter, from: Option<PeopleCursor>) -> Result<Option<People>, Error> {
        self.list_people(caller, filter, from, PAGE).await
    }

    /// All of them in the same order, the first ten thousand. `None` for an agent.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn export_people(&self, caller: &Caller, filter: &PeopleFilter) -> Result<Option<People>, Error> {
        self.list_people(caller, filter, None, EXPORTED).await
    }

    async fn list_people(
        &self,
        caller: &Caller,
        filter: &PeopleFilter,
        from: Option<PeopleCursor>,
        size: usize,
    ) -> Result<Option<People>, Error> {
        let Some(reach) = self.reach(caller).await? else { return Ok(None) };
        let organisation = caller.organisation.id;
        let mut teams = self.store.list_teams(organisation).await?;
        if let Reach::Teams(own) = &reach {
            teams.retain(|team| own.contains(&team.id));
        }
        let counts = self.store.count_by_team(organisation).await?;
        let total = counts.iter().filter(|count| reach.holds_team(count.team)).map(|count| count.people).sum();
        let supervisor = matches!(reach, Reach::Teams(_)).then_some(caller.account.id);
        let invited = self.store.count_invitations(organisation, supervisor).await?;
        let mut asking = self.store.list_asking(organisation, supervisor, self.now()).await?;
        asking.retain(|account| may_help(&caller.account, account));
        // Another's team narrows the list to nobody.
        let mut people = People { rows: Vec::new(), previous: None, next: None, total, invited, asking, teams };
        if filter.team.is_some_and(|team| people.teams.iter().all(|seen| seen.id != team)) {
            return Ok(Some(people));
        }
        let held = self.store.list_held_members(organisation, supervisor, self.now()).await?;
        let is_asked_for = |account: &Account| {
            let text = filter.text.as_deref().map(str::to_lowercase);
            text.is_none_or(|text| account.name.key().contains(&text) || account.email.as_str().contains(&text))
                && filter.team.is_none_or(|team| account.team_id == Some(team))
                && filter.role.is_none_or(|role| account.role == role)
        };
        let first = || held.iter().filter(|account| is_asked_for(account)).map(|account| line(account.clone(), caller, true));
        if filter.is_held {
            people.rows = first().collect();
            return Ok(Some(people));
        }
        let members =
            MemberFilter { text: filter.text.as_deref().map(str::to_lowercase), team: filter.team, role: filter.role, supervisor };
        let segments: Vec<_> = Segment::ALL.into_iter().filter(|segment| filter.segment.is_none_or(|only| only == *segment)).collect();
        let page = self.page_of(caller, (&segments, size), &members, from.as_ref(), &held).await?;
        people.previous = page.rows.first().filter(|_| !page.is_first).map(|person| person.place(true));
        people.next = page.rows.last().filter(|_| page.has_more).map(|person| person.place(false));
        people.rows = page.rows;
        if page.is_first && filter.segment.is_none() {
            people.rows = first().chain(std::mem::take(&mut people.rows)).collect();
        }
        Ok(Some(people))
    }

    /// The people of one page, without those who are held: they stand at the beginning of the list.
    async fn page_of(
        &self,
        caller: &Caller,
        (segments, size): (&[Segment], usize),
        filter: &MemberFilter,
        from: Option<&PeopleCursor>,
        held: &[Account],
    ) -> Result<Page, Error> {
        let is_backwards = from.is_some_and(|from| from.place.is_backwards);
        let mut rows: Vec<Person> = Vec::new();
        let mut ordered = segments.to_vec();
        if is_backwards {
            ordered.reverse();
        }
        let begins = from.and_then(|from| ordered.iter().position(|segment| *segment == from.segment)).unwrap_or(0);
        for segment in ordered.into_iter().skip(begins) {
            let mut place = match from {
                Some(from) if from.segment == segment => from.place.clone(),
                _ if is_backwards => MemberCursor::last(),
                _ => MemberCursor::first(),
            };
            // One more than fits tells whether there is more; those who are held may take its place.
            while rows.len() <= size {
                let limit = size + 1 + held.len();
                let mut found = self.part_of(caller, segment, filter, &place, limit).await?;
                let is_end = found.len() < limit;
                if let Some(edge) = if is_backwards { found.first() } else { found.last() } {
                    place = edge.place(is_backwards).place;
                }
                found.retain(|person| !person.is_one_of(held));
                if is_backwards {
                    found.append(&mut rows);
                    rows = found;
                } else {
                    rows.append(&mut found);
                }
                if is_end {
                    break;
                }
            }
        }
        let is_more = rows.len() > size;
        if is_more && is_backwards {
            rows.drain(..rows.len() - size);
        }
        rows.truncate(size);
        Ok(if is_backwards {
            Page { rows, is_first: !is_more, has_more: true }
        } else {
            Page { rows, is_first: from.is_none(), has_more: is_more }
        })
    }

    /// Part of a segment, from a place on.
    async fn part_of(
        &self,
        caller: &Caller,
        segment: Segment,
        filter: &MemberFilter,
        place: &MemberCursor,
        limit: usize,
    ) -> Result<Vec<Person>, Error> {
        let (organisation, now) = (caller.organisation.id, self.now());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(match segment {
            Segment::Members(standing) => {
                let found = self.store.list_members(organisation, standing, filter, place, limit).await?;
                // Where they stand in the list, whatever the policy has become meanwhile.
                found.into_iter().map(|account| Person::Member { account: Box::new(account), standing, is_held: false }).collect()
            }
            Segment::Invited => {
                let found = self.store.list_invitations(organisation, filter, place, limit).await?;
                let person =
                    |invitation: Invitation| Person::Invited { has_expired: invitation.has_expired(now), invitation: Box::new(invitation) };
                found.into_iter().map(person).collect()
            }
        })
    }

    /// The teams of the caller's organisation, by name.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn teams(&self, caller: &Caller) -> Result<Vec<Team>, Error> {
        Ok(self.store.list_teams(caller.organisation.id).await?)
    }

    /// Somebody the caller looks after. `None` for everybody else, and for those who don't exist.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn member(&self, caller: &Caller, id: AccountId) -> Result<Option<Member>, Error> {
        let Some(reach) = self.reach(caller).await? else { return Ok(None) };
        let Some(account) = self.store.find_member(caller.organisation.id, id).await?.filter(|account| reach.holds(account)) else {
            return Ok(None);
        };
        let now = self.now();
        let may_manage = caller.account.role == Role::AccountHolder;
        let teams = self.store.list_teams(caller.organisation.id).await?;
        let looks_after = if account.role == Role::Supervisor { self.store.list_supervised_teams(id).await? } else { Vec::new() };
        Ok(Some(Member {
            team: teams.iter().find(|team| account.team_id == Some(team.id)).cloned(),
            looks_after,
            teams: if may_manage { teams } else { Vec::new() },
            standing: standing(&account, caller),
            holds: self.store.list_holds(id, now).await?,
            apps: self.store.list_apps(id).await?,
            keys: self.store.list_credentials(id).await?,
            emailed_code: self.store.find_emailed_code_method(id).await?,
            backup_codes: self.store.find_backup_codes(id).await?,
            has_recovery_key: self.store.find_recovery_key(id).await?.is_some(),
            sessions: self.store.list_sessions(id, now).await?,
            trusted: self.trusted_browsers(&account).await?,
            access_code: self.store.find_access_code(id, now).await?,
            asks_from: self.store.list_asking_screens(id, now).await?,
            may_help: may_help(&caller.account, &account),
            may_manage,
            account,
        }))
    }
}

/// What was found for one page.
struct Page {
    rows: Vec<Person>,
    is_first: bool,
    has_more: bool,
}

/// Where somebody stands with their organisation's policy.
fn standing(account: &Account, caller: &Caller) -> Standing {
    if account.disabled_at.is_some() {
        Standing::Disabled
    } else if account.methods.and(caller.organisation.policy.methods).is_empty() {
        Standing::NotSetUp
    } else {
        Standing::SetUp
    }
}

fn line(account: Account, caller: &Caller, is_held: bool) -> Person {
    Person::Member { standing: standing(&account, caller), account: Box::new(account), is_held }
}

/// Until when the last of these ends, if all of them do.
#[must_use]
pub fn held_until(holds: &[HeldFactor]) -> Option<Instant> {
    holds.iter().map(|hold| hold.until).collect::<Option<Vec<_>>>()?.into_iter().max()
}
