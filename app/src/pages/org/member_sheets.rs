//! What somebody has, where they are signed in, and what they are in the organisation.

use std::time::Duration;

use countersign_domain::{Factor, Secret, count};
use leptos::{html, prelude::*, task::spawn_local};

use super::{
    member::{Acts, Here, page_of},
    words::{clock_in_words, factor_icon, factor_in_sentence, factor_in_words, first_name, hold_in_words, time_left},
};
use crate::{
    api::people::{Hold, Member, Standing},
    browser::{
        clipboard,
        shown::{in_next_frame, when_shown},
    },
    components::{ActForm, Button, ButtonKind, ButtonSize, LinkButton, PhoneticCode, Row, Rows, Sheet, SheetHead, use_live},
};

/// How often what is left of a code is said anew.
const MINUTE: Duration = Duration::from_mins(1);

/// The temporary access code: the way to one, the code itself, or that they have one.
pub(super) fn access_code(member: &Member, code: Option<Secret>, here: Here) -> Option<AnyView> {
    if !member.may_help {
        return None;
    }
    let first = first_name(&member.name);
    let Some(given) = &member.access_code else {
        return (member.standing != Standing::Disabled).then(|| none_given(first, &member.id));
    };
    let cancel = cancel(&member.id, here.acts);
    let until = clock_in_words(&given.until).to_owned();
    let Some(code) = code else {
        let lede = ["They have one, until ", &until, "."].concat();
        let sheet = view! {
            <Sheet labelled_by="access-code">
                <SheetHead title="Temporary access code" id="access-code" lede>{cancel}</SheetHead>
            </Sheet>
        };
        return Some(sheet.into_any());
    };
    let lede = ["Read this to ", first, ", or type it at their desk. It replaces their second step once; they still need their password."]
        .concat();
    let left = minutes_left(given.minutes_left);
    let copied = code.clone();
    let read_out = NodeRef::<html::Div>::new();
    if given.code.is_some() && use_live().get_untracked() {
        Effect::new(move |_| {
            if let Some(code) = read_out.get() {
                // It is what the page is for now, and wins over the page's title.
                when_shown(code, |code| in_next_frame(Box::new(move || drop(code.focus()))));
            }
        });
    }
    let sheet = view! {
        <Sheet labelled_by="access-code">
            <SheetHead title="Temporary access code" id="access-code" lede/>
            <div class="body stack-4">
                <div tabindex="-1" node_ref=read_out><PhoneticCode code=code.expose().to_owned()/></div>
                <p>
                    "Works once, until "<b>{until}</b>". "{move || time_left(left.get())}". We won’t show it again if you leave this page."
                </p>
                <div class="btn-row">{copy(copied, here.said)} {cancel}</div>
            </div>
        </Sheet>
    };
    Some(sheet.into_any())
}

fn none_given(first: &str, id: &str) -> AnyView {
    let lede = ["For when ", first, " can’t give their second step: a code that stands in for it once. They still need their password."];
    let (lede, href) = (lede.concat(), [&page_of(id), "?code=1"].concat());
    view! {
        <Sheet labelled_by="access-code">
            <SheetHead title="Temporary access code" id="access-code" lede>
                <LinkButton href kind=ButtonKind::Second icon="ticket">"Give a temporary access code"</LinkButton>
            </SheetHead>
        </Sheet>
    }
    .into_any()
}

/// Counts down from what the server said. The clock time beside it is what counts.
fn minutes_left(minutes: i64) -> RwSignal<i64> {
    let left = RwSignal::new(minutes);
    Effect::new(move |_| {
        let is_past = move || {
            left.try_update(|left| *left = (*left - 1).max(0));
        };
        if let Ok(interval) = set_interval_with_handle(is_past, MINUTE) {
            on_cleanup(move || interval.clear());
        }
    });
    left
}

