//! Accepting an invitation: who asked, a name, and a password, a passkey, or single sign-on. The wizard follows where
//! a second step is required.

use countersign_domain::Role;
use leptos::prelude::*;

use super::query::use_query;
use crate::{
    api::{
        Refusal,
        invitations::{AcceptInvitation, Join, JoinInvitation, RenewInvitation, load_join},
        single_sign_on::JoinSingleSignOn,
    },
    components::{
        Act, ActForm, AuthLayout, Button, ButtonKind, ButtonSize, ErrorNote, Field, LinkButton, Loaded, Note, NoteKind, PageTitle,
        PasswordField, Progress, said_anew, use_act,
    },
    paths,
    words::{for_field, refusal_text},
};

/// What lives as long as the page.
#[derive(Clone, Copy)]
struct Here {
    token: StoredValue<String>,
    join: Act<AcceptInvitation>,
    renew: Act<RenewInvitation>,
    sign_on: Act<JoinSingleSignOn>,
}

impl Here {
    /// What kept somebody from joining, whichever way.
    fn refusal(self) -> Signal<Option<Refusal>> {
        let (join, sign_on) = (self.join.refusal(), self.sign_on.refusal());
        Signal::derive(move || sign_on.get().or_else(|| join.get()))
    }
}

/// The page behind the link.
#[component]
pub fn JoinPage() -> impl IntoView {
    let (token, done) = (use_query("token"), use_query("done"));
    let here =
        Here { token: StoredValue::new(token.get_untracked().unwrap_or_default()), join: use_act(), renew: use_act(), sign_on: use_act() };
    let refusal = here.refusal();
    // A link that ends while somebody types says whether it has expired; and what they join with may have changed.
    let ends = Memo::new(move |_| matches!(*refusal.read(), Some(Refusal::LinkEnded | Refusal::Unmet { .. })));
    let loaded = Resource::new_blocking(move || (here.token.get_value(), ends.get()), |(token, _)| load_join(token));
    let view = move |Join { invitation }: Join| {
        let organisation = invitation.as_ref().map(|invitation| invitation.organisation.clone());
        let panel = invitation.as_ref().filter(|invitation| !invitation.has_expired).map(panel);
        let body = move || match invitation.clone() {
            _ if done.read().is_some() => sent(),
            Some(invitation) if invitation.has_expired => expired(&invitation, here),
            Some(invitation) => open(invitation, here),
            None => ended(),
        };
        view! { <AuthLayout organisation progress=Progress::Nothing panel=panel.unwrap_or_else(|| ().into_any())>{body}</AuthLayout> }
    };
    view! { <Loaded resource=loaded children=view/> }.into_any()
}

fn panel(invitation: &JoinInvitation) -> AnyView {
    let next = if invitation.is_required {
        "You choose a second step, save your backup codes, and you’re in. About two minutes."
    } else {
        "You’re in. A second step keeps your account yours; you can set one up on your Security page."
    };
    view! { <p class="say"><b>"What happens next"</b>{next}</p> }.into_any()
}

/// "Osric Fenn invited you to the Billing team as an agent."
fn lede(invitation: &JoinInvitation) -> String {
    let who = invitation.by.as_ref().map_or_else(|| "You’re invited".to_owned(), |by| [by, " invited you"].concat());
    let team = invitation.team.as_ref().map(|team| [" to the ", team, " team"].concat()).unwrap_or_default();
    let role = match invitation.role {
        Role::Agent => " as an agent.",
        Role::Supervisor => " as a supervisor.",
        Role::AccountHolder => " as an account holder.",
    };
    [&who, &team, role].concat()
}

fn open(invitation: JoinInvitation, here: Here) -> AnyView {
    let refusal = here.refusal();
    let has_ended = Memo::new(move |_| matches!(*refusal.read(), Some(Refusal::LinkEnded)));
    let page = move || if has_ended.get() { ended() } else { form(invitation.clone(), here) };
    page.into_any()
}

/// What kept them from joining, where it isn't about a field.
fn trouble(by: Option<String>, here: Here) -> AnyView {
    let refusal = here.refusal();
    let is_now = said_anew();
    let taken = move || {
        refusal.get().filter(|refusal| !matches!(refusal, Refusal::Field { .. } | Refusal::LinkEnded) && is_now()).map(|refusal| {
            let text = match &refusal {
                Refusal::Conflict => {
                    let who = by.as_deref().unwrap_or("whoever invited you");
                    ["This address has an account already. Sign in with it, or ask ", who, " to invite another address."].concat()
                }
                Refusal::Unmet { .. } => "What your organisation’s people sign in with has just changed. Look again.".to_owned(),
                refusal => refusal_text(refusal),
            };
            view! { <Note kind=NoteKind::Stop icon="warn">{text}</Note> }
        })
    };
    view! {
        <div class="alert" role="alert">{taken}</div>
        <ErrorNote fault=here.join.fault() offline="What you typed is still here; press the button when you’re back."/>
        <ErrorNote fault=here.sign_on.fault() offline="Press the button when you’re back."/>
    }
    .into_any()
}

/// Joining with who they are at the organisation's provider.
fn sign_on(kind: ButtonKind, here: Here) -> AnyView {
    let act = here.sign_on;
    view! {
        <ActForm act>
            <input type="hidden" name="token" value=here.token.get_value()/>
            <div class="block">
                <Button kind size=ButtonSize::Large wide=true icon="door" busy=act.pending()>"Continue with single sign-on"</Button>
            </div>
        </ActForm>
    }
    .into_any()
}

