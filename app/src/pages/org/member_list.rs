//! The rows of the Members page, and choosing some of them to remind.

use leptos::{html, prelude::*, wasm_bindgen::JsCast};

use super::{
    members::{Filters, Here, how_many},
    words::{capitalised, methods_in_words, standing_badge},
};
use crate::{
    api::people::{MemberRow, Members, Standing},
    components::{ActForm, ButtonKind, Icon, LinkButton, Pager},
    paths,
};

/// The rows, and the way to more of them.
pub(super) fn list(members: &Members, here: Here) -> AnyView {
    let filters = here.filters.get_untracked();
    let page = |at: Option<&String>| at.map(|at| filters.on_page(at).href());
    if members.rows.is_empty() {
        return nobody(&filters);
    }
    let can_choose = members.rows.iter().any(may_be_reminded);
    let rows = members.rows.clone();
    // Each with its own elements: a tick is somebody's, and goes with them.
    let rows = view! {
        <For each=move || rows.clone() key=move |member| (member.id.clone(), can_choose) children=move |member| row(&member, can_choose)/>
    };
    let table = NodeRef::<html::Table>::new();
    let count_chosen = move || {
        let chosen = table.get_untracked().and_then(|table| table.query_selector_all(":checked").ok());
        here.chosen.set(chosen.map_or(0, |chosen| usize::try_from(chosen.length()).unwrap_or_default()));
    };
    // Some may have been chosen before the script was there.
    Effect::new(move |_| count_chosen());
    let table = view! {
        <table
            class="table fold"
            aria-busy=move || here.is_loading.get().then_some("true")
            on:change=move |_| count_chosen()
            on:keydown=move |event| send_no_form(&event)
            node_ref=table
        >
            <caption class="sr">"Members, people who need help first"</caption>
            <thead>
                <tr>
                    {can_choose.then(|| view! { <th scope="col"><span class="sr">"Select"</span></th> })}
                    <th scope="col">"Name"</th>
                    <th scope="col">"Team"</th>
                    <th scope="col" class="opt">"Role"</th>
                    <th scope="col">"Second step"</th>
                    <th scope="col" class="opt-wide">"Methods"</th>
                    <th scope="col">"Last sign-in"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    };
    let table = if can_choose { choosing(table.into_any(), &filters, here) } else { table.into_any() };
    view! {
        {table}
        <Pager label="Members, pages" previous=page(members.previous.as_ref()) next=page(members.next.as_ref()) note=how_many(members)/>
    }
    .into_any()
}

/// Whether a reminder would be of use.
fn may_be_reminded(member: &MemberRow) -> bool {
    member.standing == Standing::NotSetUp
}

/// Enter in a box would send the form; it is for the button to do that.
fn send_no_form(event: &web_sys::KeyboardEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    if target.is_some() && event.key() == "Enter" {
        event.prevent_default();
    }
}

/// The rows in a form, to remind those who are chosen.
fn choosing(table: AnyView, filters: &Filters, here: Here) -> AnyView {
    let (act, next) = (here.remind, filters.href());
    view! {
        <ActForm act class="" id=CHOOSING>
            <input type="hidden" name="next" value=next/>
            {table}
        </ActForm>
    }
    .into_any()
}

/// The form of the rows.
const CHOOSING: &str = "choosing";

/// How many are chosen, and the button of the form that the rows stand in.
pub(super) fn remind(here: Here) -> AnyView {
    let can_choose = Memo::new(move |_| here.shown.read().as_ref().is_some_and(|members| members.rows.iter().any(may_be_reminded)));
    let chosen = move || match here.chosen.get() {
        0 => String::new(),
        n => [&n.to_string(), " chosen"].concat(),
    };
    let button = move || {
        can_choose.get().then(|| {
            view! {
                <div class="push">
                    <span class="meta" id="chosen" role="status">{chosen}</span>
                    <button class="btn second sm" form=CHOOSING aria-describedby="chosen"><Icon name="bell"/>"Remind"</button>
                </div>
            }
        })
    };
    button.into_any()
}

fn row(member: &MemberRow, can_choose: bool) -> AnyView {
    let select = can_choose.then(|| {
        let select = may_be_reminded(member).then(|| {
            let name = if member.name.is_empty() { &member.email } else { &member.name };
            let label = ["Select ", name].concat();
            view! { <label class="pick"><input type="checkbox" name="ids[]" value=member.id.clone() aria-label=label/></label> }
        });
        view! { <td class="c-pick">{select}</td> }
    });
    let is_invited = matches!(member.standing, Standing::Invited | Standing::InvitationExpired);
    let href = [if is_invited { paths::ORG_INVITATION } else { paths::ORG_MEMBERS }, "/", &member.id].concat();
    let (name, sub) = if member.name.is_empty() {
        (member.email.clone(), None)
    } else {
        (member.name.clone(), Some(view! { <span class="sub">{member.email.clone()}</span> }))
    };
    let last = member.last_sign_in.as_ref().map_or_else(|| "Never".to_owned(), |when| capitalised(&when.text));
    view! {
        <tr>
            {select}
            <td class="c-name" role="rowheader">
                <a class="row" href=href>{name}</a>
                {sub}
            </td>
            <td class="nowrap" data-label="Team">{member.team.clone().unwrap_or_else(|| "None".to_owned())}</td>
            <td class="nowrap opt">{member.role.title()}</td>
            <td class="c-n">{standing_badge(member.standing, None)}</td>
            <td class="opt-wide">{methods_in_words(&member.methods)}</td>
            <td class="nowrap" data-label="Last sign-in">{last}</td>
        </tr>
    }
    .into_any()
}

fn nobody(filters: &Filters) -> AnyView {
    if *filters == Filters::default() {
        return view! { <div class="empty"><p>"Nobody is in a team that you look after yet."</p></div> }.into_any();
    }
    view! {
        <div class="empty">
            <p>"Nobody matches."</p>
            <LinkButton href=paths::ORG_MEMBERS kind=ButtonKind::Second>"Show everyone"</LinkButton>
        </div>
    }
    .into_any()
}
