//! Invitations: people who were asked to join and haven't yet. An address has one in an organisation,
//! and whoever takes its row out of the table is the one who joined.

use countersign_domain::{Email, Instant, PersonName, Role};

use crate::columns::{Code, Micros};
use crate::dispatch::{run, sql};
use crate::members::pattern;
use crate::teams::teams_of_supervisor;
use crate::{AccountId, InvitationId, MemberCursor, MemberFilter, OrganisationId, Store, StoreError, TeamId, Tx};

macro_rules! columns {
    () => {
        "id, organisation_id, email, name, role, team_id, invited_by, created_at, sent_at, expires_at"
    };
}

/// One page. $2 and $3 the name and id to go on from, $4 how many, $5 what they hold, $6 their team, $7 their
/// role, $8 a supervisor, if only their teams are meant. There are ten thousand at most, so that a filter
/// that is absent may stand in the statement.
macro_rules! page {
    ($compare:literal, $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM invitations WHERE organisation_id = $1 AND (name_key, id) ",
            $compare,
            " ($2, $3) AND (name_key LIKE $5 ESCAPE '!' OR email LIKE $5 ESCAPE '!') AND (team_id = $6 OR $6 IS NULL) \
             AND (role = $7 OR $7 IS NULL) AND (team_id IN (",
            teams_of_supervisor!("$8"),
            ") OR $8 IS NULL) ORDER BY name_key ",
            $order,
            ", id ",
            $order,
            " LIMIT $4"
        )
    };
}

sql! {
    /// Nobody who is a member already, and nobody twice.
    CREATE = "INSERT INTO invitations (id, organisation_id, email, name, name_key, role, team_id, invited_by, created_at) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 \
        WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.email = $3 AND accounts.organisation_id = $2) ON CONFLICT DO NOTHING";
    /// Those that went to an address since $2: in mail, not in this table, which forgets them with a withdrawal.
    COUNT_MAILS = "SELECT COUNT(*) FROM mails WHERE recipient = $1 AND created_at > $2 AND kind = 'invitation'";
    IS_MEMBER = "SELECT CAST(1 AS BIGINT) FROM accounts WHERE email = $2 AND organisation_id = $1";
    IS_INVITED = "SELECT CAST(1 AS BIGINT) FROM invitations WHERE email = $2 AND organisation_id = $1";
    FIND = concat!("SELECT ", columns!(), " FROM invitations WHERE organisation_id = $1 AND id = $2");
    FIND_TO = concat!("SELECT ", columns!(), " FROM invitations WHERE organisation_id = $1 AND email = $2");
    FIND_BY_TOKEN = concat!("SELECT ", columns!(), " FROM invitations WHERE token_hash = $1");
    PAGE = page!(">", "ASC");
    PAGE_BACK = page!("<", "DESC");
    COUNT = concat!("SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN sent_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) FROM invitations \
        WHERE organisation_id = $1 AND (team_id IN (", teams_of_supervisor!("$2"), ") OR $2 IS NULL)");
    LIST_UNSENT = concat!("SELECT ", columns!(), " FROM invitations WHERE sent_at IS NULL ORDER BY organisation_id, id LIMIT $1");
    /// Of two who write its mail one gets here.
    SEND = "UPDATE invitations SET token_hash = $2, sent_at = $3, expires_at = $4 WHERE id = $1 AND sent_at IS NULL";
    /// $2 is since when it must have been sent, at the latest.
    SEND_AGAIN = "UPDATE invitations SET token_hash = NULL, sent_at = NULL, expires_at = NULL WHERE id = $1 AND sent_at <= $2";
    /// An expired link asks for a new one, once.
    RENEW = "UPDATE invitations SET token_hash = NULL, sent_at = NULL, expires_at = NULL WHERE token_hash = $1 AND expires_at <= $2 \
        AND role <> 'account-holder'";
    WITHDRAW = concat!("DELETE FROM invitations WHERE organisation_id = $1 AND id = $2 RETURNING ", columns!());
    WITHDRAW_TO = "DELETE FROM invitations WHERE organisation_id = $1 AND email = $2";
    WITHDRAW_BY = "DELETE FROM invitations WHERE invited_by = $1";
    /// $3 now. An account holder's takes its link. One whose mail isn't written yet has no end.
    TAKE_TO = concat!("DELETE FROM invitations WHERE organisation_id = $1 AND email = $2 AND role <> 'account-holder' \
        AND (expires_at IS NULL OR expires_at > $3) RETURNING ", columns!());
    CONSUME = concat!("DELETE FROM invitations WHERE token_hash = $1 AND expires_at > $2 RETURNING ", columns!());
    PURGE = "DELETE FROM invitations WHERE created_at <= $1 AND expires_at <= $2";
    KEEP_DRAFT = "INSERT INTO invitation_drafts (account_id, text, role, team, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (account_id) DO UPDATE SET text = $2, role = $3, team = $4, created_at = $5";
    FIND_DRAFT = "SELECT text, role, team, created_at FROM invitation_drafts WHERE account_id = $1";
    DELETE_DRAFT = "DELETE FROM invitation_drafts WHERE account_id = $1";
    PURGE_DRAFTS = "DELETE FROM invitation_drafts WHERE created_at <= $1";
}

