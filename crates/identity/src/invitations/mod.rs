//! Inviting people: one or ten thousand, with nothing half done.
//!
//! What somebody types is kept as a draft, so that they can look at what it comes to, and a reload or a
//! fresh proof loses nothing. Inviting reads the draft again inside the transaction; when it has come to
//! mean other people, nobody is invited and the new number is shown. Mails are written afterwards, a few
//! hundred at a time, by whichever node: who signs in meanwhile never waits for ten thousand of them.

mod join;
mod rows;

use std::collections::{BTreeMap, HashSet};

use countersign_domain::{Instant, PersonName, Role, TeamName};
use countersign_store::{Account, Invitation, InvitationDraft, InvitationId, KnownAddress, Organisation, Team, TeamId, Tx};

pub use join::{Invited, JoinWith, Joined};
pub use rows::{BadLine, LineProblem, Lines, MAX_PEOPLE, Newcomer};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};

use crate::{
    Caller, Error, Helped, Identity, Visitor,
    audit::{Details, kind},
    letters,
    mail::{About, Posting},
    people::Reach,
};

/// For how long a link works, in seconds: a week.
const LINK_SECONDS: i64 = 7 * 24 * 60 * 60;
/// For how long somebody who doesn't join stays in the list, in seconds: sixty days.
const KEPT_SECONDS: i64 = 60 * 24 * 60 * 60;
/// For how long a draft is kept, in seconds: a day.
const DRAFT_SECONDS: i64 = 24 * 60 * 60;
/// How far apart two mails to one address are, in seconds.
const APART_SECONDS: i64 = 60;
/// So many invitations go to an address in an hour, whoever sends them.
const OFTEN: i64 = 3;
const OFTEN_SECONDS: i64 = 60 * 60;
/// So many teams one list makes at most: teams aren't what it is for.
const MAX_NEW_TEAMS: usize = 100;
/// How many mails are written in one transaction.
const BATCH: i64 = 100;
/// Up to so many people each have a line in the log; more have one together.
const LOGGED_EACH: usize = 25;
/// The longest text of a draft, in bytes: ten thousand lines of a hundred.
pub const MAX_DRAFT: usize = 1024 * 1024;
/// The kind of these mails.
pub(crate) const MAIL_KIND: &str = "invitation";

/// A draft, and what it comes to.
#[derive(Clone, Debug)]
pub struct InvitationReview {
    /// What was typed.
    pub draft: InvitationDraft,
    /// Who would be invited, and the lines that invite nobody.
    pub lines: Lines,
    /// Teams that it names and that there aren't yet.
    pub new_teams: Vec<TeamName>,
}

/// Why nobody was invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationRefusal {
    /// There is nothing typed, or nobody in it to invite.
    Nobody,
    /// It would invite another number of people than was agreed to: this many.
    CountChanged(i64),
    /// Some lines invite nobody, and it wasn't said to leave them out: this many.
    BadLines(i64),
    /// More people than one list may have.
    TooMany(i64),
    /// More teams that there aren't yet than one list may make.
    TooManyTeams(i64),
}

/// What became of inviting people.
#[derive(Debug)]
#[must_use]
pub enum InvitationsSent {
    /// So many were invited.
    Done(i64),
    /// Nobody was, and nothing changed.
    Refused(InvitationRefusal),
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// The account holder needs a second step of their own first.
    SetUpFirst,
    /// Only account holders may.
    NotAllowed,
}

/// An invitation, as those who may see it do.
#[derive(Clone, Debug)]
pub struct InvitationView {
    /// The invitation.
    pub invitation: Invitation,
    /// Its team.
    pub team: Option<Team>,
    /// Who asked them.
    pub by: Option<Account>,
    /// The caller may send it again and take it back.
    pub may_manage: bool,
}

