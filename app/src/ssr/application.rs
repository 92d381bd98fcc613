//! The way back to an application behind: in by the way of whatever is still missing.

use countersign_domain::{Assurance, Demand, ReturnPath, Stage};
use countersign_identity::{ApplicationUrl, Caller};
use data_encoding::BASE64URL_NOPAD;

use super::{
    caller::{Request, confirm_page, escaped, request},
    fault,
};
use crate::{
    api::{AppError, application::WayBack},
    paths,
};

/// The page that says that nobody knows where to go: whoever set up the proxy finds it sooner than a page that leads
/// somewhere else.
pub const UNKNOWN: &str = paths::APPLICATION;

pub(crate) async fn load(to: &str, assurance: &str, max_age: &str) -> Result<WayBack, AppError> {
    let request = request()?;
    let demand = demand(assurance, max_age).ok_or_else(|| fault::refuse(AppError::BadRequest))?;
    let Some(url) = address(to).and_then(|address| request.identity.settings().applications.find(&address)) else {
        return Ok(WayBack { host: None, next: None });
    };
    let here = way_back(&url, demand);
    let next = match request.anybody().await? {
        None => Some(format!("{}?next={}", paths::SIGN_IN, escaped(&here))),
        Some(caller) if caller.session.stage != Stage::SignedIn => {
            remember(&request, &caller, &here).await?;
            Some(request.page_of(&caller).await?)
        }
        Some(caller) if demand.is_met_by(&caller.proofs(), request.identity.now()) => {
            // Of two requests at once one may have changed the token: then the next one brings it.
            request.identity.renew_pass(&caller).await.map_err(|error| request.fault(&error))?;
            request.renew_pass();
            Some(url.as_str().to_owned())
        }
        Some(caller) if caller.session.assurance < demand.assurance && caller.account.methods.is_empty() => {
            remember(&request, &caller, &here).await?;
            None
        }
        Some(_) => Some(confirm_page(&here)),
    };
    Ok(WayBack { host: Some(url.host()), next })
}

/// An address as [`way_back`] writes it.
fn address(to: &str) -> Option<String> {
    String::from_utf8(BASE64URL_NOPAD.decode(to.as_bytes()).ok()?).ok()
}

/// The page that leads back to `url`, by way of whatever `demand` still needs. The address is written in an
/// alphabet that comes through any number of encodings as it is: it stands in queries of queries, and the router
/// reads those once too often.
#[must_use]
pub fn way_back(url: &ApplicationUrl, demand: Demand) -> String {
    let signs = if demand.assurance == Assurance::Two { "&assurance=2" } else { "" };
    let age = demand.max_age.map(|seconds| format!("&max_age={seconds}")).unwrap_or_default();
    let path = |url: &str| format!("{}?to={}{signs}{age}", paths::APPLICATION, BASE64URL_NOPAD.encode(url.as_bytes()));
    let here = path(url.as_str());
    // What is too long to be kept leads to the application at least.
    if here.len() > ReturnPath::MAX_LEN { path(&url.origin()) } else { here }
}

/// What an application asks, as its proxy writes it: one sign unless it says two.
#[must_use]
pub fn demand(assurance: &str, max_age: &str) -> Option<Demand> {
    let signs = if assurance.is_empty() { 1 } else { assurance.parse().ok()? };
    let max_age = if max_age.is_empty() { None } else { Some(max_age.parse().ok()?) };
    Demand::new(signs, max_age)
}

async fn remember(request: &Request, caller: &Caller, here: &str) -> Result<(), AppError> {
    let Some(path) = ReturnPath::parse(here) else { return Ok(()) };
    request.identity.remember_return(caller, &path).await.map_err(|error| request.fault(&error))
}
