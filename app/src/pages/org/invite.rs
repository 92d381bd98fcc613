//! Inviting people: a list is typed, pasted or opened, looked at, and sent.
//!
//! The list is kept by the server until it is sent, so that what it comes to is a page of its own
//! (`?review=1`), a reload loses nothing, and "Confirm it's you" leads back to it.

use countersign_domain::{Role, count};
use leptos::{html, prelude::*, task::spawn_local};

use super::{
    member_dialogs::{team_field, trouble},
    words::{count_of, refused, whole},
};
use crate::{
    api::{
        Refusal,
        invitations::{BadLine, DraftInvitations, Invite, InviteDraft, Newcomer, SendInvitations, load_invite},
    },
    browser::{file::chosen_text, shown::in_next_frame},
    components::{
        Act, ActForm, Button, ButtonKind, Check, ConsoleLayout, ConsolePage, ErrorLine, Icon, LinkButton, Loaded, MainHead, Note, NoteKind,
        Sheet, SheetHead, reload_views, use_act, use_live, use_view,
    },
    pages::query::use_query,
    paths,
    words::for_field,
};

/// The largest file that is opened, in bytes: what the server takes.
const MAX_FILE: u32 = 1024 * 1024;

/// How many new teams are named.
const NAMED: usize = 10;

/// What lives as long as the page.
#[derive(Clone, Copy)]
struct Here {
    draft: Act<DraftInvitations>,
    invite: Act<SendInvitations>,
    is_review: Memo<bool>,
}

/// Invites people.
#[component]
pub fn InvitePage() -> impl IntoView {
    let review = use_query("review");
    let here = Here { draft: use_act(), invite: use_act(), is_review: Memo::new(move |_| review.read().is_some()) };
    let refusal = here.invite.refusal();
    Effect::new(move |before: Option<()>| {
        // The list has come to mean something else: what is shown is to be looked at again.
        let is_stale = matches!(&*refusal.read(), Some(Refusal::Unmet { what, .. }) if what == "invited-changed");
        if before.is_some() && is_stale {
            reload_views();
        }
    });
    // Loaded again on the way to and from the review: what is shown is never an earlier list's.
    let loaded = use_view(move || {
        here.is_review.track();
        load_invite()
    });
    view! { <Loaded resource=loaded children=move |invite| page(invite, here)/> }.into_any()
}

fn page(invite: Invite, here: Here) -> AnyView {
    let (organisation, person) = (invite.organisation.clone(), invite.person.clone());
    let invite = StoredValue::new(invite);
    let body = move || {
        let Invite { draft, .. } = invite.get_value();
        match draft.filter(|_| here.is_review.get_untracked()) {
            Some(draft) => reviewed(&draft, invite.read_value().most, here),
            None => typed(invite.get_value(), here),
        }
    };
    view! {
        <ConsoleLayout page=ConsolePage::Members organisation person>
            <p class="back"><a href=paths::ORG_MEMBERS><Icon name="left" size=16/>"Members"</a></p>
            {body}
        </ConsoleLayout>
    }
    .into_any()
}

