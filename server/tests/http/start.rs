//! Starting: the keys that belong to a database, and what is said when they don't.

use countersign_server::{
    config::{Config, Settings},
    doctor::examine,
    startup::{Seams, StartError, identity},
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
