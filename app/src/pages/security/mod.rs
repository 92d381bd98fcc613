//! The Security page: somebody's own methods, backup codes, browsers and recent activity.
//!
//! Its dialogs are in the address (`?rename=…`, `?remove=…`, `?turn-off=1`, `?new-codes=1`,
//! `?new-key=1`, `?not-me=1`), so that they work as plain pages before the script is there, and so
//! that "Confirm it's you" can lead back to the one it interrupted.

mod activity;
mod browsers;
mod codes;
mod dialogs;
mod methods;
mod single_sign_on;

use countersign_domain::Factor;
use leptos::prelude::*;

use self::{
    activity::RecentActivity,
    browsers::Browsers,
    codes::{Codes, CodesNote},
    dialogs::{Dialogs, TURN_OFF},
    methods::Methods,
    single_sign_on::SingleSignOn,
};
use crate::{
    api::{
        AppError, Person,
        backup_codes::MakeBackupCodes,
        not_me::DisownHere,
        recovery_key::MakeRecoveryKey,
        security::{
            AcceptedKeys, EndOtherSessions, EndSession, RemoveMethod, RenameMethod, Security, StopTrusting, TrustBrowser,
            TurnOffSecondStep, load_security,
        },
        session::load_person,
        single_sign_on::{ConnectSingleSignOn, DisconnectSingleSignOn},
    },
    browser::{tabs, webauthn},
    components::{AccountLayout, AccountTab, Act, ButtonKind, LinkButton, Loaded, PageTitle, Status, use_act, use_view},
    pages::query::use_query,
};

/// What can be done here. They live as long as the page, whatever is loaded again meanwhile.
struct ActsHere {
    rename: Act<RenameMethod>,
    remove: Act<RemoveMethod>,
    /// What the dialog before it was about last: when it is done, the method is gone.
    removing: StoredValue<Option<Factor>>,
    turn_off: Act<TurnOffSecondStep>,
    new_codes: Act<MakeBackupCodes>,
    new_key: Act<MakeRecoveryKey>,
    disown: Act<DisownHere>,
    end: Act<EndSession>,
    end_others: Act<EndOtherSessions>,
    trust: Act<TrustBrowser>,
    stop_trusting: Act<StopTrusting>,
    connect: Act<ConnectSingleSignOn>,
    disconnect: Act<DisconnectSingleSignOn>,
}

/// A handle to them, small enough to hand around.
type Acts = StoredValue<ActsHere>;

impl ActsHere {
    fn new() -> Self {
        Self {
            rename: use_act(),
            remove: use_act(),
            removing: StoredValue::new(None),
            turn_off: use_act(),
            new_codes: use_act(),
            new_key: use_act(),
            disown: use_act(),
            end: use_act(),
            end_others: use_act(),
            trust: use_act(),
            stop_trusting: use_act(),
            connect: use_act(),
            disconnect: use_act(),
        }
    }

    /// What was done last, in words. New codes, a new key and "This wasn't me" have pages of their
    /// own to say so.
    fn said(&self) -> Signal<Option<String>> {
        let has_connected = use_query("done").get_untracked().is_some_and(|done| done == "connected");
        let said = RwSignal::new(has_connected.then(|| "Connected. Single sign-on signs you in from now on.".to_owned()));
        let say_what = move |done: Signal<Option<String>>, words: Signal<&'static str>| {
            Effect::new(move |_| {
                if done.read().is_some() {
                    said.set(Some(words.get_untracked().to_owned()));
                }
            });
        };
        let say = move |done, words: &'static str| say_what(done, Signal::stored(words));
        let removing = self.removing;
        let removed = Signal::derive(move || match removing.get_value() {
            Some(Factor::EmailedCode) => "Emailed codes are off. You’re signed out everywhere else.",
            _ => "Removed. You’re signed out everywhere else.",
        });
        say(self.rename.done(), "Renamed.");
        say_what(self.remove.done(), removed);
        say(self.turn_off.done(), "Two-factor authentication is off. You’re signed out everywhere else.");
        say(self.end.done(), "Signed out there.");
        say(self.end_others.done(), "Signed out everywhere else.");
        say(self.trust.done(), "Trusted. Your password is enough here.");
        say(self.disconnect.done(), "Disconnected. Single sign-on doesn’t sign you in any more.");
        say(self.stop_trusting.done(), "Not trusted any more. The second step is asked for there.");
        said.into()
    }
}

/// Somebody's own methods, codes and browsers.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let acts = StoredValue::new(ActsHere::new());
    let said = acts.with_value(ActsHere::said);
    let disowned = acts.with_value(|acts| acts.disown.done());
    Effect::new(move |_| {
        if disowned.read().is_some() {
            tabs::announce_sign_out();
        }
    });
    let loaded = use_view(load);
    view! { <Loaded resource=loaded children=move |(person, security)| page(person, security, acts, said)/> }
}

async fn load() -> Result<(Person, Security), AppError> {
    Ok((load_person().await?, load_security().await?))
}

fn page(person: Person, security: Security, acts: Acts, said: Signal<Option<String>>) -> AnyView {
    let lede = ["How you prove it’s you at ", &security.organisation, "."].concat();
    tell_the_browser(&security);
    let email = person.email.clone();
    let can_turn_off = !security.is_required && !security.methods.is_empty();
    view! {
        <AccountLayout tab=AccountTab::Security person>
            <PageTitle text="Security"/>
            <p class="lede">{lede}</p>
            <Status message=said/>
            // Before the sheets: without script an open one stands here, in the page.
            <Dialogs security=security.clone() email acts/>
            <CodesNote security=security.clone()/>
            <Methods security=security.clone()/>
            <Codes security=security.clone()/>
            <SingleSignOn security=security.clone() acts/>
            <Browsers security=security.clone() acts/>
            <RecentActivity activity=security.activity.clone()/>
            {can_turn_off.then(|| view! { <TurnOffSheet/> })}
        </AccountLayout>
    }
    .into_any()
}

/// Tells the browser which keys are left, so that it offers no passkey that was removed.
fn tell_the_browser(security: &Security) {
    let Some(AcceptedKeys { rp_id, user_handle, credential_ids }) = security.accepted_keys.clone() else { return };
    Effect::new(move |_| {
        let (rp_id, user_handle, credential_ids) = (rp_id.clone(), user_handle.clone(), credential_ids.clone());
        leptos::task::spawn_local(async move { webauthn::signal_accepted(&rp_id, &user_handle, &credential_ids).await });
    });
}

/// Last on the page, for those who may.
#[component]
fn TurnOffSheet() -> impl IntoView {
    view! {
        <section class="sheet turn-off">
            <p>"You aren’t required to have a second step. Without one, your password alone gets anybody in."</p>
            <LinkButton href=TURN_OFF kind=ButtonKind::Danger2>"Turn off two-factor authentication"</LinkButton>
        </section>
    }
    .into_any()
}

/// `text` with a capital at its start: "today, 08:57" begins a sentence.
fn sentence_start(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
