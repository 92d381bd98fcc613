//! An organisation that has connected a provider.

use countersign_domain::{Email, EmailDomain};
use serde_json::{Value, json};

use crate::{
    lying_provider::{CLIENT, Provider, SECRET},
    mailbox::HOLDER,
    organisation::Organised,
    support::{Browser, EMAIL, Enrolled, Reply, Site},
};

/// The cookie that a browser is sent to the provider with.
pub(crate) const STATE: &str = "countersign_sign_on";
/// The session's.
pub(crate) const SESSION: &str = "countersign_session";

/// An organisation with its provider, which may vouch for example.com; Wren has an app.
pub(crate) struct Connected {
    pub(crate) organised: Organised,
    pub(crate) provider: Provider,
    pub(crate) wren: Enrolled,
}

impl Connected {
    pub(crate) async fn new() -> Self {
        let mut connected = Self::without_domain().await;
        assert_eq!(
            connected
                .site()
                .identity
                .set_domain(&EmailDomain::parse("example.com").unwrap(), Some(&Email::parse(HOLDER).unwrap()), true)
                .await
                .unwrap(),
            Some(true)
        );
        connected.fresh_holder().await;
        connected
    }

    pub(crate) async fn without_domain() -> Self {
        Self::on(Site::serving(&["http://localhost:8080"]).await).await
    }

    /// The same on an empty site.
    pub(crate) async fn on(site: Site) -> Self {
        let mut organised = Organised::on(site.settled().await).await;
        let (_, wren) = organised.site.enrolled(EMAIL).await;
        let provider = Provider::start(organised.site.clock.clone()).await;
        organised.holder.save_connection(&provider, &[]).await.next();
        organised.site.clock.advance_seconds(30);
        Self { organised, provider, wren }
    }

    pub(crate) fn site(&self) -> &Site {
        &self.organised.site
    }

    pub(crate) async fn fresh_holder(&mut self) -> &mut Browser {
        self.organised.site.clock.advance_seconds(30);
        let Organised { holder, holder_app, .. } = &mut self.organised;
        let code = holder.code(&holder_app.key);
        holder.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/org/policy")]).await.next();
        holder
    }

    /// What the provider's answer becomes, in a browser of its own.
    pub(crate) async fn sign_on(&self) -> (Browser, Value) {
        let mut browser = self.site().browser();
        let answer = browser.sign_on_at(&self.provider).await;
        let way = browser.come_back(&answer).await;
        (browser, way)
    }
}

impl Browser {
    pub(crate) async fn save_connection(&mut self, provider: &Provider, more: &[(&str, &str)]) -> Reply {
        let mut fields = vec![("issuer", provider.issuer()), ("client_id", CLIENT), ("client_secret", SECRET), ("changes", "0")];
        fields.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
        fields.extend_from_slice(more);
        self.post("/api/organisation/single-sign-on", &fields).await
    }

    /// To the provider's page, and yes there: what the browser is sent back with.
    pub(crate) async fn sign_on_at(&mut self, provider: &Provider) -> String {
        assert_eq!(self.post("/api/single-sign-on/start", &[("next", "/account/profile")]).await.next(), "/auth/single-sign-on/go");
        self.consent_at(provider).await
    }

    pub(crate) async fn consent_at(&mut self, provider: &Provider) -> String {
        let way = self.get("/api/single-sign-on/go").await.json();
        provider.consent(way["next"].as_str().unwrap_or_else(|| panic!("{way}")))
    }

    pub(crate) async fn come_back(&mut self, answer: &str) -> Value {
        let query = serde_html_form::to_string([("answer", answer)]).unwrap();
        let mut way = self.get(&format!("/api/single-sign-on/finish?{query}")).await.json();
        // Where another try leads has a test of its own.
        way.as_object_mut().unwrap().retain(|name, _| !["again", "back"].contains(&name.as_str()));
        way
    }
}

pub(crate) fn refused(problem: &str) -> Value {
    json!({ "next": null, "problem": problem })
}