/// The list, and what holds for lines that don't say.
fn typed(invite: Invite, here: Here) -> AnyView {
    let Invite { teams, most, draft, sends_mail, .. } = invite;
    let no_mail = (!sends_mail).then(|| {
        let text = "Mail doesn’t leave this server yet. Whoever runs it finds the invitations there, and can pass them on.";
        view! { <div class="block"><Note kind=NoteKind::Wait icon="warn">{text}</Note></div> }
    });
    let draft = draft.unwrap_or(InviteDraft {
        digest: String::new(),
        text: String::new(),
        role: Role::Agent,
        team: String::new(),
        people: 0,
        by_role: Vec::new(),
        first: Vec::new(),
        bad: 0,
        first_bad: Vec::new(),
        new_teams: Vec::new(),
    });
    let act = here.draft;
    let refusal = act.refusal();
    let area = NodeRef::<html::Textarea>::new();
    let error = Signal::derive(move || refusal.read().as_ref().and_then(|refusal| list_refused(refusal, most)));
    Effect::new(move |before: Option<()>| {
        if error.read().is_some()
            && before.is_some()
            && let Some(area) = area.get_untracked()
        {
            drop(area.focus());
        }
    });
    let described_by = move || if error.read().is_some() { "people-hint people-error" } else { "people-hint" };
    let hint =
        ["An address on each line, or a list from a spreadsheet: email, name, role, team. Up to ", &count_of(most), " people."].concat();
    let roles = [Role::Agent, Role::Supervisor, Role::AccountHolder].map(|role| {
        let is_chosen = role == draft.role;
        view! { <option value=role.code() selected=is_chosen>{role.title()}</option> }
    });
    let teams = teams.into_iter().map(|team| team.name).collect();
    view! {
        <MainHead title="Invite people" lede="Everyone gets an email with a link of their own. You’ll see who it is before anything is sent."/>
        {no_mail}
        <Sheet labelled_by="list">
            <SheetHead title="Who" id="list"/>
            <ActForm act class="body apart">
                <div class="field">
                    <label class="label" for="people">"People"</label>
                    <span class="hint" id="people-hint">{hint}</span>
                    <ErrorLine id="people-error" error/>
                    <textarea
                        class="input area"
                        id="people"
                        name="people"
                        rows="10"
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby=described_by
                        aria-invalid=move || error.read().is_some().then_some("true")
                        node_ref=area
                    >{draft.text}</textarea>
                </div>
                {open_file(area, act)}
                <div class="two">
                    <div class="field">
                        <label class="label" for="role">"Role"</label>
                        <span class="hint" id="role-hint">"For lines that say none"</span>
                        <select class="input" id="role" name="role" aria-describedby="role-hint">{roles.collect_view()}</select>
                    </div>
                    {team_field(draft.team, teams, "For lines that say none. A new name makes a new team", refusal)}
                </div>
                {trouble(refusal, act.fault(), &["people", "team"])}
                <div class="btn-row">
                    <Button busy=act.pending()>"Look at the list"</Button>
                    <LinkButton href=paths::ORG_MEMBERS kind=ButtonKind::Second>"Cancel"</LinkButton>
                </div>
            </ActForm>
        </Sheet>
    }
    .into_any()
}

/// What is wrong with a list as a whole.
fn list_refused(refusal: &Refusal, most: i64) -> Option<String> {
    match refusal {
        Refusal::Field { field, problem: crate::api::FieldProblem::Empty } if field == "people" => {
            Some("Type or paste at least one address.".to_owned())
        }
        Refusal::Field { field, problem: crate::api::FieldProblem::TooLong { .. } } if field == "people" => {
            Some(["That’s more than one list can hold. Send it in parts of up to ", &count_of(most), " people."].concat())
        }
        refusal => for_field(refusal, "people"),
    }
}

/// Opens a file into the list. Only a script can; without it a list is pasted.
fn open_file(area: NodeRef<html::Textarea>, act: Act<DraftInvitations>) -> AnyView {
    let live = use_live();
    let input = NodeRef::<html::Input>::new();
    let said = RwSignal::new(None::<String>);
    // The same file can be chosen again once it was changed.
    let again = move |_| {
        if let Some(input) = input.get_untracked() {
            input.set_value("");
        }
    };
    let on_change = move |_| {
        spawn_local(async move {
            let Some(chosen) = input.get_untracked() else { return };
            let text = chosen_text(&chosen, MAX_FILE).await.ok().filter(|text| !text.contains('\0') && !text.trim().is_empty());
            let words = match (text, area.try_get_untracked().flatten()) {
                (Some(text), Some(area)) => {
                    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
                    // What was typed stays.
                    let typed = area.value();
                    area.set_value(&if typed.trim().is_empty() { text } else { [typed.trim_end(), "\n", &text].concat() });
                    act.forget();
                    [&count(lines, "line", "lines"), " opened. Look at the list to see who that is."].concat()
                }
                _ => "That file can’t be opened. It must be text of up to 1 MB: save a spreadsheet as CSV UTF-8 first.".to_owned(),
            };
            // Emptied first, so that the same words are heard again.
            said.try_set(None);
            in_next_frame(Box::new(move || drop(said.try_set(Some(words)))));
        });
    };
    let field = move || {
        live.get().then(|| {
            view! {
                <div class="field">
                    <label class="label" for="file">"Or open a CSV file"</label>
                    <input class="input-file" id="file" type="file" accept=".csv,.txt,.tsv,text/csv,text/plain" on:click=again on:change=on_change node_ref=input/>
                </div>
            }
        })
    };
    view! {
        {field}
        <p class="meta" role="status">{move || said.get()}</p>
    }
    .into_any()
}

