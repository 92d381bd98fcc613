//! What fills a demo: invented people whose phones and mailboxes don't exist, and a history that never was.

use countersign_domain::{
    Email, Factor, FactorName, FirstSign, Instant, MethodSet, PersonName, Policy, Role, Secret, SessionLengths, TeamName, TrustDays,
};
use countersign_store::{
    Account, AccountId, AppId, AuditEvent, AuditEventId, AuthenticatorApp, EmailedCodeMethodId, Invitation, InvitationId, Session,
    SessionId, TeamId, ThrottleKey, Tx,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    Error, Identity,
    audit::{Details, kind},
    backup_codes::FreshCodes,
    members::operator,
};

/// Somebody invented.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// Their name.
    pub name: PersonName,
    /// Their address.
    pub email: Email,
    /// Their role.
    pub role: Role,
    /// Their team.
    pub team: TeamName,
    /// What they have connected, if anything.
    pub method: Option<Factor>,
    /// How many hours ago they last signed in, if they ever did.
    pub signed_in_hours_ago: Option<i64>,
    /// They are signed in now.
    pub is_in: bool,
}

/// How a demo's rollout stands.
#[derive(Clone, Copy, Debug)]
pub struct DemoRollout {
    /// When a second step is required from.
    pub deadline: Instant,
    /// When that was said.
    pub announced_at: Instant,
}

const HOUR: i64 = 60 * 60;
/// Where a demo's people sit, at addresses that nobody has (RFC 5737).
const DESKS: [&str; 5] = ["192.0.2.12", "192.0.2.31", "192.0.2.44", "192.0.2.50", "192.0.2.63"];
const BROWSERS: [&str; 3] = ["Chrome on Windows", "Edge on Windows", "Firefox on Linux"];