/// Somebody who was asked to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub organisation_id: OrganisationId,
    /// Whose mailbox it goes to.
    pub email: Email,
    /// What they may be called.
    pub name: Option<PersonName>,
    /// What they will be.
    pub role: Role,
    /// The team they will be in.
    pub team_id: Option<TeamId>,
    /// Who asked them.
    pub invited_by: AccountId,
    /// When they were first asked.
    pub created_at: Instant,
    /// When its last mail was written, and until when its link works; `None` while it waits to be.
    pub sent: Option<(Instant, Instant)>,
}

impl Invitation {
    /// The name that lists show and sort by: theirs, or else their address.
    #[must_use]
    pub fn name_key(&self) -> String {
        self.name.as_ref().map_or_else(|| self.email.as_str().to_owned(), PersonName::key)
    }

    /// Its link works no more.
    #[must_use]
    pub fn has_expired(&self, now: Instant) -> bool {
        self.sent.is_some_and(|(_, until)| until <= now)
    }
}

/// What somebody typed or pasted to invite people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationDraft {
    /// The lines.
    pub text: String,
    /// What those are whose line doesn't say.
    pub role: Role,
    /// The team of those whose line names none.
    pub team: Option<String>,
    /// When it was typed.
    pub created_at: Instant,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: InvitationId,
    organisation_id: OrganisationId,
    email: String,
    name: Option<String>,
    role: Code<Role>,
    team_id: Option<TeamId>,
    invited_by: AccountId,
    created_at: Micros,
    sent_at: Option<Micros>,
    expires_at: Option<Micros>,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organisation_id: row.organisation_id,
            email: Email::from_stored(row.email),
            name: row.name.map(PersonName::from_stored),
            role: row.role.0,
            team_id: row.team_id,
            invited_by: row.invited_by,
            created_at: row.created_at.0,
            sent: row.sent_at.zip(row.expires_at).map(|(at, until)| (at.0, until.0)),
        }
    }
}

type DraftRow = (String, Code<Role>, Option<String>, Micros);

fn draft((text, role, team, created_at): DraftRow) -> InvitationDraft {
    InvitationDraft { text, role: role.0, team, created_at: created_at.0 }
}

/// What the database knows of an address in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownAddress {
    /// Nothing.
    Not,
    /// They are a member.
    Member,
    /// They were invited.
    Invited,
    /// As many invitations went there since an instant as may.
    Often,
}