/// What the list comes to, and the button that sends it.
fn reviewed(draft: &InviteDraft, most: i64, here: Here) -> AnyView {
    let act = here.invite;
    let refusal = act.refusal();
    let is_too_many = draft.people + draft.bad > most;
    let title = match draft.people {
        0 => "Nobody to invite".to_owned(),
        n => ["Invite ", &count_of(n), if n == 1 { " person?" } else { " people?" }].concat(),
    };
    let lede = match draft.bad {
        0 => "Nothing has been sent yet.".to_owned(),
        1 => "Nothing has been sent yet. 1 line can’t be used.".to_owned(),
        n => ["Nothing has been sent yet. ", &count_of(n), " lines can’t be used."].concat(),
    };
    let change = view! { <LinkButton href=paths::ORG_INVITE kind=ButtonKind::Second>"Change the list"</LinkButton> };
    let not_left_out = Signal::derive(move || refusal.get().filter(is_bad_lines).as_ref().map(refused));
    let leave_out = (draft.bad > 0).then(|| {
        let label = leave_out_label(draft.bad);
        view! { <Check name="leave_out" label error=not_left_out/> }
    });
    let other = Signal::derive(move || refusal.get().filter(|refusal| !is_bad_lines(refusal)));
    let (agreed, digest) = (draft.people, draft.digest.clone());
    let send = (agreed > 0 && !is_too_many).then(|| {
        view! {
            <ActForm act class="block apart">
                <input type="hidden" name="draft" value=digest/>
                <input type="hidden" name="count" value=agreed.to_string()/>
                {leave_out}
                {trouble(other, act.fault(), &[])}
                <div class="btn-row">
                    <Button busy=act.pending()>{["Invite ", &count_of(agreed), if agreed == 1 { " person" } else { " people" }].concat()}</Button>
                    <LinkButton href=paths::ORG_INVITE kind=ButtonKind::Second>"Change the list"</LinkButton>
                </div>
            </ActForm>
        }
        .into_any()
    });
    let too_many = is_too_many.then(|| {
        let text = [
            &count_of(draft.people + draft.bad),
            " lines are more than one list can hold. Send it in parts of up to ",
            &count_of(most),
            ".",
        ]
        .concat();
        view! { <div class="block"><Note kind=NoteKind::Stop icon="warn">{text}</Note></div> }
    });
    let holders = draft.by_role.iter().find(|(role, _)| *role == Role::AccountHolder).map(|(_, n)| {
        let text = if *n == 1 {
            "1 of them becomes an account holder, and can change everything here.".to_owned()
        } else {
            [&count_of(*n), " of them become account holders, and can change everything here."].concat()
        };
        view! { <div class="block"><Note kind=NoteKind::Wait icon="warn">{text}</Note></div> }
    });
    let new_teams = (!draft.new_teams.is_empty()).then(|| {
        let made = count(draft.new_teams.len(), "new team", "new teams");
        let named = draft.new_teams.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match draft.new_teams.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => [" and ", &more.to_string(), " more"].concat(),
        };
        view! { <p class="block">{[&made, " will be made: ", &named, &more, "."].concat()}</p> }
    });
    let has_send = send.is_some();
    view! {
        <MainHead title lede/>
        {too_many}
        {bad_lines(draft)}
        {holders}
        {first(draft)}
        {new_teams}
        {send}
        {(!has_send).then_some(change)}
    }
    .into_any()
}

fn is_bad_lines(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Unmet { what, .. } if what == "bad-lines")
}

/// Of the box that leaves lines out. The words for one and for many are as long as the program.
const fn leave_out_label(bad: i64) -> &'static str {
    if bad == 1 { "Leave out the line that can’t be used" } else { "Leave out the lines that can’t be used" }
}

