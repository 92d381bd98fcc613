//! Starting: the keys that belong to a database, and what is said when they don't.

use countersign_domain::{Email, FactorName, KeyKind, OrganisationName, Password, PersonName};
use countersign_identity::NewOrganisation;
use countersign_server::{
    config::{Config, Settings},
    doctor::examine,
    startup::{Seams, StartError, identity, unbound_identity},
};
use countersign_store::{Credential, KeyId, testing::TemporaryFolder};

fn config(folder: &TemporaryFolder) -> Config {
    let settings = Settings {
        data_dir: Some(folder.path().to_owned()),
        listen: Some("127.0.0.1:0".parse().unwrap()),
        time_zone: Some("UTC".to_owned()),
        ..Settings::default()
    };
    settings.resolve(None).unwrap()
}

/// Whether `doctor` finds something wrong with the keys.
async fn doctor_complains(config: &Config) -> bool {
    examine(config).await.iter().any(|finding| finding.is_bad() && format!("{finding:?}").contains("keys"))
}

async fn start(config: &Config) -> Result<(), StartError> {
    let identity = identity(config, Seams::default()).await?;
    identity.store().close().await;
    Ok(())
}

#[tokio::test]
async fn the_first_start_makes_the_keys_and_the_next_one_keeps_them() {
    let folder = TemporaryFolder::create();
    let config = config(&folder);
    assert!(!doctor_complains(&config).await);
    start(&config).await.unwrap();
    let keys = std::fs::read_to_string(&config.key_file).unwrap();
    start(&config).await.unwrap();
    assert_eq!(std::fs::read_to_string(&config.key_file).unwrap(), keys);
    assert!(!doctor_complains(&config).await);
}

#[tokio::test]
async fn a_lost_key_file_is_never_replaced_and_everything_goes_on_once_it_is_back() {
    let folder = TemporaryFolder::create();
    let config = config(&folder);
    start(&config).await.unwrap();
    let keys = std::fs::read(&config.key_file).unwrap();
    std::fs::remove_file(&config.key_file).unwrap();
    assert!(matches!(start(&config).await, Err(StartError::OtherKeys(_))));
    assert!(!config.key_file.exists());
    assert!(doctor_complains(&config).await);
    countersign_store::KeyRing::generate().unwrap().save(&config.key_file).unwrap();
    assert!(matches!(start(&config).await, Err(StartError::OtherKeys(_))));
    assert!(doctor_complains(&config).await);
    std::fs::remove_file(&config.key_file).unwrap();
    countersign_store::KeyRing::parse(std::str::from_utf8(&keys).unwrap()).unwrap().save(&config.key_file).unwrap();
    start(&config).await.unwrap();
}

#[tokio::test]
async fn another_host_stops_the_start_until_keys_are_moved_to_it() {
    let folder = TemporaryFolder::create();
    let first = config(&folder);
    connect_a_key(&first).await;
    let elsewhere = Settings {
        data_dir: Some(folder.path().to_owned()),
        public_url: Some("https://sign-in.example.com".to_owned()),
        time_zone: Some("UTC".to_owned()),
        ..Settings::default()
    };
    let elsewhere = elsewhere.resolve(None).unwrap();
    let refused = start(&elsewhere).await.unwrap_err();
    assert!(matches!(&refused, StartError::OtherHost { bound, now } if bound == "localhost" && now == "sign-in.example.com"));
    assert!(refused.to_string().contains("bound to localhost") && refused.to_string().contains("keys move-host"), "{refused}");
    assert!(doctor_complains(&elsewhere).await);
    // Nothing was changed by looking.
    start(&first).await.unwrap();

    let identity = unbound_identity(&elsewhere, Seams::default()).await.unwrap();
    let moved = identity.move_to_this_host().await.unwrap().unwrap();
    assert_eq!((moved.keys, moved.bare.len()), (1, 1));
    assert_eq!(identity.move_to_this_host().await.unwrap(), None);
    identity.store().close().await;
    start(&elsewhere).await.unwrap();
    // While there are none again, any host will do.
    start(&first).await.unwrap();
}

/// An account holder with a security key.
async fn connect_a_key(config: &Config) {
    let identity = identity(config, Seams::default()).await.unwrap();
    let account = identity.add_organisation(&new_organisation()).await.unwrap();
    let key = Credential {
        id: KeyId::from_random(account.created_at, [1; 10]),
        account_id: account.id,
        kind: KeyKind::SecurityKey,
        credential_id: vec![1; 32],
        name: FactorName::parse("Desk key").unwrap(),
        public_key: serde_json::json!({}),
        backup_eligible: false,
        counter: 0,
        created_at: account.created_at,
        last_used_at: None,
    };
    let mut tx = identity.store().begin().await.unwrap();
    assert!(tx.create_credential(&key).await.unwrap());
    tx.commit().await.unwrap();
    identity.store().close().await;
}

fn new_organisation() -> NewOrganisation {
    NewOrganisation {
        organisation: OrganisationName::parse("Quillbrook Support").unwrap(),
        name: PersonName::parse("Osric Fenn").unwrap(),
        email: Email::parse("osric.fenn@example.com").unwrap(),
        password: Password::parse_new(crate::support::PASSWORD).unwrap(),
    }
}

#[tokio::test]
async fn what_was_tried_out_on_one_host_moves_to_another_while_there_is_no_key() {
    let folder = TemporaryFolder::create();
    start(&config(&folder)).await.unwrap();
    let elsewhere = Settings {
        data_dir: Some(folder.path().to_owned()),
        public_url: Some("https://sign-in.example.com".to_owned()),
        ..Settings::default()
    };
    let elsewhere = elsewhere.resolve(None).unwrap();
    assert!(!doctor_complains(&elsewhere).await);
    start(&elsewhere).await.unwrap();
    connect_a_key(&elsewhere).await;
    assert!(matches!(start(&config(&folder)).await, Err(StartError::OtherHost { .. })));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_and_not_made() {
    let folder = TemporaryFolder::create();
    let config = config(&folder);
    let path = folder.path().join("countersign.db").display().to_string();
    assert_eq!(config.missing_database_file(), Some(path.as_str()));
    start(&config).await.unwrap();
    assert_eq!(config.missing_database_file(), None);
}

#[test]
fn the_address_people_type_has_the_port_that_is_listened_on() {
    let resolved = |listen: &str, public_url: Option<&str>| {
        let settings = Settings {
            listen: Some(listen.parse().unwrap()),
            public_url: public_url.map(str::to_owned),
            time_zone: Some("UTC".to_owned()),
            ..Settings::default()
        };
        settings.resolve(None).unwrap().public_url.origin().to_owned()
    };
    assert_eq!(resolved("127.0.0.1:3831", None), "http://localhost:3831");
    assert_eq!(resolved("127.0.0.1:3831", Some("https://sign-in.example.com")), "https://sign-in.example.com");
    // What listens to others is behind a proxy, whose address nobody can guess.
    assert_eq!(resolved("0.0.0.0:3831", None), "http://localhost:3000");
}

#[tokio::test]
async fn an_address_is_no_host_that_keys_can_be_bound_to() {
    let folder = TemporaryFolder::create();
    let settings =
        Settings { data_dir: Some(folder.path().to_owned()), public_url: Some("https://192.0.2.1".to_owned()), ..Settings::default() };
    let refused = start(&settings.resolve(None).unwrap()).await.unwrap_err();
    assert!(refused.to_string().contains("an address with a host name"), "{refused}");
}