/// Where nothing else would let them in.
fn sign_on_only(invitation: &JoinInvitation, here: Here) -> AnyView {
    let title = ["Join ", &invitation.organisation].concat();
    view! {
        <PageTitle text=title/>
        <p class="lede">{lede(invitation)}</p>
        {trouble(invitation.by.clone(), here)}
        <p class="block">"For "<b>{invitation.email.clone()}</b></p>
        <p class="block">"You sign in with your organisation’s own sign-in, so there’s no password to choose here."</p>
        {sign_on(ButtonKind::Primary, here)}
    }
    .into_any()
}

fn form(invitation: JoinInvitation, here: Here) -> AnyView {
    if invitation.must_sign_on == Some(true) {
        return sign_on_only(&invitation, here);
    }
    let act = here.join;
    let refusal = act.refusal();
    let error = move |field: &'static str| Signal::derive(move || refusal.read().as_ref().and_then(|refusal| for_field(refusal, field)));
    let title = ["Join ", &invitation.organisation].concat();
    let label = if invitation.is_required { "Join and set up your second step".to_owned() } else { title.clone() };
    let name = match act.typed("name") {
        typed if typed.is_empty() => invitation.name.clone(),
        typed => typed,
    };
    let passkey = invitation.allows_passkey.then(|| {
        view! {
            <p class="block meta">
                "Or "
                <button class="link" type="submit" name="with" value="passkey" formnovalidate=true>"join with a passkey"</button>
                " and skip the password."
            </p>
        }
    });
    view! {
        <PageTitle text=title/>
        <p class="lede">{lede(&invitation)}</p>
        {trouble(invitation.by.clone(), here)}
        {invitation.must_sign_on.map(|_| view! {
            {sign_on(ButtonKind::Second, here)}
            <p class="block meta">"Or join with a password of your own:"</p>
        })}
        <ActForm act>
            <input type="hidden" name="token" value=here.token.get_value()/>
            <Field name="email" label="Email" type_="email" autocomplete="username" value=invitation.email.clone() readonly=true/>
            <Field name="name" label="Your name" autocomplete="name" value=name error=error("name") max_len=80 required=true/>
            <PasswordField
                label="Choose a password"
                autocomplete="new-password"
                hint="At least 12 characters. A few unrelated words work well."
                error=error("password")
                show_strength=true
            />
            <div class="block">
                <Button size=ButtonSize::Large wide=true busy=act.pending()>{label}</Button>
            </div>
            {passkey}
        </ActForm>
    }
    .into_any()
}

fn expired(invitation: &JoinInvitation, here: Here) -> AnyView {
    let act = here.renew;
    let refusal = act.refusal();
    let then = if invitation.may_renew { "We can send another to the same address." } else { "Ask whoever invited you to send it again." };
    let lede = ["Invitations work for 7 days, and this one was sent on ", &invitation.sent_on, ". ", then].concat();
    let may_renew = invitation.may_renew;
    let has_ended = Memo::new(move |_| matches!(*refusal.read(), Some(Refusal::LinkEnded)));
    let page = move || {
        if has_ended.get() {
            return ended();
        }
        view! {
            <PageTitle text="This link has expired"/>
            <p class="lede">{lede.clone()}</p>
            <ErrorNote fault=act.fault() offline="Press the button when you’re back."/>
            <ActForm act>
                <input type="hidden" name="token" value=here.token.get_value()/>
                <div class="block stack-4">
                    {may_renew.then(|| view! {
                        <div><Button size=ButtonSize::Large wide=true icon="mail" busy=act.pending()>"Send me a new invitation"</Button></div>
                    })}
                    <div>{go_to_sign_in()}</div>
                </div>
            </ActForm>
        }
        .into_any()
    };
    page.into_any()
}

fn go_to_sign_in() -> AnyView {
    view! { <LinkButton href=paths::SIGN_IN kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton> }
        .into_any()
}

fn ended() -> AnyView {
    view! {
        <PageTitle text="This link has ended"/>
        <p class="lede">"It was used, replaced by a newer one, or taken back. Look for a newer invitation in your mail, or ask whoever invited you."</p>
        <div class="block">{go_to_sign_in()}</div>
    }
    .into_any()
}

fn sent() -> AnyView {
    view! {
        <PageTitle text="Check your email"/>
        <p class="lede">"We’ve sent a new invitation to the same address."</p>
        <div class="block">{go_to_sign_in()}</div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asked_and_for_what_is_one_sentence() {
        let invitation = |by: Option<&str>, team: Option<&str>, role| JoinInvitation {
            organisation: "Quillbrook Support".to_owned(),
            email: "mika@example.com".to_owned(),
            name: String::new(),
            role,
            team: team.map(str::to_owned),
            by: by.map(str::to_owned),
            sent_on: String::new(),
            has_expired: false,
            is_required: false,
            may_renew: true,
            allows_passkey: true,
            must_sign_on: None,
        };
        assert_eq!(
            lede(&invitation(Some("Osric Fenn"), Some("Billing"), Role::Agent)),
            "Osric Fenn invited you to the Billing team as an agent."
        );
        assert_eq!(lede(&invitation(None, None, Role::AccountHolder)), "You’re invited as an account holder.");
    }
}
