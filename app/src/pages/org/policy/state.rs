//! What the Policy page holds while it lives, whatever is loaded again meanwhile: what its form
//! says, what its address says, and what came of weighing that.

use leptos::{prelude::*, task::spawn_local};

use super::draft::{DEADLINE, Draft, IDLE, METHODS, Methods, NOW, OVERALL, TRUST};
use crate::{
    api::{
        AppError, Refusal,
        policy::{Effect as Touches, Policy, SavePolicy, load_policy, weigh_policy},
    },
    components::{Act, reload_views, use_act},
    pages::{org::words::people, query::use_query},
};

/// What people may use, and whom that touches.
pub(super) type Weighed = (Methods, Touches);

/// What the page's form says right now.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// The switch.
    pub(super) required: RwSignal<bool>,
    /// The chosen radio: [`NOW`] or [`DEADLINE`].
    pub(super) start: RwSignal<&'static str>,
    /// The date field.
    pub(super) deadline: RwSignal<String>,
    /// A box for each of [`METHODS`].
    pub(super) methods: [RwSignal<bool>; 4],
    /// The chosen one of [`TRUST`].
    pub(super) trust: RwSignal<&'static str>,
    /// The chosen one of [`IDLE`].
    pub(super) idle: RwSignal<&'static str>,
    /// The chosen one of [`OVERALL`].
    pub(super) overall: RwSignal<&'static str>,
}

impl Fields {
    fn new() -> Self {
        let Draft { required, start, deadline, methods, trust, idle, overall } = Draft::default();
        Self {
            required: RwSignal::new(required),
            start: RwSignal::new(start),
            deadline: RwSignal::new(deadline),
            methods: methods.map(RwSignal::new),
            trust: RwSignal::new(trust),
            idle: RwSignal::new(idle),
            overall: RwSignal::new(overall),
        }
    }

    /// Makes the form say what the draft does.
    pub(super) fn fill(self, draft: &Draft) {
        self.required.set(draft.required);
        self.start.set(draft.start);
        self.deadline.set(draft.deadline.clone());
        for (field, is_on) in self.methods.into_iter().zip(draft.methods) {
            field.set(is_on);
        }
        self.trust.set(draft.trust);
        self.idle.set(draft.idle);
        self.overall.set(draft.overall);
    }

    /// The draft that the form stands for.
    pub(super) fn draft(self) -> Draft {
        Draft {
            required: self.required.get(),
            start: self.start.get(),
            deadline: self.deadline.get(),
            methods: self.methods.map(|field| field.get()),
            trust: self.trust.get(),
            idle: self.idle.get(),
            overall: self.overall.get(),
        }
    }
}

/// All of it.
#[derive(Clone, Copy)]
pub(super) struct Here {
    fields: StoredValue<Fields>,
    /// The draft that the form stands for.
    pub(super) current: Memo<Draft>,
    /// The policy as it is.
    pub(super) policy: RwSignal<Draft>,
    /// The draft in the address.
    pub(super) draft: Memo<Option<Draft>>,
    /// The address asks whether to save it.
    pub(super) is_asked: Memo<bool>,
    /// The methods to weigh: those of the draft, once it is asked for and can be saved.
    pub(super) asked: Memo<Option<Methods>>,
    /// What came of it.
    pub(super) weighed: RwSignal<Option<Weighed>>,
    /// Why nothing did.
    pub(super) fault: RwSignal<Option<AppError>>,
    /// "I understand" is ticked.
    pub(super) understood: RwSignal<bool>,
    /// How many people were signed out by what was saved last, as the address says.
    pub(super) saved: Memo<Option<String>>,
    /// Saving it.
    pub(super) save: Act<SavePolicy>,
}