fn first(draft: &InviteDraft) -> Option<AnyView> {
    if draft.first.is_empty() {
        return None;
    }
    let by_role = draft.by_role.iter().map(|(role, n)| [&count_of(*n), " ", role_word(*role, *n)].concat()).collect::<Vec<_>>().join(", ");
    let more = match whole(draft.people).saturating_sub(draft.first.len()) {
        0 => String::new(),
        more => ["And ", &count_of(i64::try_from(more).unwrap_or_default()), " more."].concat(),
    };
    let rows = draft.first.iter().map(newcomer).collect_view();
    let table = view! {
        <Sheet labelled_by="who">
            <SheetHead title="Who will be invited" id="who" lede=by_role/>
            <table class="table fold">
                <caption class="sr">"Who will be invited"</caption>
                <thead><tr><th scope="col">"Name"</th><th scope="col">"Team"</th><th scope="col">"Role"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {(!more.is_empty()).then(|| view! { <p class="body meta">{more}</p> })}
        </Sheet>
    };
    Some(table.into_any())
}

fn role_word(role: Role, n: i64) -> &'static str {
    match (role, n) {
        (Role::Agent, 1) => "agent",
        (Role::Agent, _) => "agents",
        (Role::Supervisor, 1) => "supervisor",
        (Role::Supervisor, _) => "supervisors",
        (Role::AccountHolder, 1) => "account holder",
        (Role::AccountHolder, _) => "account holders",
    }
}

fn newcomer(newcomer: &Newcomer) -> AnyView {
    let Newcomer { email, name, role, team } = newcomer.clone();
    let (name, sub) = match name {
        Some(name) => (name, Some(view! { <span class="sub">{email}</span> })),
        None => (email, None),
    };
    view! {
        <tr>
            <td class="c-name" role="rowheader">{name}{sub}</td>
            <td data-label="Team">{team.unwrap_or_else(|| "None".to_owned())}</td>
            <td class="nowrap" data-label="Role">{role.title()}</td>
        </tr>
    }
    .into_any()
}

fn bad_lines(draft: &InviteDraft) -> Option<AnyView> {
    if draft.bad == 0 {
        return None;
    }
    let rows = draft.first_bad.clone().into_iter().map(|bad| {
        view! {
            <tr>
                <td class="nowrap" role="rowheader">{["Line ", &bad.line.to_string()].concat()}</td>
                <td class="mono" data-label="Text">{bad.text.clone()}</td>
                <td data-label="Problem">{problem_in_words(&bad)}</td>
            </tr>
        }
    });
    let more = match whole(draft.bad).saturating_sub(draft.first_bad.len()) {
        0 => None,
        more => Some(["And ", &count_of(i64::try_from(more).unwrap_or_default()), " more."].concat()),
    };
    let sheet = view! {
        <Sheet labelled_by="bad">
            <SheetHead title="Lines that can’t be used" id="bad"/>
            <table class="table fold">
                <caption class="sr">"Lines that can’t be used"</caption>
                <thead><tr><th scope="col">"Line"</th><th scope="col">"Text"</th><th scope="col">"Problem"</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            {more.map(|more| view! { <p class="body meta">{more}</p> })}
        </Sheet>
    };
    Some(sheet.into_any())
}

fn problem_in_words(bad: &BadLine) -> String {
    let text = match bad.problem.as_str() {
        "name" => "This name is too long, or has characters that can’t be read. Save the file as CSV UTF-8.",
        "role" => "This isn’t a role. Use agent, supervisor or account holder.",
        "team" => "This team’s name is too long, or has characters that can’t be read.",
        "twice" => {
            let line = bad.first_line.map(|line| line.to_string()).unwrap_or_default();
            return ["The same address is on line ", &line, "."].concat();
        }
        "member" => "They’re a member already.",
        "often" => "They’ve had several invitations within the hour. Try again later.",
        "invited" => "They’re invited already. Find them on the Members page to send it again.",
        "unreadable" => "This can’t be read.",
        _ => "There’s no email address here.",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_has_words_of_its_own() {
        let words =
            |problem: &str| problem_in_words(&BadLine { line: 7, text: String::new(), problem: problem.to_owned(), first_line: Some(3) });
        let all = ["email", "name", "role", "team", "twice", "member", "invited", "unreadable"].map(words);
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(words("twice"), "The same address is on line 3.");
    }
}
