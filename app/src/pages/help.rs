//! Help for those who can't get in. It needs no sign-in, and asks the server for nothing.

use leptos::prelude::*;

use crate::{
    components::{AuthLayout, PageTitle, Progress},
    paths,
};

/// "Get help signing in".
#[component]
pub fn HelpPage() -> impl IntoView {
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text="Get help signing in" />
            <p class="lede">"Find what happened to you. Each answer ends with you signed in, or with somebody who can let you in."</p>
            <div class="prose">
                <h2>"I’ve lost my phone, or the app is gone"</h2>
                <p>
                    "Type your email and password, then choose "<b>"Try another way"</b>" and "<b>"Backup code"</b>
                    ". Any code from your list that you haven’t used will do. Once you’re in, remove the old phone on your Security page."
                </p>
                <h2>"I’ve lost my security key, or it isn’t here"</h2>
                <p>
                    "Type your email and password, then choose "<b>"Try another way"</b>
                    ": your authenticator app or a backup code. Once you’re in, remove the lost key on your Security page so that nobody else can use it."
                </p>
                <h2>"Nothing happens when I touch my key"</h2>
                <p>
                    "Pull it out and plug it in again, touch it when it lights up, then press "<b>"Try again"</b>
                    ". If the page says that this browser can’t use security keys, use a current browser, or another way."
                </p>
                <h2>"The code from my app is never right"</h2>
                <p>
                    "Look for your organisation’s name in the app, and type the code while it’s showing. If it still doesn’t match, your phone’s clock may be off: turn on automatic date and time."
                </p>
                <h2>"I’ve lost my password"</h2>
                <p>
                    <a href=paths::FORGOT>"Reset your password"</a>
                    ": we email you a link to choose a new one. Then you sign in with it, and your second step is asked for as before; an emailed code isn’t enough that time."
                </p>
                <h2>"I’ve lost my backup codes too, or my mailbox"</h2>
                <p>
                    "Your recovery key gets you in when nothing else is left: choose "<b>"Try another way"</b>" and "<b>"Recovery key"</b>
                    ". If that’s gone as well, ask your supervisor or an account holder. They know you, so they can tell that it’s you, and they can give you a temporary access code, which stands in for your second step once. Where “Try another way” has “Ask … for a code”, press that while you talk to them: it shows a number to read out. Nobody needs your password or a code from your app to help you: never say one aloud."
                </p>
                <h2>"It says that sign-in or codes are paused"</h2>
                <p>
                    "Too many tries in a row didn’t match. The page says until when: wait until then, or try another way that isn’t paused. You lose nothing."
                </p>
                <h2>"It says that something is switched off"</h2>
                <p>"A great many tries didn’t match, so it stays off until somebody switches it on. Ask your supervisor or an account holder: they can."</p>
                <h2>"For whoever runs the server"</h2>
                <p>
                    <span class="mono">"countersign member unlock"</span>
                    " clears somebody’s pauses and failures. "
                    <span class="mono">"countersign member reset"</span>
                    " takes their second step off and signs them out everywhere, so that they can set up a new one. "
                    <span class="mono">"countersign member password"</span>
                    " gives them a new password, for when mail can’t reach them."
                </p>
            </div>
            <p class="block"><a href=paths::SIGN_IN>"Back to sign-in"</a></p>
        </AuthLayout>
    }
    .into_any()
}
