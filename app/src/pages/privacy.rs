//! What is stored, where, and for how long.

use leptos::prelude::*;

use crate::{
    components::{AuthLayout, PageTitle, Progress},
    paths,
};

/// "Privacy".
#[component]
pub fn PrivacyPage() -> impl IntoView {
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text="Privacy" />
            <p class="lede">
                "Countersign runs on your organisation’s own server. What it stores stays there: nothing is sent to anybody else, and there is no tracking."
            </p>
            <div class="prose">
                <h2>"About you"</h2>
                <p>
                    "Your name, your email address, your role and your team, as long as you’re a member. If you were invited and haven’t joined, the same until the invitation is taken back, or for 60 days."
                </p>
                <h2>"Your password, your methods and your backup codes"</h2>
                <p>
                    "Your password, your backup codes and your recovery key are stored as hashes, from which nobody can read them. The key that your authenticator app shares with us is stored encrypted, and so are new backup codes and a new recovery key until you say that you’ve saved them. Of a security key or a passkey we keep its public half, the name you gave it and how often it was used; your fingerprint, face or PIN never leaves your device. All of it goes when you replace or remove it."
                </p>
                <h2>"Single sign-on"</h2>
                <p>
                    "If you use it, your organisation’s sign-in tells us who you are there, your email address and your name; what you did there stays there. Who you are there is kept until you disconnect it, with when it was last used. Applications that your organisation has put behind this sign-in are told your name, your email address, your role, your teams and how you signed in, each time you use them."
                </p>
                <h2>"Mail to you"</h2>
                <p>
                    "Codes, links and notices go to your email address through your organisation’s mail server. What a mail says is stored encrypted until it’s sent, and deleted at once when it is. To whom it went, what kind of mail it was and when, is kept for a week; if it couldn’t be sent, that and the reason are kept for 30 days. Nothing in a mail is loaded from anywhere, so nobody sees when you read it."
                </p>
                <h2>"Where you’re signed in"</h2>
                <p>
                    "For each sign-in: when, from which browser and from which network address. A sign-in ends when you sign out, after an hour in which you do nothing, and a day after your password at the latest; your organisation may make both shorter. Of a browser that you trust: which it is, from where it was last used, and until when, for 30 days at most."
                </p>
                <h2>"What happened"</h2>
                <p>
                    "The audit log keeps who signed in or changed something, when, and from where. It can only be added to, and it’s kept as long as the server’s database is."
                </p>
                <h2>"Cookies"</h2>
                <p>
                    "One keeps you signed in. One marks this browser, for 400 days, as one where you’ve signed in before, so that somebody else’s wrong tries don’t pause yours. If you trust a browser, one says so there, for 30 days at most. If your organisation has applications behind this sign-in, one tells them that it’s you, until you sign out. On the way to your organisation’s sign-in and back, one holds your place for ten minutes. One may keep the theme you chose, one goes with a passkey’s challenge for five minutes, and one holds the answer to a form for a moment. None of them is used for anything else."
                </p>
            </div>
            <p class="block"><a href=paths::SIGN_IN>"Back to sign-in"</a></p>
        </AuthLayout>
    }
    .into_any()
}
