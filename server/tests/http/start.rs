//! Starting: the keys that belong to a database, and what is said when they don't.

use countersign_server::{
    config::{Config, Settings},
    doctor::examine,
    startup::{Seams, StartError, identity, unbound_identity},
};
use countersign_store::testing::TemporaryFolder;

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
    start(&first).await.unwrap();
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
    assert_eq!(identity.move_to_this_host().await.unwrap(), Some(countersign_identity::Moved { keys: 0, bare: Vec::new() }));
    assert_eq!(identity.move_to_this_host().await.unwrap(), None);
    identity.store().close().await;
    start(&elsewhere).await.unwrap();
    assert!(matches!(start(&first).await, Err(StartError::OtherHost { .. })));
}

#[tokio::test]
async fn an_address_is_no_host_that_keys_can_be_bound_to() {
    let folder = TemporaryFolder::create();
    let settings =
        Settings { data_dir: Some(folder.path().to_owned()), public_url: Some("https://192.0.2.1".to_owned()), ..Settings::default() };
    let refused = start(&settings.resolve(None).unwrap()).await.unwrap_err();
    assert!(refused.to_string().contains("an address with a host name"), "{refused}");
}
