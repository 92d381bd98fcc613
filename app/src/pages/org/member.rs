//! Somebody's page, for those who look after them: a locked-out agent at their desk is the most
//! urgent thing there is.
//!
//! Its dialogs are in the address (`?code=1`, `?reset=…`, `?sign-out=1`, `?place=1`, `?disable=1`).

use countersign_domain::Secret;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    member_dialogs::{Dialogs, trouble},
    member_sheets::{access_code, role_and_team, ways},
    words::{first_name, standing_badge},
};
use crate::{
    api::people::{
        AskingScreen, CancelAccessCode, DisableMember, EnableMember, GiveAccessCode, GivenCode, Member, PlaceMember, RemindPeople,
        ResetMember, SignOutMember, Standing, UnlockMember, load_member,
    },
    components::{
        Act, ActForm, Button, ButtonKind, ConsoleLayout, ConsolePage, Icon, Loaded, MainHead, Note, NoteKind, Status, use_act, use_view,
    },
    paths,
};

/// What can be done here. They live as long as the page, whatever is loaded again meanwhile.
pub(super) struct ActsHere {
    pub(super) unlock: Act<UnlockMember>,
    pub(super) remind: Act<RemindPeople>,
    pub(super) reset: Act<ResetMember>,
    pub(super) sign_out: Act<SignOutMember>,
    pub(super) give: Act<GiveAccessCode>,
    pub(super) cancel: Act<CancelAccessCode>,
    pub(super) place: Act<PlaceMember>,
    pub(super) disable: Act<DisableMember>,
    pub(super) enable: Act<EnableMember>,
}

/// A handle to them, small enough to hand around.
pub(super) type Acts = StoredValue<ActsHere>;

impl ActsHere {
    fn new() -> Self {
        Self {
            unlock: use_act(),
            remind: use_act(),
            reset: use_act(),
            sign_out: use_act(),
            give: use_act(),
            cancel: use_act(),
            place: use_act(),
            disable: use_act(),
            enable: use_act(),
        }
    }

    /// Says in `said` what was done last.
    fn tell(&self, said: RwSignal<Option<String>>) {
        let say = move |done: Signal<Option<String>>, words: &'static str| {
            Effect::new(move |_| {
                if done.read().is_some() {
                    said.set(Some(words.to_owned()));
                }
            });
        };
        say(self.unlock.done(), "Unlocked. They can sign in again.");
        say(self.remind.done(), "Reminded by email.");
        say(self.reset.done(), "Reset. They’re signed out everywhere, and told by email.");
        say(self.sign_out.done(), "Signed out everywhere, and no browser is trusted any more.");
        say(self.give.done(), "The code is ready. They’re told by email that they were given one.");
        say(self.cancel.done(), "That code no longer works.");
        say(self.place.done(), "Saved.");
        say(self.disable.done(), "Disabled, and signed out everywhere.");
        say(self.enable.done(), "They can sign in again.");
    }
}

/// A code that the server has shown, and won't show again.
#[derive(Clone)]
struct Kept {
    /// Until when it works: another code ends at another time.
    until: i64,
    code: Secret,
}

/// What lives as long as the page.
#[derive(Clone, Copy)]
pub(super) struct Here {
    pub(super) acts: Acts,
    /// What is said under the title.
    pub(super) said: RwSignal<Option<String>>,
    kept: RwSignal<Option<Kept>>,
}

impl Here {
    fn new() -> Self {
        let (acts, said) = (StoredValue::new(ActsHere::new()), RwSignal::new(None));
        acts.with_value(|acts| acts.tell(said));
        Self { acts, said, kept: RwSignal::new(None) }
    }

    /// The code to show. One that was received stays for as long as it is the one they have.
    fn code(self, given: Option<&GivenCode>) -> Option<Secret> {
        let kept = given.and_then(|given| {
            let until = given.until.at;
            let received = given.code.clone().map(|code| Kept { until, code });
            received.or_else(|| self.kept.get_untracked().filter(|kept| kept.until == until))
        });
        let code = kept.as_ref().map(|kept| kept.code.clone());
        self.kept.set(kept);
        code
    }
}

/// Somebody, for those who look after them.
#[component]
pub fn MemberPage() -> impl IntoView {
    let id = use_location().pathname.with_untracked(|path| id_in(path));
    let here = Here::new();
    let loaded = use_view(move || load_member(id.clone()));
    view! { <Loaded resource=loaded children=move |member| page(member, here)/> }.into_any()
}

