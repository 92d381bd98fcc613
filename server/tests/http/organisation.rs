//! An organisation with teams, and a second one beside it, for the tests about who may do what.

use countersign_domain::{Email, OrganisationName, Password, PersonName, Role};
use countersign_identity::{NewMember, NewOrganisation};
use serde_json::Value;

use crate::{
    mailbox::HOLDER,
    support::{Browser, EMAIL, Enrolled, PASSWORD, Site},
};

/// Supervises the night desk.
pub(crate) const LUDO: &str = "ludo.marchbank@example.com";
/// Supervises billing.
pub(crate) const ISOLDE: &str = "isolde.brandt@example.com";
/// Works in billing.
pub(crate) const PASCAL: &str = "pascal.oduya@example.com";
/// Holds the other organisation.
pub(crate) const STRANGER: &str = "heron.voss@example.com";

/// People: [`EMAIL`] is an agent of the night desk.
pub(crate) struct Organised {
    pub(crate) site: Site,
    /// The account holder, signed in, with a fresh second step.
    pub(crate) holder: Browser,
    pub(crate) holder_app: Enrolled,
    /// The night desk's supervisor, likewise.
    pub(crate) ludo: Browser,
}

impl Site {
    pub(crate) async fn add_as(&self, email: &str, name: &str, role: Role) {
        let new = NewMember {
            email: Email::parse(email).unwrap(),
            name: PersonName::parse(name).unwrap(),
            role,
            password: Password::parse_new(PASSWORD).unwrap(),
        };
        self.identity.add_member(&new).await.unwrap();
    }

    pub(crate) async fn id_of(&self, email: &str) -> String {
        let account = self.identity.store().find_account_by_email(&Email::parse(email).unwrap()).await.unwrap().unwrap();
        account.id.to_string()
    }

    /// Somebody's address is known to be theirs.
    pub(crate) async fn settle_address(&self, email: &str) {
        let email = Email::parse(email).unwrap();
        let account = self.identity.store().find_account_by_email(&email).await.unwrap().unwrap();
        let mut tx = self.identity.store().begin().await.unwrap();
        assert!(tx.confirm_email(account.id, &email, self.identity.now()).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Somebody who signs in and connects an app.
    pub(crate) async fn enrolled(&self, email: &str) -> (Browser, Enrolled) {
        let mut browser = self.browser();
        browser.sign_in(email).await.next();
        let enrolled = browser.enrol().await;
        (browser, enrolled)
    }
}

impl Organised {
    pub(crate) async fn new() -> Self {
        Self::on(Site::with_agent().await).await
    }

    /// The same on a site with one agent.
    pub(crate) async fn on(site: Site) -> Self {
        site.add_as(LUDO, "Ludo Marchbank", Role::Supervisor).await;
        site.add_as(ISOLDE, "Isolde Brandt-Lee", Role::Supervisor).await;
        site.add_as(PASCAL, "Pascal Oduya", Role::Agent).await;
        let (mut holder, holder_app) = site.enrolled(HOLDER).await;
        for (email, role, team) in [
            (EMAIL, "agent", "Night desk"),
            (LUDO, "supervisor", "Night desk"),
            (ISOLDE, "supervisor", "Billing"),
            (PASCAL, "agent", "Billing"),
        ] {
            let id = site.id_of(email).await;
            holder.post("/api/organisation/member/place", &[("id", &id), ("role", role), ("team", team)]).await.next();
        }
        let (ludo, _) = site.enrolled(LUDO).await;
        // What they were told of getting here is no test's business.
        site.outbox().await;
        Self { site, holder, holder_app, ludo }
    }

    /// Another organisation, and its account holder, signed in, with a fresh second step.
    pub(crate) async fn neighbours(&self) -> Browser {
        let new = NewOrganisation {
            organisation: OrganisationName::parse("Heron Lines").unwrap(),
            name: PersonName::parse("Heron Voss").unwrap(),
            email: Email::parse(STRANGER).unwrap(),
            password: Password::parse_new(PASSWORD).unwrap(),
        };
        self.site.identity.add_organisation(&new).await.unwrap();
        self.site.enrolled(STRANGER).await.0
    }
}

impl Browser {
    /// Turns emailed codes on for somebody whose address is confirmed and who has codes already.
    pub(crate) async fn turn_on_emailed_codes(&mut self, site: &Site) {
        site.outbox().await;
        assert_eq!(self.post("/api/enrolment/start", &[("method", "emailed-code")]).await.next(), "/enrol/email");
        let code = site.mailed_code().await;
        assert_eq!(self.post("/api/enrolment/emailed-code", &[("code", &code)]).await.next(), "/enrol/done");
    }

    pub(crate) async fn member(&mut self, id: &str) -> Value {
        self.get(&format!("/api/organisation/member?id={id}")).await.json()
    }

    /// Saves a policy as a form does, all methods allowed.
    pub(crate) async fn save_policy(&mut self, fields: &[(&str, &str)]) -> crate::support::Reply {
        let changes = self.get("/api/organisation/policy").await.json()["changes"].to_string();
        let mut all = vec![
            ("security_key", "yes"),
            ("passkey", "yes"),
            ("authenticator_app", "yes"),
            ("emailed_code", "yes"),
            ("changes", changes.as_str()),
        ];
        all.extend_from_slice(fields);
        self.post("/api/organisation/policy", &all).await
    }
}