impl Tx {
    /// Asks somebody to join; its mail is still to be written. `false` when they are a member or were
    /// asked already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or the team or whoever asks is another organisation's.
    pub async fn create_invitation(&mut self, invitation: &Invitation) -> Result<bool, StoreError> {
        let Invitation { id, organisation_id, email, name, role, team_id, invited_by, created_at, sent: _ } = invitation;
        let created = run!(
            self,
            execute(
                CREATE,
                id,
                organisation_id,
                email.as_str(),
                name.as_ref().map(PersonName::as_str),
                invitation.name_key(),
                role.code(),
                *team_id,
                invited_by,
                Micros(*created_at)
            )
        )?;
        Ok(created == 1)
    }

    /// Those whose mail is still to be written, in every organisation.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_unsent_invitations(&mut self, limit: i64) -> Result<Vec<Invitation>, StoreError> {
        Ok(run!(self, fetch_all::<Row>(LIST_UNSENT, limit))?.into_iter().map(Invitation::from).collect())
    }

    /// Notes that its mail is written, with the link that works from now on. `false` when somebody else
    /// has written it, or it was withdrawn.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn send_invitation(
        &mut self,
        id: InvitationId,
        token_hash: &[u8; 32],
        at: Instant,
        until: Instant,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(SEND, id, &token_hash[..], Micros(at), Micros(until)))? == 1)
    }

    /// Ends its link, so that a mail with another is written, unless one was since `since`. `false` then.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn send_invitation_again(&mut self, id: InvitationId, since: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(SEND_AGAIN, id, Micros(since)))? == 1)
    }

    /// The same for whoever holds its link, once that has expired; not for one to become an account holder,
    /// which somebody has to mean.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn renew_invitation(&mut self, token_hash: &[u8; 32], now: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(RENEW, &token_hash[..], Micros(now)))? == 1)
    }

    /// Takes an invitation back. `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn withdraw_invitation(&mut self, organisation: OrganisationId, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(WITHDRAW, organisation, id))?.map(Invitation::from))
    }

    /// Withdraws an organisation's invitation to an address: whoever has it is a member. `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn withdraw_invitation_to(&mut self, organisation: OrganisationId, email: &Email) -> Result<bool, StoreError> {
        Ok(run!(self, execute(WITHDRAW_TO, organisation, email.as_str()))? == 1)
    }

    /// Takes back what somebody sent and nobody has accepted. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn withdraw_invitations_by(&mut self, account: AccountId) -> Result<u64, StoreError> {
        run!(self, execute(WITHDRAW_BY, account))
    }

    /// Takes an invitation out, for the one who joins. `None` when there is none, it has expired, or
    /// somebody was faster.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_invitation(&mut self, token_hash: &[u8; 32], now: Instant) -> Result<Option<Invitation>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(CONSUME, &token_hash[..], Micros(now)))?.map(Invitation::from))
    }

    /// An invitation, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_invitation(&mut self, organisation: OrganisationId, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(FIND, organisation, id))?.map(Invitation::from))
    }

    /// Takes out what an address was invited to, for whoever accepts it by that address; account holders' stay. `None` when
    /// there is none that is open.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn take_invitation_to(
        &mut self,
        organisation: OrganisationId,
        email: &Email,
        now: Instant,
    ) -> Result<Option<Invitation>, StoreError> {
        // All rows, so that the statement is stepped to its end, where a full disk shows.
        let rows = run!(self, fetch_all::<Row>(TAKE_TO, organisation, email.as_str(), Micros(now)))?;
        Ok(rows.into_iter().next().map(Invitation::from))
    }

    /// What an address was invited to, also if it has expired, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_invitation_to(&mut self, organisation: OrganisationId, email: &Email) -> Result<Option<Invitation>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(FIND_TO, organisation, email.as_str()))?.map(Invitation::from))
    }

    /// Forgets those whose link has expired and that were first sent by `created`. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_invitations(&mut self, created: Instant, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(created), Micros(now)))
    }

    /// Keeps what somebody typed, in place of what they typed before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn keep_invitation_draft(&mut self, account: AccountId, draft: &InvitationDraft) -> Result<(), StoreError> {
        let InvitationDraft { text, role, team, created_at } = draft;
        run!(self, execute(KEEP_DRAFT, account, text.as_str(), role.code(), team.as_deref(), Micros(*created_at))).map(|_| ())
    }

    /// What somebody typed, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_invitation_draft(&mut self, account: AccountId) -> Result<Option<InvitationDraft>, StoreError> {
        Ok(run!(self, fetch_optional::<DraftRow>(FIND_DRAFT, account))?.map(draft))
    }

    /// Forgets what somebody typed. `false` when there is nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_invitation_draft(&mut self, account: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DELETE_DRAFT, account))? == 1)
    }

    /// Forgets what was typed by `before`. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_invitation_drafts(&mut self, before: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE_DRAFTS, Micros(before)))
    }
}