/// Copies a code; only with script.
fn copy(code: Secret, said: RwSignal<Option<String>>) -> AnyView {
    let live = use_live();
    let code = StoredValue::new(code);
    let on_copy = move |_| {
        spawn_local(async move {
            let words = match clipboard::copy(code.get_value().expose()).await {
                Ok(()) => "Copied.",
                Err(_) => "This browser can’t copy here. Read the code out instead.",
            };
            said.try_set(Some(words.to_owned()));
        });
    };
    view! {
        <span hidden=move || !live.get()>
            <Button kind=ButtonKind::Second type_="button" icon="copy" on_click=on_copy>"Copy"</Button>
        </span>
    }
    .into_any()
}

fn cancel(id: &str, acts: Acts) -> AnyView {
    let (act, id) = (acts.read_value().cancel, id.to_owned());
    view! {
        <ActForm act class="inline">
            <input type="hidden" name="id" value=id/>
            <Button kind=ButtonKind::Danger2 busy=act.pending()>"Cancel this code"</Button>
        </ActForm>
    }
    .into_any()
}

/// What they have, what of it is held, and where they are signed in.
pub(super) fn ways(member: &Member) -> Option<AnyView> {
    if !member.may_help {
        return None;
    }
    let page = page_of(&member.id);
    let has_any = !member.methods.is_empty() || member.backup_codes.is_some() || member.has_recovery_key;
    let reset_all = has_any.then(|| {
        let href = [&page, "?reset=all"].concat();
        view! { <LinkButton href kind=ButtonKind::Danger2>"Reset all"</LinkButton> }
    });
    let none = member.methods.is_empty().then(|| {
        view! { <div class="empty"><p>"They haven’t set up a second step yet."</p></div> }
    });
    let methods = methods(member, &page);
    let codes = member.backup_codes.map(|left| backup_codes(left, &member.holds, &page));
    let key = member.has_recovery_key.then(|| view! { <Row icon="rkey" name="Recovery key" detail="Saved"/> });
    let held = other_holds(member);
    let browsers = browsers(member, &page);
    let sheet = view! {
        <Sheet labelled_by="ways">
            <SheetHead title="Ways to sign in" id="ways">{reset_all}</SheetHead>
            {none}
            <Rows>{methods}{codes}{key}{held}{browsers}</Rows>
        </Sheet>
    };
    Some(sheet.into_any())
}

/// What is held of a factor, after a space; nothing when it isn't.
fn held_in_words(holds: &[Hold], factor: Factor) -> String {
    let hold = holds.iter().find(|hold| hold.factor == factor);
    hold.map_or_else(String::new, |hold| [" ", &hold_in_words(hold)].concat())
}

fn methods(member: &Member, page: &str) -> AnyView {
    let rows = member.methods.iter().enumerate().map(|(n, method)| {
        // Of several of one kind, the first says how all of them stand.
        let is_first = member.methods.iter().position(|other| other.factor == method.factor) == Some(n);
        let held = if is_first { held_in_words(&member.holds, method.factor) } else { String::new() };
        // Emailed codes have no name of their own: theirs is the address above.
        let is_named = method.factor != Factor::EmailedCode;
        let name = if is_named { [&method.name, ". "].concat() } else { String::new() };
        let detail = [&name, "Added ", &method.added.day, ".", &held].concat();
        let href = [page, "?reset=", &method.id].concat();
        let label = if is_named { ["Reset ", &method.name].concat() } else { ["Reset ", &factor_in_sentence(method.factor)].concat() };
        view! {
            <Row icon=factor_icon(method.factor) name=factor_in_words(method.factor) detail>
                <LinkButton href kind=ButtonKind::Quiet size=ButtonSize::Small label>"Reset"</LinkButton>
            </Row>
        }
    });
    rows.collect_view().into_any()
}

fn backup_codes((left, total): (i64, i64), holds: &[Hold], page: &str) -> AnyView {
    let detail = [&left.to_string(), " of ", &total.to_string(), " left.", &held_in_words(holds, Factor::BackupCode)].concat();
    let href = [page, "?reset=backup-codes"].concat();
    view! {
        <Row icon="codes" name="Backup codes" detail>
            <LinkButton href kind=ButtonKind::Quiet size=ButtonSize::Small label="Reset backup codes">"Reset"</LinkButton>
        </Row>
    }
    .into_any()
}

