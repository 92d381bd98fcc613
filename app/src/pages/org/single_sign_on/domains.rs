//! The organisation's mail domains: whose addresses its provider may vouch for, and how that is proven.

use leptos::prelude::*;

use super::super::{
    member_dialogs::{trouble, when_begun},
    words::refused,
};
use crate::{
    api::{
        Refusal,
        domains::{AddDomain, CheckDomain, PendingDomain, RemoveDomain},
    },
    components::{
        Act, ActForm, Badge, BadgeKind, Button, ButtonKind, ButtonSize, CopyValue, ErrorNote, Field, Note, NoteKind, Row, Rows, Sheet,
        SheetHead, Status, said_anew, use_act,
    },
    words::for_field,
};

/// What can be done with domains. They live as long as the page.
#[derive(Clone, Copy)]
pub(super) struct DomainActs {
    add: Act<AddDomain>,
    check: Act<CheckDomain>,
    remove: Act<RemoveDomain>,
    /// The domain that was last checked or removed.
    about: RwSignal<String>,
}

impl DomainActs {
    pub(super) fn new() -> Self {
        let (check, remove) = (use_act::<CheckDomain>(), use_act::<RemoveDomain>());
        let add = use_act::<AddDomain>();
        // Once one of them is sent, what became of the others is past.
        when_begun(add.pending(), move || {
            check.forget();
            remove.forget();
        });
        when_begun(check.pending(), move || {
            add.forget();
            remove.forget();
        });
        when_begun(remove.pending(), move || {
            add.forget();
            check.forget();
        });
        let about = check.typed_or("domain", remove.typed("domain"));
        Self { add, check, remove, about: RwSignal::new(about) }
    }

    /// What is sent now is about this domain: heard before the form sends it, and not while one is under way.
    fn is_about(self, pending: Signal<bool>, domain: &str) {
        if !pending.get_untracked() {
            self.about.set(domain.to_owned());
        }
    }
}

/// What was done, by the word in the page's address.
pub(super) fn done(what: &str) -> Option<&'static str> {
    Some(match what {
        "domain-added" => "Added. Put its record into the DNS, then check it here.",
        "domain-proven" => "The domain is your organisation’s. Your provider may vouch for its addresses from now on.",
        "domain-yours" => "That domain is your organisation’s already.",
        "domain-removed" => "Removed. Your provider can’t vouch for its addresses any more; whoever is connected stays connected.",
        _ => return None,
    })
}

/// The sheet.
pub(super) fn domains(proven: Vec<String>, pending: Vec<PendingDomain>, acts: DomainActs) -> AnyView {
    let said = RwSignal::new(None);
    let lede = "Your provider connects people by their address only if it’s at one of these domains. Everybody else connects it on their \
                Security page, or with the link of their invitation.";
    let proven = proven.into_iter().map(|domain| proven_row(domain, acts)).collect_view();
    let pending = pending.into_iter().map(|domain| pending_row(domain, acts, said)).collect_view();
    let refusal = acts.add.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().and_then(|refusal| for_field(refusal, "domain")));
    // What was added stays in no field; what was refused does.
    let added = acts.add.times_done();
    let field = move || {
        let is_first = added.get() == 0;
        view! {
            <Field
                name="domain"
                label="Domain"
                hint="What stands after the @ of your people’s addresses, such as example.com"
                autocomplete="off"
                inputmode="url"
                value=if is_first { acts.add.typed("domain") } else { String::new() }
                error
                max_len=253
                required=true
            />
        }
    };
    view! {
        <Sheet labelled_by="domains">
            <SheetHead title="Your domains" id="domains" lede/>
            {not_proven(acts)}
            <Status message=said/>
            <Rows>{proven}{pending}</Rows>
            <ActForm act=acts.add class="body apart fields">
                {field}
                {trouble(refusal, acts.add.fault(), &["domain"])}
                <div class="btn-row"><Button kind=ButtonKind::Second icon="plus" busy=acts.add.pending()>"Add domain"</Button></div>
            </ActForm>
        </Sheet>
    }
    .into_any()
}