impl Store {
    /// One page of an organisation's invitations by name, in the order of the list, whichever way the
    /// cursor goes; its id is an invitation's.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_invitations(
        &self,
        organisation: OrganisationId,
        filter: &MemberFilter,
        from: &MemberCursor,
        limit: i64,
    ) -> Result<Vec<Invitation>, StoreError> {
        let MemberFilter { text, team, role, supervisor } = filter;
        let (name, id) = (from.name_key.as_str(), from.id.as_uuid());
        let text = pattern(text.as_deref().unwrap_or_default());
        let sql = if from.is_backwards { PAGE_BACK } else { PAGE };
        let rows = run!(self, fetch_all::<Row>(sql, organisation, name, id, limit, text, *team, role.map(Role::code), *supervisor))?;
        let mut invitations: Vec<_> = rows.into_iter().map(Invitation::from).collect();
        if from.is_backwards {
            invitations.reverse();
        }
        Ok(invitations)
    }

    /// How many there are, and how many of them have no mail yet: of an organisation, or of the teams
    /// that `supervisor` looks after.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_invitations(&self, organisation: OrganisationId, supervisor: Option<AccountId>) -> Result<(i64, i64), StoreError> {
        run!(self, fetch_one::<(i64, i64)>(COUNT, organisation, supervisor))
    }

    /// An invitation.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_invitation(&self, organisation: OrganisationId, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(FIND, organisation, id))?.map(Invitation::from))
    }

    /// The invitation behind a link, also when that has expired. Only [`Tx::consume_invitation`] decides
    /// who may use it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_invitation_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<Invitation>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(FIND_BY_TOKEN, &token_hash[..]))?.map(Invitation::from))
    }

    /// What an organisation knows of each of these addresses, in their order, and whether `most`
    /// invitations went there since an instant, whoever sent them. Other organisations' people are unknown.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn known_addresses(
        &self,
        organisation: OrganisationId,
        emails: &[&Email],
        (most, since): (i64, Instant),
    ) -> Result<Vec<KnownAddress>, StoreError> {
        let mut known = Vec::with_capacity(emails.len());
        for email in emails {
            let is_member = run!(self, fetch_optional::<(i64,)>(IS_MEMBER, organisation, email.as_str()))?.is_some();
            let is_invited = !is_member && run!(self, fetch_optional::<(i64,)>(IS_INVITED, organisation, email.as_str()))?.is_some();
            known.push(match (is_member, is_invited) {
                (true, _) => KnownAddress::Member,
                (_, true) => KnownAddress::Invited,
                _ if run!(self, fetch_one::<(i64,)>(COUNT_MAILS, email.as_str(), Micros(since)))?.0 >= most => KnownAddress::Often,
                _ => KnownAddress::Not,
            });
        }
        Ok(known)
    }

    /// What somebody typed.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_invitation_draft(&self, account: AccountId) -> Result<Option<InvitationDraft>, StoreError> {
        Ok(run!(self, fetch_optional::<DraftRow>(FIND_DRAFT, account))?.map(draft))
    }
}
