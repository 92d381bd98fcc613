//! Authenticator apps: connecting one, and judging its codes (RFC 6238).

use countersign_domain::{
    AppCodeRefusal, Email, Factor, FactorName, Instant, MAX_METHODS, OneTimeCode, OrganisationName, Secret, StepMatch,
    authenticator::{SEED_LEN, STEP_SECONDS, step_at, steps_to_compare},
};
use countersign_store::{AppId, AuthenticatorApp};
use fast_qr::{ECL, QRBuilder};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use crate::{
    Caller, Error, Identity, Visitor,
    audit::kind,
    methods::{Connected, Made},
};

/// A key begun but not connected is offered again for this many seconds, so that reloading the
/// page doesn't change the QR code under somebody's camera.
const PENDING_SECONDS: i64 = 60 * 60;
/// Light modules around a QR code (ISO/IEC 18004 §9.1).
const QR_MARGIN: usize = 4;

/// An app that is being connected.
#[derive(Debug)]
pub struct PendingApp {
    /// The QR code's dark modules as an SVG path.
    pub qr_path: String,
    /// Units to a side of the path's grid, margin included.
    pub qr_size: usize,
    /// The key as text, in groups of four.
    pub key: Secret,
    /// The `otpauth:` link.
    pub link: Secret,
    /// What it will be called unless they say otherwise.
    pub suggested_name: FactorName,
}

/// What became of asking for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Started {
    /// There is a key to connect.
    Ready,
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// The organisation doesn't allow another.
    NotAllowed,
}

fn totp(seed: &[u8]) -> Result<Totp, Error> {
    builder(seed).with_account_name("account").build().map_err(|error| Error::fault(error.to_string()))
}

/// SHA1, 6 digits, 30 s. No skew: which steps are compared, and accepted, is for the domain to say.
fn builder(seed: &[u8]) -> Builder {
    Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(0).with_step_duration(STEP_SECONDS).with_secret(seed)
}

/// Which step a code is of, and whether it may be accepted.
pub(crate) fn judge_code(
    seed: &[u8],
    code: &OneTimeCode,
    now: Instant,
    last_step: Option<i64>,
) -> Result<Result<i64, AppCodeRefusal>, Error> {
    let totp = totp(seed)?;
    let current = step_at(now.as_unix_seconds());
    let matched = steps_to_compare(current).find(|step| {
        let time = u64::try_from(*step).unwrap_or_default() * STEP_SECONDS;
        totp.check(code.as_str(), time).is_some()
    });
    Ok(match matched {
        Some(step) => StepMatch { step, current }.judge(last_step),
        None => Err(AppCodeRefusal::NoMatch),
    })
}

/// The code of a key at an instant, for `countersign code`; `None` if it isn't a key.
#[must_use]
pub fn code_at(key: &str, now: Instant) -> Option<String> {
    let seed = totp_rs::Secret::try_from_base32(key.replace([' ', '-'], "")).ok()?;
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_secret(seed).with_account_name("account").build().ok()?;
    Some(totp.generate(now.as_unix_seconds()).to_string())
}

/// The link that apps understand: issuer and account in the label, issuer again as a parameter,
/// SHA1, 6 digits, 30 s, which is what Google and Microsoft Authenticator expect.
fn otpauth_link(seed: &[u8], organisation: &OrganisationName, email: &Email) -> Result<String, Error> {
    // A colon separates issuer and account in the label, so neither may hold one.
    let issuer = organisation.as_str().replace(':', " ");
    let totp = builder(seed)
        .with_issuer(Some(issuer))
        .with_account_name(email.as_str().replace(':', " "))
        .build()
        .map_err(|error| Error::fault(error.to_string()))?;
    totp.to_url().map_err(|error| Error::fault(error.to_string()))
}

/// The dark modules as one path of horizontal strokes, margin included.
fn qr_path(text: &str) -> Result<(String, usize), Error> {
    use std::fmt::Write;
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|error| Error::fault(format!("{error:?}")))?;
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let run = (x..code.size).take_while(|x| code[y][*x].value()).count();
            if run > 0 {
                write!(path, "M{} {}.5h{run}", x + QR_MARGIN, y + QR_MARGIN).map_err(Error::fault)?;
            }
            x += run.max(1);
        }
    }
    Ok((path, code.size + 2 * QR_MARGIN))
}

/// "JBSW Y3DP …"
fn grouped(key: &str) -> String {
    key.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect::<Vec<_>>().join(" ")
}