impl Identity {
    /// Keeps what an account holder typed, in place of what they typed before. `false` for anybody else.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn draft_invitations(&self, caller: &Caller, text: String, role: Role, team: Option<&TeamName>) -> Result<bool, Error> {
        if caller.account.role != Role::AccountHolder {
            return Ok(false);
        }
        let draft = InvitationDraft { text, role, team: team.map(ToString::to_string), created_at: self.now() };
        let mut tx = self.store.begin().await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(false);
        }
        tx.keep_invitation_draft(caller.account.id, &draft).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Mail leaves this server. Otherwise whoever runs it has to pass invitations on.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.settings.sends_mail
    }

    /// What the caller typed, and what it comes to. `None` unless they are an account holder; nothing in
    /// it when there is no draft.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn review_invitations(&self, caller: &Caller) -> Result<Option<Option<InvitationReview>>, Error> {
        if caller.account.role != Role::AccountHolder {
            return Ok(None);
        }
        let Some(draft) = self.store.find_invitation_draft(caller.account.id).await? else { return Ok(Some(None)) };
        let lines = self.read_draft(caller, &draft).await?;
        let new_teams = self.new_teams(caller, &lines).await?;
        Ok(Some(Some(InvitationReview { draft, lines, new_teams })))
    }

    /// The teams that a list names and that there aren't yet, by name.
    async fn new_teams(&self, caller: &Caller, lines: &Lines) -> Result<Vec<TeamName>, Error> {
        let known: HashSet<String> = self.store.list_teams(caller.organisation.id).await?.iter().map(|team| team.name.key()).collect();
        let mut new_teams = BTreeMap::new();
        for team in lines.people.iter().filter_map(|person| person.team.as_ref()) {
            let key = team.key();
            if !known.contains(&key) {
                new_teams.entry(key).or_insert_with(|| team.clone());
            }
        }
        Ok(new_teams.into_values().collect())
    }

    /// The draft's lines, with those taken out of the people who are members or invited already.
    async fn read_draft(&self, caller: &Caller, draft: &InvitationDraft) -> Result<Lines, Error> {
        let (text, role) = (draft.text.clone(), draft.role);
        let team = draft.team.as_deref().and_then(|team| TeamName::parse(team).ok());
        // Ten thousand lines take a while, in which this thread answers others.
        let mut lines = tokio::task::spawn_blocking(move || rows::read(&text, role, team.as_ref())).await.map_err(Error::fault)?;
        if lines.len() > MAX_PEOPLE {
            // Nobody is invited by it, so that nobody need be looked up.
            return Ok(lines);
        }
        let emails: Vec<_> = lines.people.iter().map(|person| &person.email).collect();
        let since = self.now().plus_seconds(-OFTEN_SECONDS);
        let mut known = self.store.known_addresses(caller.organisation.id, &emails, (OFTEN, since)).await?.into_iter();
        let (mut people, mut bad) = (Vec::with_capacity(lines.people.len()), lines.bad);
        for person in lines.people.drain(..) {
            let problem = match known.next().unwrap_or(KnownAddress::Not) {
                KnownAddress::Not => None,
                KnownAddress::Member => Some(LineProblem::Member),
                KnownAddress::Invited => Some(LineProblem::Invited),
                KnownAddress::Often => Some(LineProblem::Often),
            };
            match problem {
                None => people.push(person),
                Some(problem) => bad.push(BadLine { line: person.line, text: person.email.to_string(), problem }),
            }
        }
        bad.sort_by_key(|bad| bad.line);
        Ok(Lines { people, bad })
    }

    /// Invites the people of the caller's draft, the very one that was shown: as many as was agreed to, and
    /// whether lines with something wrong may be left out. All of them or nobody.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn invite(
        &self,
        caller: &Caller,
        (shown, agreed): (&str, i64),
        leaves_out: bool,
        visitor: &Visitor,
    ) -> Result<InvitationsSent, Error> {
        if caller.account.role != Role::AccountHolder {
            return Ok(InvitationsSent::NotAllowed);
        }
        if caller.account.methods.is_empty() {
            return Ok(InvitationsSent::SetUpFirst);
        }
        if self.must_confirm_first(caller) {
            return Ok(InvitationsSent::ConfirmFirst);
        }
        let refuse = |refusal| Ok(InvitationsSent::Refused(refusal));
        // Read and looked up before the transaction, which on SQLite keeps everybody else from writing.
        let Some(draft) = self.store.find_invitation_draft(caller.account.id).await? else { return refuse(InvitationRefusal::Nobody) };
        let lines = self.read_draft(caller, &draft).await?;
        let (people, bad) = (count(lines.people.len()), count(lines.bad.len()));
        if lines.len() > MAX_PEOPLE {
            return refuse(InvitationRefusal::TooMany(count(lines.len())));
        }
        if people == 0 {
            return refuse(InvitationRefusal::Nobody);
        }
        // The same number of others is as little what was agreed to as another number.
        if people != agreed || digest(&draft) != shown {
            return refuse(InvitationRefusal::CountChanged(people));
        }
        let new_teams = self.new_teams(caller, &lines).await?.len();
        if new_teams > MAX_NEW_TEAMS {
            return refuse(InvitationRefusal::TooManyTeams(count(new_teams)));
        }
        if bad > 0 && !leaves_out {
            return refuse(InvitationRefusal::BadLines(bad));
        }
        let mut tx = self.store.begin().await?;
        tx.lock_organisation(caller.organisation.id).await?;
        let still_holder = tx.find_account(caller.account.id).await?.is_some_and(|account| account.role == Role::AccountHolder);
        if !still_holder || !self.is_still_here(&mut tx, caller).await? {
            return Ok(InvitationsSent::NotAllowed);
        }
        // The very draft that was read; of two presses at once the second finds none.
        if tx.find_invitation_draft(caller.account.id).await?.as_ref() != Some(&draft) {
            return refuse(InvitationRefusal::CountChanged(0));
        }
        tx.delete_invitation_draft(caller.account.id).await?;
        let mut teams = BTreeMap::new();
        for person in &lines.people {
            let team = self.team_of(&mut tx, caller, person.team.as_ref(), &mut teams).await?;
            let invitation = Invitation {
                id: InvitationId::from_random(self.now(), self.random()?),
                organisation_id: caller.organisation.id,
                email: person.email.clone(),
                name: person.name.clone(),
                role: person.role,
                team_id: team,
                invited_by: caller.account.id,
                created_at: self.now(),
                sent: None,
            };
            if !tx.create_invitation(&invitation).await? {
                // Somebody was faster with this one; the list is looked at again.
                return refuse(InvitationRefusal::CountChanged(people - 1));
            }
            // Whoever may help others is never one of a number.
            if lines.people.len() <= LOGGED_EACH || person.role != Role::Agent {
                self.record_act(&mut tx, kind::INVITATION_SENT, caller, None, visitor, about(&invitation)).await?;
            }
        }
        let agents = lines.people.iter().filter(|person| person.role == Role::Agent);
        if lines.people.len() > LOGGED_EACH {
            let emails: Vec<_> = agents.map(|person| person.email.as_str()).collect();
            let details =
                Details::new().with("count", emails.len().into()).with("new-teams", new_teams.into()).with("emails", emails.into());
            self.record_act(&mut tx, kind::INVITATION_SENT, caller, None, visitor, details).await?;
        }
        tx.commit().await?;
        Ok(InvitationsSent::Done(people))
    }

    /// The id of a team by its name, made if there is none.
    async fn team_of(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        name: Option<&TeamName>,
        known: &mut BTreeMap<String, TeamId>,
    ) -> Result<Option<TeamId>, Error> {
        let Some(name) = name else { return Ok(None) };
        if let Some(id) = known.get(&name.key()) {
            return Ok(Some(*id));
        }
        let now = self.now();
        let id = tx.team_by_name(caller.organisation.id, name, TeamId::from_random(now, self.random()?), now).await?;
        known.insert(name.key(), id);
        Ok(Some(id))
    }

    /// Writes the mails of invitations that have none yet, a few at a time, whichever nodes do it. Says
    /// whether there may be more.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn send_invitations(&self) -> Result<bool, Error> {
        let mut tx = self.store.begin().await?;
        let unsent = tx.list_unsent_invitations(BATCH).await?;
        let mut context: Option<(Organisation, Vec<Team>)> = None;
        for invitation in &unsent {
            if context.as_ref().is_none_or(|(organisation, _)| organisation.id != invitation.organisation_id) {
                let organisation = tx.find_organisation(invitation.organisation_id).await?;
                let organisation = organisation.ok_or_else(|| Error::fault("an invitation without its organisation"))?;
                context = Some((organisation, tx.list_teams(invitation.organisation_id).await?));
            }
            if let Some((organisation, teams)) = &context {
                self.write_invitation(&mut tx, organisation, teams, invitation).await?;
            }
        }
        tx.commit().await?;
        Ok(count(unsent.len()) == BATCH)
    }

    /// The same until there are no more.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke; what was written stays.
    pub async fn send_every_invitation(&self) -> Result<(), Error> {
        while self.send_invitations().await? {}
        Ok(())
    }

    async fn write_invitation(
        &self,
        tx: &mut Tx,
        organisation: &Organisation,
        teams: &[Team],
        invitation: &Invitation,
    ) -> Result<(), Error> {
        let now = self.now();
        let (token, until) = (self.new_token()?, now.plus_seconds(LINK_SECONDS));
        if !tx.send_invitation(invitation.id, token.hash(), now, until).await? {
            return Ok(());
        }
        let by = tx.find_account(invitation.invited_by).await?;
        let link = [self.relying_party.origin(), "/join?token=", token.expose()].concat();
        let about = letters::Invitation {
            name: invitation.name.as_ref().map(PersonName::first).filter(|name| is_plain(name)),
            by: by.as_ref().map(|account| account.name.as_str()),
            team: teams.iter().find(|team| invitation.team_id == Some(team.id)).map(|team| team.name.as_str()),
            role: invitation.role,
            link: &link,
            until: &self.told(until).full,
        };
        let posting = Posting {
            kind: MAIL_KIND,
            to: &invitation.email,
            about: About::Newcomer,
            letter: letters::invitation(&self.sheet(organisation), &about),
            session: None,
            slot: None,
            due_at: now,
            expires_at: until,
        };
        self.post(tx, organisation, posting).await?;
        Ok(())
    }

    /// An invitation that the caller may see: an account holder any, a supervisor those to their teams.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn invitation(&self, caller: &Caller, id: InvitationId) -> Result<Option<InvitationView>, Error> {
        let Some(reach) = self.reach(caller).await? else { return Ok(None) };
        let found = self.store.find_invitation(caller.organisation.id, id).await?.filter(|found| reach.holds_team(found.team_id));
        let Some(invitation) = found else { return Ok(None) };
        let teams = self.store.list_teams(caller.organisation.id).await?;
        Ok(Some(InvitationView {
            team: teams.into_iter().find(|team| invitation.team_id == Some(team.id)),
            by: self.store.find_member(caller.organisation.id, invitation.invited_by).await?,
            may_manage: reach == Reach::Everybody,
            invitation,
        }))
    }

    /// Ends an invitation's link and sends another: once a minute.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn send_invitation_again(&self, caller: &Caller, id: InvitationId, visitor: &Visitor) -> Result<Helped, Error> {
        let (mut tx, invitation) = match self.begin_with_invitation(caller, id).await? {
            Ok(begun) => begun,
            Err(outcome) => return Ok(outcome),
        };
        let now = self.now();
        if !tx.send_invitation_again(id, now.plus_seconds(-APART_SECONDS)).await? {
            let sent_at = invitation.sent.map_or(now, |(at, _)| at);
            return Ok(Helped::TooSoon(sent_at.plus_seconds(APART_SECONDS)));
        }
        self.record_act(&mut tx, kind::INVITATION_SENT_AGAIN, caller, None, visitor, about(&invitation)).await?;
        tx.commit().await?;
        Ok(Helped::Done(()))
    }

    /// Takes an invitation back: its link works no more.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn withdraw_invitation(&self, caller: &Caller, id: InvitationId, visitor: &Visitor) -> Result<Helped, Error> {
        let mut tx = match self.begin_with_invitation(caller, id).await? {
            Ok((tx, _)) => tx,
            Err(outcome) => return Ok(outcome),
        };
        let Some(invitation) = tx.withdraw_invitation(caller.organisation.id, id).await? else { return Ok(Helped::NotFound) };
        self.record_act(&mut tx, kind::INVITATION_WITHDRAWN, caller, None, visitor, about(&invitation)).await?;
        tx.commit().await?;
        Ok(Helped::Done(()))
    }

    /// Begins an account holder's act on an invitation, or says why there is none.
    async fn begin_with_invitation(&self, caller: &Caller, id: InvitationId) -> Result<Result<(Tx, Invitation), Helped>, Error> {
        let Some(seen) = self.invitation(caller, id).await? else { return Ok(Err(Helped::NotFound)) };
        if !seen.may_manage {
            return Ok(Err(Helped::NotAllowed));
        }
        if caller.account.methods.is_empty() {
            return Ok(Err(Helped::SetUpFirst));
        }
        if self.must_confirm_first(caller) {
            return Ok(Err(Helped::ConfirmFirst));
        }
        let mut tx = self.store.begin().await?;
        let is_holder = tx.find_account(caller.account.id).await?.is_some_and(|account| account.role == Role::AccountHolder);
        if !is_holder || !self.is_still_here(&mut tx, caller).await? {
            return Ok(Err(Helped::NotFound));
        }
        match tx.find_invitation(caller.organisation.id, id).await? {
            Some(invitation) => Ok(Ok((tx, invitation))),
            None => Ok(Err(Helped::NotFound)),
        }
    }

    /// Forgets drafts of yesterday, and people who were invited long ago and never joined.
    pub(crate) async fn purge_invitations(&self, tx: &mut Tx) -> Result<(), Error> {
        let now: Instant = self.now();
        tx.purge_invitation_drafts(now.plus_seconds(-DRAFT_SECONDS)).await?;
        tx.purge_invitations(now.plus_seconds(-KEPT_SECONDS), now).await?;
        Ok(())
    }
}

/// Whether a word is a name and nothing that a mail program makes a link of.
fn is_plain(word: &str) -> bool {
    !word.contains(['/', ':', '@', '.', '\\'])
}

/// What the log says of an invitation.
fn about(invitation: &Invitation) -> Details {
    Details::new().with("email", invitation.email.as_str().into()).with("role", invitation.role.code().into())
}

/// What tells one draft from another, for whoever agrees to it.
#[must_use]
pub fn digest(draft: &InvitationDraft) -> String {
    let InvitationDraft { text, role, team, created_at: _ } = draft;
    let mut hash = Sha256::new();
    for part in [text.as_str(), role.code(), team.as_deref().unwrap_or_default()] {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    BASE64URL_NOPAD.encode(&hash.finalize())
}

fn count(people: usize) -> i64 {
    i64::try_from(people).unwrap_or(i64::MAX)
}