/// The last part of a path.
pub(super) fn id_in(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

/// Somebody's page.
pub(super) fn page_of(id: &str) -> String {
    [paths::ORG_MEMBERS, "/", id].concat()
}

fn page(member: Member, here: Here) -> AnyView {
    let code = here.code(member.access_code.as_ref());
    let (unlock, cancel, enable) = here.acts.with_value(|acts| (acts.unlock, acts.cancel, acts.enable));
    let remind = here.acts.with_value(|acts| acts.remind);
    let head = head(&member, unlock, remind);
    let sheets = view! { {access_code(&member, code, here)} {ways(&member)} {role_and_team(&member, here.acts)} }.into_any();
    view! {
        <ConsoleLayout page=ConsolePage::Members organisation=member.organisation.clone() person=member.person.clone()>
            <p class="back"><a href=paths::ORG_MEMBERS><Icon name="left" size=16/>"Members"</a></p>
            {head}
            <Status message=here.said/>
            {trouble(unlock.refusal(), unlock.fault(), &[])}
            {trouble(remind.refusal(), remind.fault(), &[])}
            {trouble(cancel.refusal(), cancel.fault(), &[])}
            {trouble(enable.refusal(), enable.fault(), &[])}
            {asks(&member)}
            {whose(&member)}
            // Before the sheets: without script an open one stands here, in the page.
            <Dialogs member acts=here.acts/>
            {sheets}
        </ConsoleLayout>
    }
    .into_any()
}

fn head(member: &Member, unlock: Act<UnlockMember>, remind: Act<RemindPeople>) -> AnyView {
    let (title, lede, id) = (member.name.clone(), lede(member), member.id.clone());
    let badge = Some(standing_badge(member.standing, member.locked_until.as_ref()));
    match member.standing {
        Standing::NotSetUp if member.may_help => {
            return view! {
                <MainHead title lede badge>
                    <ActForm act=remind class="">
                        <input type="hidden" name="ids[]" value=id/>
                        <Button kind=ButtonKind::Second icon="bell" busy=remind.pending()>"Remind"</Button>
                    </ActForm>
                </MainHead>
            }
            .into_any();
        }
        Standing::Locked if member.may_help => {}
        _ => return view! { <MainHead title lede badge/> }.into_any(),
    }
    view! {
        <MainHead title lede badge>
            <ActForm act=unlock class="">
                <input type="hidden" name="id" value=id/>
                <Button kind=ButtonKind::Second busy=unlock.pending()>"Unlock now"</Button>
            </ActForm>
        </MainHead>
    }
    .into_any()
}

/// "Agent, Night desk. juniper.vance@example.com".
fn lede(member: &Member) -> String {
    let team = member.team.as_ref().map_or_else(String::new, |team| [", ", team].concat());
    [member.role.title(), &team, ". ", &member.email].concat()
}

/// They ask for a code right now.
fn asks(member: &Member) -> Option<AnyView> {
    let (first, others) = member.asks_from.split_first().filter(|_| member.may_help)?;
    let who = first_name(&member.name);
    let href = [&page_of(&member.id), "?code=1"].concat();
    let link = view! { <a href=href>"type the number on their screen"</a> };
    let from = |screen: &AskingScreen| [&screen.browser, ", ", &screen.address, ", since ", &screen.since.clock].concat();
    let text = if others.is_empty() {
        view! { {[who, " asks for a code: ", &from(first), ". Talk to them, and "].concat()}{link}"." }.into_any()
    } else {
        let screens = member.asks_from.iter().map(|screen| view! { <li>{from(screen)}</li> }).collect_view();
        let warning = ["One of them may be somebody else with ", who, "’s password. Ask which is theirs, and "].concat();
        view! {
            <p>{[who, " asks for a code on ", &member.asks_from.len().to_string(), " screens:"].concat()}</p>
            <ul>{screens}</ul>
            <p>{warning}{link}"."</p>
        }
        .into_any()
    };
    let note = view! { <div class="block"><Note kind=NoteKind::Wait icon="ticket">{text}</Note></div> };
    Some(note.into_any())
}

/// Who looks after them instead, where it isn't the one who looks.
fn whose(member: &Member) -> Option<AnyView> {
    if member.may_help {
        return None;
    }
    let note = if member.is_self {
        view! { <Note>"This is you. Look after your own methods on your "<a href=paths::SECURITY>"Security page"</a>"."</Note> }.into_any()
    } else {
        view! { <Note>"Someone with a higher role looks after them."</Note> }.into_any()
    };
    Some(view! { <div class="block">{note}</div> }.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_the_path_is_whose_page_it_is() {
        for path in ["/org/members/abc", "/org/members/abc/"] {
            assert_eq!(id_in(path), "abc");
        }
        assert_eq!(page_of(&id_in("/org/members/abc")), "/org/members/abc");
    }
}