/// What is held beside what they have: passwords, a temporary access code.
fn other_holds(member: &Member) -> AnyView {
    let has_row = |factor: Factor| {
        member.methods.iter().any(|method| method.factor == factor) || (factor == Factor::BackupCode && member.backup_codes.is_some())
    };
    let rows = member.holds.iter().filter(|hold| !has_row(hold.factor)).map(|hold| {
        view! { <Row icon=factor_icon(hold.factor) name=factor_in_words(hold.factor) detail=hold_in_words(hold)/> }
    });
    rows.collect_view().into_any()
}

/// Where they are signed in, and where their password alone signs in, if anywhere.
fn browsers(member: &Member, page: &str) -> AnyView {
    let signed_in =
        member.sessions.iter().map(|session| [&session.browser, ", ", &session.address, ". Since ", &session.since.text].concat());
    let trusted = member.trusted.iter().map(|browser| [&browser.browser, ", ", &browser.address, ". Until ", &browser.until.day].concat());
    let signed_in = of_browsers(("laptop", "Signed in on "), signed_in, page, ("Sign out", "Sign out everywhere they’re signed in"));
    let trusted =
        of_browsers(("browser", "Trusts "), trusted, page, ("Sign out and stop trusting", "Sign out and stop trusting, everywhere"));
    view! { {signed_in}{trusted} }.into_any()
}

/// One row for all of them: the first beside their number, the others below.
fn of_browsers(
    (icon, what): (&'static str, &str),
    mut lines: impl ExactSizeIterator<Item = String>,
    page: &str,
    (act, label): (&'static str, &'static str),
) -> Option<AnyView> {
    let name = [what, &count(lines.len(), "browser", "browsers")].concat();
    let detail = lines.next()?;
    let more = lines.map(|line| view! { <p>{line}</p> }).collect_view().into_any();
    let href = [page, "?sign-out=1"].concat();
    let row = view! {
        <Row icon name detail more>
            <LinkButton href kind=ButtonKind::Quiet size=ButtonSize::Small label>{act}</LinkButton>
        </Row>
    };
    Some(row.into_any())
}

/// What they are in the organisation, for those who may change it.
pub(super) fn role_and_team(member: &Member, acts: Acts) -> Option<AnyView> {
    if !member.may_manage {
        return None;
    }
    let change = [&page_of(&member.id), "?place=1"].concat();
    let end = if member.standing == Standing::Disabled {
        Some(enable(&member.id, acts))
    } else {
        // Nobody disables themselves.
        (!member.is_self).then(|| {
            let href = [&page_of(&member.id), "?disable=1"].concat();
            let label = ["Disable ", first_name(&member.name)].concat();
            view! { <LinkButton href kind=ButtonKind::Danger2 label>"Disable"</LinkButton> }.into_any()
        })
    };
    let team = member.team.clone().unwrap_or_else(|| "None".to_owned());
    let role = member.role.title();
    let looks_after = (!member.looks_after.is_empty()).then(|| {
        let teams = member.looks_after.join(", ");
        view! { <dt>"Looks after"</dt><dd>{teams}</dd> }
    });
    let sheet = view! {
        <Sheet labelled_by="role-and-team">
            <SheetHead title="Role and team" id="role-and-team">
                <div class="btn-row">
                    <LinkButton href=change kind=ButtonKind::Second label="Change role and team">"Change"</LinkButton>
                    {end}
                </div>
            </SheetHead>
            <dl class="body kv">
                <dt>"Role"</dt>
                <dd>{role}</dd>
                <dt>"Team"</dt>
                <dd>{team}</dd>
                {looks_after}
            </dl>
        </Sheet>
    };
    Some(sheet.into_any())
}

fn enable(id: &str, acts: Acts) -> AnyView {
    let (act, id) = (acts.read_value().enable, id.to_owned());
    view! {
        <ActForm act class="inline">
            <input type="hidden" name="id" value=id/>
            <Button kind=ButtonKind::Second busy=act.pending()>"Let them sign in again"</Button>
        </ActForm>
    }
    .into_any()
}