impl Identity {
    /// Makes a key to connect, unless there is a recent one.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn start_app(&self, caller: &Caller) -> Result<Started, Error> {
        if self.must_confirm_first(caller) {
            return Ok(Started::ConfirmFirst);
        }
        if !caller.organisation.policy.methods.contains(Factor::AuthenticatorApp) {
            return Ok(Started::NotAllowed);
        }
        if self.recent_pending_app(caller).await?.is_some() {
            return Ok(Started::Ready);
        }
        let now = self.now();
        let app = AuthenticatorApp {
            id: AppId::from_random(now, self.random()?),
            account_id: caller.account.id,
            begun_in: caller.session.id,
            name: FactorName::from_stored("Phone app".to_owned()),
            seed: Zeroizing::new(self.random::<SEED_LEN>()?.to_vec()),
            created_at: now,
            confirmed_at: None,
            last_step: None,
            last_used_at: None,
        };
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        tx.delete_pending_app(caller.account.id, caller.session.id, now.plus_seconds(-PENDING_SECONDS)).await?;
        tx.create_pending_app(&app).await?;
        tx.commit().await?;
        Ok(Started::Ready)
    }

    /// The key this very session began: whoever else knows the password must not have seen it.
    async fn recent_pending_app(&self, caller: &Caller) -> Result<Option<AuthenticatorApp>, Error> {
        let pending = self.store.find_pending_app(caller.account.id, caller.session.id).await?;
        Ok(pending.filter(|app| self.now() < app.created_at.plus_seconds(PENDING_SECONDS)))
    }

    /// The key that is being connected; `None` if none was begun, or a fresh proof is missing.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn pending_app(&self, caller: &Caller) -> Result<Option<PendingApp>, Error> {
        if self.must_confirm_first(caller) {
            return Ok(None);
        }
        let Some(app) = self.recent_pending_app(caller).await? else { return Ok(None) };
        let link = otpauth_link(&app.seed, &caller.organisation.name, &caller.account.email)?;
        let (qr_path, qr_size) = qr_path(&link)?;
        let connected = self.store.list_apps(caller.account.id).await?.len();
        let suggested = if connected == 0 { "Phone app".to_owned() } else { format!("Phone app {}", connected + 1) };
        Ok(Some(PendingApp {
            qr_path,
            qr_size,
            key: Secret::new(grouped(&data_encoding::BASE32_NOPAD.encode(&app.seed))),
            link: Secret::new(link),
            suggested_name: FactorName::from_stored(suggested),
        }))
    }

    /// Connects the pending app if the code is right, and makes backup codes when there are none.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn connect_app(
        &self,
        caller: &Caller,
        code: &OneTimeCode,
        name: &FactorName,
        visitor: &Visitor,
    ) -> Result<Connected<AppCodeRefusal>, Error> {
        if self.must_confirm_first(caller) {
            return Ok(Connected::ConfirmFirst);
        }
        let Some(app) = self.recent_pending_app(caller).await? else { return Ok(Connected::Gone) };
        let step = match judge_code(&app.seed, code, self.now(), None)? {
            Ok(step) => step,
            Err(refusal) => return Ok(Connected::Refused(refusal)),
        };
        let codes = self.codes_for_first(&caller.account).await?;
        let account = &caller.account;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        let connected = tx.count_second_steps(account.id).await?;
        if connected >= MAX_METHODS {
            return Ok(Connected::TooMany);
        }
        let is_first = tx.list_second_steps(account.id).await?.is_empty();
        if !tx.confirm_app(app.id, account.id, step, name, now).await? {
            return Ok(Connected::Gone);
        }
        let made = Made { factor: Factor::AuthenticatorApp, event: kind::APP_CONNECTED, name, codes, is_first, now };
        self.finish_connecting(tx, caller, visitor, made).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA1, the last six digits.
    const RFC_SEED: &[u8; 20] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, digits) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            let code = OneTimeCode::parse(digits).unwrap();
            let now = Instant::from_seconds(seconds);
            assert_eq!(judge_code(RFC_SEED, &code, now, None).unwrap(), Ok(step_at(now.as_unix_seconds())));
        }
    }

    #[test]
    fn a_code_of_another_time_says_how_far_the_clock_is_off() {
        let now = Instant::from_seconds(1_234_567_890);
        let code = OneTimeCode::parse(&totp(RFC_SEED).unwrap().generate(1_234_567_890 - 180).to_string()).unwrap();
        assert_eq!(judge_code(RFC_SEED, &code, now, None).unwrap(), Err(AppCodeRefusal::ClockSlow { minutes: 3 }));
    }

    #[test]
    fn the_link_is_what_authenticator_apps_expect() {
        let organisation = OrganisationName::parse("Quillbrook: Support").unwrap();
        let link = otpauth_link(RFC_SEED, &organisation, &Email::parse("wren+a@example.com").unwrap()).unwrap();
        assert!(link.starts_with("otpauth://totp/Quillbrook%20%20Support:wren%2Ba%40example.com?"), "{link}");
        assert!(link.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{link}");
        assert!(link.contains("issuer=Quillbrook%20%20Support"), "{link}");
    }

    #[test]
    fn the_qr_code_has_its_margin() {
        let (path, size) = qr_path("otpauth://totp/x").unwrap();
        assert!(path.starts_with("M4 4.5h7"), "{path}");
        assert!(size >= 21 + 8);
    }
}
