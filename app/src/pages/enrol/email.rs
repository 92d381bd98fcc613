//! Set up: prove that codes reach the mailbox.

use leptos::prelude::*;

use crate::{
    api::{
        AppError,
        emailed_code::{ConnectEmailedCode, PendingEmailedCode, SendEnrolmentCode, load_pending_emailed_code},
    },
    components::{
        Act, ActForm, Button, ButtonKind, ButtonSize, CodeField, ErrorNote, LinkButton, Loaded, Note, PageTitle, SendAgain, SendFirst,
        WHERE_IT_WENT, WizardLayout, forget_once_sent, use_act, use_view, where_it_went,
    },
    paths,
    words::refusal_text,
};

/// The third page of the wizard, for emailed codes.
#[component]
pub fn EmailPage() -> impl IntoView {
    let pending = use_view(load);
    let connect = use_act::<ConnectEmailedCode>();
    let again = use_act::<SendEnrolmentCode>();
    forget_once_sent(connect, again);
    view! { <Loaded resource=pending children=move |pending| page(pending, connect, again)/> }
}

async fn load() -> Result<PendingEmailedCode, AppError> {
    load_pending_emailed_code().await
}

fn page(pending: PendingEmailedCode, connect: Act<ConnectEmailedCode>, again: Act<SendEnrolmentCode>) -> AnyView {
    let PendingEmailedCode { email, sent } = pending;
    let refusal = connect.refusal();
    let error = Signal::derive(move || refusal.get().map(|refusal| refusal_text(&refusal)));
    let address = email.clone();
    // Built after the title, so that the field's focus comes after the title's, and stays.
    let content = move || match sent.filter(|sent| sent.is_live) {
        Some(sent) => view! {
            <p class="lede">{where_it_went(&sent)}</p>
            <ErrorNote fault=connect.fault() offline="Your code is still here; press Turn on when you’re back."/>
            <ActForm act=connect>
                <CodeField error described_by=WHERE_IT_WENT autofocus=true/>
                <div class="block btn-row">
                    <Button size=ButtonSize::Large busy=connect.pending()>"Turn on"</Button>
                    {back()}
                </div>
            </ActForm>
            <SendAgain act=again sent/>
        }
        .into_any(),
        None => view! {
            <p class="lede">"The code we sent to "<b>{address}</b>" has expired."</p>
            <SendFirst act=again label="Send a new code"/>
            <div class="block btn-row">{back()}</div>
        }
        .into_any(),
    };
    view! {
        <WizardLayout step=3 email>
            <PageTitle text="Check your email"/>
            {content()}
            <div class="block">
                <Note title="Weaker than a key or an app">
                    "Whoever reads your mailbox has the code, too. It’s still better than a password alone; add a key or an app when you can."
                </Note>
            </div>
        </WizardLayout>
    }
    .into_any()
}

fn back() -> AnyView {
    view! { <LinkButton href=paths::ENROL_CHOOSE kind=ButtonKind::Quiet size=ButtonSize::Large>"Back"</LinkButton> }.into_any()
}