impl Here {
    pub(super) fn new() -> Self {
        let [review, required, start, deadline] = ["review", "required", "start", "deadline"].map(use_query);
        let methods = METHODS.map(|(_, name)| use_query(name));
        let [trust, idle, overall] = ["trust", "idle", "overall"].map(use_query);
        let policy = RwSignal::new(Draft::default());
        let is_yes = |field: Memo<Option<String>>| field.read().as_deref().is_some_and(|value| !value.is_empty());
        // The radios always send one: without it, there is no draft in the address.
        let draft = Memo::new(move |_| {
            let start = if start.get()? == DEADLINE { DEADLINE } else { NOW };
            let deadline = deadline.get().unwrap_or_default();
            // An address from before there were these says nothing of them.
            let saved = policy.get();
            let chosen = |asked: Memo<Option<String>>, choices: &'static [&'static str], saved| {
                let asked = asked.get();
                choices.iter().copied().find(|choice| asked.as_deref() == Some(*choice)).unwrap_or(saved)
            };
            Some(Draft {
                required: is_yes(required),
                start,
                deadline,
                methods: methods.map(is_yes),
                trust: chosen(trust, &TRUST, saved.trust),
                idle: chosen(idle, &IDLE, saved.idle),
                overall: chosen(overall, &OVERALL, saved.overall),
            })
        });
        let is_asked = Memo::new(move |_| is_yes(review) && draft.read().is_some());
        let asked = Memo::new(move |_| {
            let draft = draft.get().filter(|draft| is_asked.get() && draft.problem().is_none())?;
            Some(draft.methods)
        });
        let fields = Fields::new();
        let here = Self {
            fields: StoredValue::new(fields),
            current: Memo::new(move |_| fields.draft()),
            policy,
            draft,
            is_asked,
            asked,
            weighed: RwSignal::new(None),
            fault: RwSignal::new(None),
            understood: RwSignal::new(false),
            saved: use_query("saved"),
            save: use_act(),
        };
        here.follow();
        here
    }

    /// What the form says.
    pub(super) fn fields(self) -> Fields {
        self.fields.get_value()
    }

    /// Makes the form say what the address does, or else the policy as it is.
    pub(super) fn fill(self) {
        self.fields().fill(&self.draft.get_untracked().unwrap_or_else(|| self.policy.get_untracked()));
    }

    /// Follows the address, and looks again when what was shown is no longer so.
    fn follow(self) {
        Effect::new(move |before: Option<()>| {
            let is_draft = self.draft.read().is_some();
            // After saving, what is saved is on its way.
            if before.is_some() && (is_draft || self.saved.read_untracked().is_none()) {
                self.fill();
            }
        });
        Effect::new(move |before: Option<()>| {
            let asked = self.asked.get();
            // What was asked for at first came with the page.
            if before.is_some() {
                self.weigh(asked);
            }
        });
        let refusal = self.save.refusal();
        Effect::new(move |before: Option<()>| match refusal.get() {
            Some(Refusal::Unmet { what, .. }) if before.is_some() && what == "count-changed" => {
                // It was understood of another number.
                self.understood.set(false);
                self.weigh(self.asked.get_untracked());
            }
            Some(Refusal::Conflict) if before.is_some() => reload_views(),
            _ => {}
        });
        Effect::new(move |_| {
            // It can't be theirs any more: the page loaded again says so, or leads to where they are.
            if let Some(AppError::SignInRequired | AppError::WrongStage { .. } | AppError::NotAllowed) = &*self.fault.read() {
                reload_views();
            }
        });
    }

    /// Asks whom the methods would touch; the answer opens the dialog.
    pub(super) fn weigh(self, asked: Option<Methods>) {
        self.fault.set(None);
        let Some(methods) = asked else {
            self.weighed.set(None);
            return;
        };
        spawn_local(async move {
            let touches = weigh(methods).await;
            // The page may be gone by now, or ask for something else.
            if self.asked.try_get_untracked().flatten() != Some(methods) {
                return;
            }
            match touches {
                Ok(touches) => drop(self.weighed.try_set(Some((methods, touches)))),
                Err(error) => drop(self.fault.try_set(Some(error))),
            }
        });
    }

    /// What was done last, in words.
    pub(super) fn said(self) -> Signal<Option<String>> {
        Signal::derive(move || {
            if self.is_asked.get() && self.draft.get().is_some_and(|draft| draft.changes(&self.policy.read()) == 0) {
                return Some("Nothing has changed, so there’s nothing to save.".to_owned());
            }
            let signed_out: i64 = self.saved.get()?.parse().ok()?;
            Some(match signed_out {
                0 => "Saved.".to_owned(),
                1 => "Saved. 1 person was signed out.".to_owned(),
                n => ["Saved. ", &people(n), " were signed out."].concat(),
            })
        })
    }
}

/// The policy, and whom the methods touch that are asked for.
pub(super) async fn load(asked: Option<Methods>) -> Result<(Policy, Option<Weighed>), AppError> {
    let policy = load_policy().await?;
    let weighed = match asked {
        Some(methods) => Some((methods, weigh(methods).await?)),
        None => None,
    };
    Ok((policy, weighed))
}

async fn weigh(methods: Methods) -> Result<Touches, AppError> {
    let [security_key, passkey, authenticator_app, emailed_code] =
        methods.map(|is_on| if is_on { "yes".to_owned() } else { String::new() });
    weigh_policy(security_key, passkey, authenticator_app, emailed_code).await
}
