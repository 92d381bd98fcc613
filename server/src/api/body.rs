//! A request's body: a form, or JSON that stands for one.

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use countersign_app::error::AppError;
use http::{Method, StatusCode, header, request::Parts};
use serde_json::Value;

use super::error;

/// Reads the body as a form, up to `most` bytes. JSON must be one object without lists.
pub(super) async fn read(parts: &Parts, body: Body, most: usize) -> Result<Bytes, Box<Response>> {
    let refuse = |status| Err(Box::new(error(status, &AppError::BadRequest)));
    let Ok(bytes) = axum::body::to_bytes(body, most).await else { return refuse(StatusCode::PAYLOAD_TOO_LARGE) };
    if parts.method != Method::POST {
        return Ok(Bytes::new());
    }
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => form_of(&bytes).map_or_else(|| refuse(StatusCode::BAD_REQUEST), Ok),
        "application/x-www-form-urlencoded" => Ok(bytes),
        // Acts without fields may come without a body, too.
        "" if bytes.is_empty() => Ok(bytes),
        _ => refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE),
    }
}

/// `{"email": "…", "saved": true}` as `email=…&saved=true`; an object becomes its JSON text. What is
/// `false` or `null` isn't there, as a box that isn't ticked isn't in a form.
fn form_of(json: &[u8]) -> Option<Bytes> {
    let Value::Object(object) = serde_json::from_slice(json).ok()? else { return None };
    let pairs: Option<Vec<(String, String)>> = object
        .into_iter()
        .filter(|(_, value)| !value.is_null() && value != &Value::Bool(false))
        .map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Bool(_) => Some((name, "true".to_owned())),
            Value::Number(number) => Some((name, number.to_string())),
            // A key's answer is an object by itself; a form carries its text.
            Value::Object(_) => Some((name, value.to_string())),
            Value::Null | Value::Array(_) => None,
        })
        .collect();
    serde_html_form::to_string(pairs?).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_json_is_a_form_and_anything_else_is_refused() {
        let form = |json: &str| form_of(json.as_bytes()).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        assert_eq!(
            form(r#"{"email":"a+b@example.com","saved":true,"n":1,"x":null,"not":false}"#).unwrap(),
            "email=a%2Bb%40example.com&n=1&saved=true"
        );
        assert_eq!(form(r#"{"credential":{"id":"x"}}"#).unwrap(), "credential=%7B%22id%22%3A%22x%22%7D");
        for json in ["", "[]", "1", "{", r#"{"a":[1]}"#] {
            assert_eq!(form(json), None, "{json}");
        }
    }
}
