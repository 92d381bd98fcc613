//! The same as an `OpenAPI` document.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{Answers, Caller, Endpoint, endpoints};
use crate::api::{
    Answer, AppError, Person,
    address::MailLink,
    application::WayBack,
    audit::AuditLog,
    backup_codes::NewBackupCodes,
    confirm::Confirmation,
    emailed_code::PendingEmailedCode,
    enrolment::{Enrolment, PendingApp},
    export::Export,
    invitations::{Invitation, Invite, Join},
    keys::Challenge,
    people::{Member, Members},
    policy::{Effect, Policy},
    rollout::Rollout,
    second_step::{AskedHelp, SecondStep},
    security::Security,
    session::Session,
    set_up::SetUpLink,
    single_sign_on::{SignOnWay, SingleSignOn},
};
/// The `OpenAPI` 3.1 document.
#[must_use]
pub fn openapi(version: &str) -> Value {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| "/components/schemas".clone_into(settings.definitions_path.to_mut()));
    let mut schemas = settings.into_generator();
    let mut named = Map::new();
    let mut add = |name: &str, schema: Value| named.insert(name.to_owned(), schema);
    add("Answer", schema_of::<Answer>(&mut schemas));
    add("Error", schema_of::<AppError>(&mut schemas));
    add("AnswerOrError", json!({ "anyOf": [{ "$ref": "#/components/schemas/Answer" }, { "$ref": "#/components/schemas/Error" }] }));
    add("Session", schema_of::<Session>(&mut schemas));
    add("SignOnWay", schema_of::<SignOnWay>(&mut schemas));
    add("SingleSignOn", schema_of::<SingleSignOn>(&mut schemas));
    add("WayBack", schema_of::<WayBack>(&mut schemas));
    add("Person", schema_of::<Person>(&mut schemas));
    add("SetUpLink", schema_of::<SetUpLink>(&mut schemas));
    add("SecondStep", schema_of::<SecondStep>(&mut schemas));
    add("Confirmation", schema_of::<Confirmation>(&mut schemas));
    add("Enrolment", schema_of::<Enrolment>(&mut schemas));
    add("PendingApp", schema_of::<PendingApp>(&mut schemas));
    add("PendingEmailedCode", schema_of::<PendingEmailedCode>(&mut schemas));
    add("MailLink", schema_of::<MailLink>(&mut schemas));
    add("Challenge", schema_of::<Challenge>(&mut schemas));
    add("NewBackupCodes", schema_of::<NewBackupCodes>(&mut schemas));
    add("Policy", schema_of::<Policy>(&mut schemas));
    add("Effect", schema_of::<Effect>(&mut schemas));
    add("AuditLog", schema_of::<AuditLog>(&mut schemas));
    add("Export", schema_of::<Export>(&mut schemas));
    add("Rollout", schema_of::<Rollout>(&mut schemas));
    add("AskedHelp", schema_of::<AskedHelp>(&mut schemas));
    add("Members", schema_of::<Members>(&mut schemas));
    add("Invite", schema_of::<Invite>(&mut schemas));
    add("Invitation", schema_of::<Invitation>(&mut schemas));
    add("Join", schema_of::<Join>(&mut schemas));
    add("Member", schema_of::<Member>(&mut schemas));
    add("Security", schema_of::<Security>(&mut schemas));
    for (name, schema) in schemas.take_definitions(true) {
        named.entry(name).or_insert(schema);
    }
    let mut paths = Map::new();
    for endpoint in endpoints() {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.to_lowercase(), operation(endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign",
            "version": version,
            "description": "Acts (POST) take a form or JSON and answer with an Answer; views (GET) answer with what a page shows. \
                Requests that change state must come from this site: Sec-Fetch-Site or Origin says so. \
                The session is a cookie; its token changes with each stage.",
        },
        "paths": paths,
        "components": {
            "schemas": named,
            "securitySchemes": { "session": { "type": "apiKey", "in": "cookie", "name": "__Host-countersign_session" } },
        },
    })
}

fn schema_of<T: schemars::JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    schemas.root_schema_for::<T>().to_value()
}

fn operation(endpoint: &Endpoint) -> Value {
    let (caller, security) = match endpoint.caller {
        Caller::Anybody => ("Anybody may call it.".to_owned(), json!([])),
        Caller::Stages(stages) => (format!("Stage: {}. Any role.", stages.join(", ")), json!([{ "session": [] }])),
        Caller::Roles(roles) => (format!("Stage: signed-in. Role: {}.", roles.join(", ")), json!([{ "session": [] }])),
    };
    let schema = match endpoint.answers {
        Answers::Act => "Answer",
        Answers::View(name) => name,
    };
    let mut responses = Map::new();
    responses.insert("200".into(), response("Done.", schema));
    for status in endpoint.refusals {
        responses.insert(status.to_string(), response(about_status(*status), "Answer"));
    }
    let errors: &[u16] =
        if endpoint.caller == Caller::Anybody { &[400, 403, 413, 415, 500, 503] } else { &[400, 401, 403, 404, 413, 415, 500, 503] };
    for status in errors {
        let name = if endpoint.refusals.contains(status) { "AnswerOrError" } else { "Error" };
        responses.insert(status.to_string(), response(about_status(*status), name));
    }
    let mut operation = json!({
        "summary": endpoint.about,
        "description": caller,
        "security": security,
        "responses": responses,
        "x-countersign-stages": match endpoint.caller {
            Caller::Anybody => json!(null),
            Caller::Stages(stages) => json!(stages),
            Caller::Roles(_) => json!(["signed-in"]),
        },
        "x-countersign-roles": match endpoint.caller {
            Caller::Roles(roles) => json!(roles),
            _ => json!(["agent", "supervisor", "account-holder"]),
        },
    });
    if endpoint.method == "GET" {
        operation["parameters"] = endpoint
            .fields
            .iter()
            .map(|field| {
                json!({ "name": field.name, "in": "query", "required": field.is_required, "description": field.about,
                        "schema": { "type": "string", "maxLength": field.max } })
            })
            .collect();
    } else {
        let properties: Map<String, Value> = endpoint
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), json!({ "type": "string", "maxLength": field.max, "description": field.about })))
            .collect();
        let needed: Vec<_> = endpoint.fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
        let body = json!({ "schema": { "type": "object", "properties": properties, "required": needed } });
        operation["requestBody"] = json!({ "content": { "application/x-www-form-urlencoded": body, "application/json": body } });
    }
    operation
}

fn response(about: &str, schema: &str) -> Value {
    json!({ "description": about, "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } } })
}

const fn about_status(status: u16) -> &'static str {
    match status {
        400 => "Not of the form this endpoint takes.",
        401 => "Not proved: sign in first, or what was given doesn't match.",
        403 => "From another site, not at this stage, not allowed, or a fresh proof is asked for first.",
        404 => "There is no such thing, or it is somebody else's.",
        409 => "It can't be done as things stand.",
        410 => "The link, the code or the challenge has ended.",
        413 => "Over 64 KiB.",
        415 => "Neither a form nor JSON.",
        422 => "A field can't be accepted.",
        429 => "Paused after too many failures, or too many mails; Retry-After says for how long.",
        503 => "Busy; Retry-After says for how long.",
        _ => "Our fault; the reference is in the server's log.",
    }
}