/// What kept a domain from being proven or removed: above the rows, since one act is for all of them.
fn not_proven(acts: DomainActs) -> AnyView {
    let DomainActs { check, remove, .. } = acts;
    let (checked, removed) = (check.refusal(), remove.refusal());
    let is_now = said_anew();
    let note = move || {
        let refusal = checked.get().or_else(|| removed.get()).filter(|_| is_now())?;
        let text = match &refusal {
            Refusal::Unmet { what, .. } => dns_problem(what).map_or_else(|| refused(&refusal), str::to_owned),
            refusal => refused(refusal),
        };
        let domain = acts.about.get_untracked();
        let text = if domain.is_empty() { text } else { [&domain, ": ", &text].concat() };
        Some(view! { <Note kind=NoteKind::Wait icon="warn">{text}</Note> })
    };
    view! {
        <div class="alert" role="alert">{note}</div>
        <ErrorNote fault=check.fault() offline="Press Check when you’re back."/>
        <ErrorNote fault=remove.fault() offline="Press Remove when you’re back."/>
    }
    .into_any()
}

fn dns_problem(what: &str) -> Option<&'static str> {
    Some(match what {
        "no-record" => "That record isn’t in the DNS yet. It can take an hour until a new one is seen: check again later.",
        "other-record" => "There is a record of that name, and it says something else. Copy the value again.",
        "no-answer" => "The DNS didn’t answer. Check again in a minute; if it stays so, ask whoever runs this server.",
        "domain-taken" => "It belongs to another organisation on this server. Ask whoever runs the server.",
        _ => return None,
    })
}

fn proven_row(domain: String, acts: DomainActs) -> AnyView {
    let badge = view! { <Badge kind=BadgeKind::Sign mark=true>"Yours"</Badge> }.into_any();
    view! {
        <Row icon="mail" name=domain.clone() badge=Some(badge) detail="Your provider may vouch for its addresses.">
            {removal(domain, acts)}
        </Row>
    }
    .into_any()
}

fn pending_row(pending: PendingDomain, acts: DomainActs, said: RwSignal<Option<String>>) -> AnyView {
    let PendingDomain { domain, record_name, record_value } = pending;
    let badge = view! { <Badge kind=BadgeKind::Wait mark=true>"Not proven yet"</Badge> }.into_any();
    let copies = |what: &str| ["Copy ", what, " for ", &domain].concat();
    let more = view! {
        <dl class="record">
            <CopyValue label="Name" value=record_name button=copies("name") said/>
            <CopyValue label="Value" value=record_value button=copies("value") said/>
        </dl>
    };
    let check = ["Check ", &domain, " now"].concat();
    let remove = removal(domain.clone(), acts);
    let (name, about) = (domain.clone(), domain.clone());
    view! {
        <Row
            icon="mail"
            name
            badge=Some(badge)
            detail="Add this TXT record to its DNS, then check. It can be taken out again afterwards."
            more=more.into_any()
        >
            <div on:submit:capture=move |_| acts.is_about(acts.check.pending(), &about)>
                <ActForm act=acts.check class="inline">
                    <input type="hidden" name="domain" value=domain/>
                    <Button kind=ButtonKind::Second size=ButtonSize::Small label=check busy=acts.check.pending()>"Check now"</Button>
                </ActForm>
            </div>
            {remove}
        </Row>
    }
    .into_any()
}

fn removal(domain: String, acts: DomainActs) -> AnyView {
    let label = ["Remove ", &domain].concat();
    let about = domain.clone();
    view! {
        <div on:submit:capture=move |_| acts.is_about(acts.remove.pending(), &about)>
            <ActForm act=acts.remove class="inline">
                <input type="hidden" name="domain" value=domain/>
                <Button kind=ButtonKind::Quiet size=ButtonSize::Small label busy=acts.remove.pending()>"Remove"</Button>
            </ActForm>
        </div>
    }
    .into_any()
}