impl Identity {
    /// Connects an app to a member's account and hands out its key: for a demo's people, whose
    /// phones don't exist.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn connect_demo_app(&self, account: &Account, name: &FactorName) -> Result<Secret, Error> {
        let now = self.now();
        let app = self.demo_app(account.id, name, now)?;
        let key = Secret::new(data_encoding::BASE32_NOPAD.encode(&app.seed));
        let codes = self.fresh_codes(countersign_domain::BackupCode::SET).await?;
        let mut tx = self.store.begin().await?;
        tx.create_pending_app(&app).await?;
        // Step 0 was in 1970: every code from now on is still good.
        tx.confirm_app(app.id, account.id, 0, name, now).await?;
        self.settle_demo_member(&mut tx, account, codes, now).await?;
        self.record(&mut tx, kind::APP_CONNECTED, Some(account), &operator(), Details::new().name(name.as_str())).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// Turns emailed codes on for one of a demo's people, whose mail its mailbox page shows.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn turn_on_demo_emailed_codes(&self, account: &Account) -> Result<(), Error> {
        let now = self.now();
        let codes = self.fresh_codes(countersign_domain::BackupCode::SET).await?;
        let mut tx = self.store.begin().await?;
        tx.turn_on_emailed_codes(EmailedCodeMethodId::from_random(now, self.random()?), account.id, now).await?;
        self.settle_demo_member(&mut tx, account, codes, now).await?;
        self.record(&mut tx, kind::EMAILED_CODE_TURNED_ON, Some(account), &operator(), Details::new()).await?;
        Ok(tx.commit().await?)
    }

    /// What comes with a first method: codes and a recovery key, saved, and a confirmed address.
    async fn settle_demo_member(&self, tx: &mut Tx, account: &Account, codes: FreshCodes, now: Instant) -> Result<(), Error> {
        self.store_codes(tx, account, codes, &operator(), now).await?;
        tx.acknowledge_backup_codes(account.id).await?;
        self.store_recovery_key(tx, account, &operator(), now).await?;
        tx.acknowledge_recovery_key(account.id).await?;
        tx.confirm_email(account.id, &account.email, now).await?;
        Ok(())
    }

    /// Puts somebody who is here into a team of the demo's organisation.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn place_demo_member(&self, account: &Account, team: &TeamName) -> Result<(), Error> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let team = tx.team_by_name(account.organisation_id, team, TeamId::from_random(now, self.random()?), now).await?;
        tx.move_to_team(account.id, Some(team)).await?;
        Ok(tx.commit().await?)
    }

    /// Adds a demo's other people, with the password that `like` has, and what they did so far.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn add_demo_people(&self, like: &Account, people: &[DemoPerson]) -> Result<(), Error> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        for (n, person) in people.iter().enumerate() {
            let joined_at = now.plus_seconds(-40 * 24 * HOUR);
            let team = tx.team_by_name(like.organisation_id, &person.team, TeamId::from_random(now, self.random()?), joined_at).await?;
            let account = Account {
                id: AccountId::from_random(joined_at, self.random()?),
                organisation_id: like.organisation_id,
                email: person.email.clone(),
                name: person.name.clone(),
                role: person.role,
                password_hash: like.password_hash.clone(),
                created_at: joined_at,
                last_sign_in_at: person.signed_in_hours_ago.map(|hours| now.plus_seconds(-hours * HOUR)),
                email_confirmed_at: None,
                password_by_mail_at: None,
                team_id: Some(team),
                methods: MethodSet::NONE,
                disabled_at: None,
            };
            if !tx.create_account(&account).await? {
                return Err(Error::fault("two invented people have one address"));
            }
            tx.confirm_email(account.id, &account.email, joined_at).await?;
            self.demo_history(&mut tx, &account, person, n).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Invites people to a demo's organisation; their mails are in its mailbox.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn invite_demo_people(&self, holder: &Account, people: &[(PersonName, Email, TeamName)]) -> Result<(), Error> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        for (name, email, team) in people {
            let team_id = tx.team_by_name(holder.organisation_id, team, TeamId::from_random(now, self.random()?), now).await?;
            let invitation = Invitation {
                id: InvitationId::from_random(now, self.random()?),
                organisation_id: holder.organisation_id,
                email: email.clone(),
                name: Some(name.clone()),
                role: Role::Agent,
                team_id: Some(team_id),
                invited_by: holder.id,
                created_at: now,
                sent: None,
            };
            tx.create_invitation(&invitation).await?;
        }
        tx.commit().await?;
        self.send_every_invitation().await
    }

    /// What somebody invented has connected, where they are signed in, and what their log says.
    async fn demo_history(&self, tx: &mut Tx, account: &Account, person: &DemoPerson, n: usize) -> Result<(), Error> {
        let now = self.now();
        let connected_at = now.plus_seconds(-(20 + i64::try_from(n % 400).unwrap_or_default()) * HOUR);
        match person.method {
            Some(Factor::EmailedCode) => {
                tx.turn_on_emailed_codes(EmailedCodeMethodId::from_random(connected_at, self.random()?), account.id, connected_at).await?;
                self.demo_event(tx, account, kind::EMAILED_CODE_TURNED_ON, connected_at, n, json!({})).await?;
            }
            Some(_) => {
                let app = self.demo_app(account.id, &FactorName::from_stored("Phone app".to_owned()), connected_at)?;
                tx.create_pending_app(&app).await?;
                tx.confirm_app(app.id, account.id, 0, &app.name, connected_at).await?;
                self.demo_event(tx, account, kind::APP_CONNECTED, connected_at, n, json!({ "name": "Phone app" })).await?;
            }
            None => {}
        }
        if let Some(at) = account.last_sign_in_at {
            let factor = person.method.filter(|_| at > connected_at).unwrap_or(Factor::Password);
            self.demo_event(tx, account, kind::SIGN_IN_SUCCEEDED, at, n, json!({ "factor": factor.code() })).await?;
        }
        if person.is_in {
            let session = self.demo_session(account, person, n)?;
            // Nobody has the token that this would be the hash of.
            tx.create_session(&session, &self.random::<32>()?).await?;
        }
        Ok(())
    }

    fn demo_app(&self, account_id: AccountId, name: &FactorName, at: Instant) -> Result<AuthenticatorApp, Error> {
        Ok(AuthenticatorApp {
            id: AppId::from_random(at, self.random()?),
            account_id,
            begun_in: SessionId::from_random(at, self.random()?),
            name: name.clone(),
            seed: Zeroizing::new(self.random::<{ countersign_domain::authenticator::SEED_LEN }>()?.to_vec()),
            created_at: at,
            confirmed_at: None,
            last_step: None,
            last_used_at: None,
        })
    }

    fn demo_session(&self, account: &Account, person: &DemoPerson, n: usize) -> Result<Session, Error> {
        let now = self.now();
        let began = account.last_sign_in_at.unwrap_or(now);
        let has_method = person.method.is_some();
        Ok(Session {
            id: SessionId::from_random(began, self.random()?),
            account_id: account.id,
            stage: countersign_domain::Stage::SignedIn,
            assurance: if has_method { countersign_domain::Assurance::Two } else { countersign_domain::Assurance::One },
            first_sign: FirstSign::Password,
            second_factor: person.method,
            password_at: began,
            second_step_at: has_method.then_some(began),
            created_at: began,
            seen_at: now,
            expires_at: self.session_expiry(countersign_domain::Stage::SignedIn, began, SessionLengths::DEFAULT),
            return_to: None,
            browser: BROWSERS[n % BROWSERS.len()].to_owned(),
            address: DESKS[n % DESKS.len()].to_owned(),
        })
    }

    async fn demo_event(&self, tx: &mut Tx, account: &Account, kind: &str, at: Instant, n: usize, details: Value) -> Result<(), Error> {
        let event = AuditEvent {
            id: AuditEventId::from_random(at, self.random()?),
            organisation_id: Some(account.organisation_id),
            account_id: Some(account.id),
            kind: kind.to_owned(),
            at,
            address: DESKS[n % DESKS.len()].to_owned(),
            browser: BROWSERS[n % BROWSERS.len()].to_owned(),
            details,
            actor_id: None,
            team_id: account.team_id,
        };
        Ok(tx.record_event(&event).await?)
    }

    /// Sets the demo's deadline, as `holder` would have, and reminds these teams so many hours ago.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn begin_demo_rollout(&self, holder: &Account, rollout: DemoRollout, reminded: &[(TeamName, i64)]) -> Result<(), Error> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let organisation = self.organisation_in(&mut tx, holder).await?;
        // Desks are their own here.
        let trust = TrustDays::new(14).unwrap_or(TrustDays::NEVER);
        let policy = Policy { required_from: Some(rollout.deadline), trust, ..organisation.policy };
        tx.set_policy(organisation.id, organisation.policy_changes, policy, Some(rollout.announced_at)).await?;
        let deadline = self.told(rollout.deadline).full;
        let details = json!({ "required-from": deadline, "by": holder.name.as_str() });
        self.demo_event(&mut tx, holder, kind::POLICY_CHANGED, rollout.announced_at, 0, details).await?;
        for (name, hours) in reminded {
            let team = tx.team_by_name(organisation.id, name, TeamId::from_random(now, self.random()?), now).await?;
            let at = now.plus_seconds(-hours * HOUR);
            tx.claim_reminder(team, organisation.id, at, at).await?;
            let left = tx.list_to_remind(organisation.id, team, 99).await?.len();
            let details = json!({ "team": name.as_str(), "count": left, "by": holder.name.as_str() });
            self.demo_event(&mut tx, holder, kind::REMINDER_SENT, at, 0, details).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Somebody typed ten wrong codes a moment ago.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn lock_demo_member(&self, account: &Account) -> Result<(), Error> {
        let key = ThrottleKey {
            subject: self.subject_of_account(account),
            factor: Factor::AuthenticatorApp,
            device: [0; 32],
            account_id: Some(account.id),
        };
        // Each after the pause of the one before, an hour apart.
        for hours in (0..countersign_domain::throttle::LONG_PAUSE_AT).rev() {
            let at = self.now().plus_seconds(-hours * HOUR);
            let _charged = self.store.charge_attempt(&key, at).await?;
            let mut tx = self.store.begin().await?;
            let details = json!({ "factor": Factor::AuthenticatorApp.code(), "because": "no-match" });
            self.demo_event(&mut tx, account, kind::SECOND_STEP_REFUSED, at, 4, details).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
