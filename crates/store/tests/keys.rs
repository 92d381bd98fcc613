//! Attacks on sealed values and on the key file.
#![expect(clippy::unwrap_used, reason = "a test fails where its expectation isn't met")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use countersign_domain::Instant;
use countersign_store::testing::TemporaryFolder;
use countersign_store::{AppId, KeyError, KeyRing, Place, SealError};
use uuid::Uuid;

fn place() -> Place {
    Place { table: "authenticator_apps", column: "seed", row: row(1) }
}

fn row(number: u8) -> Uuid {
    AppId::from_random(Instant::from_seconds(1), [number; 10]).as_uuid()
}

fn ring() -> KeyRing {
    KeyRing::generate().unwrap()
}

#[test]
fn what_was_sealed_is_opened_in_its_place() {
    let keys = ring();
    for secret in [&b""[..], b"a seed", &[0; 4096]] {
        let sealed = keys.seal(place(), secret).unwrap();
        assert_eq!(keys.open(place(), &sealed).unwrap().as_slice(), secret);
    }
}

#[test]
fn the_same_secret_is_never_sealed_alike() {
    let keys = ring();
    assert_ne!(keys.seal(place(), b"a seed").unwrap(), keys.seal(place(), b"a seed").unwrap());
}

#[test]
fn a_sealed_value_moved_to_another_place_is_refused() {
    let keys = ring();
    let sealed = keys.seal(place(), b"a seed").unwrap();
    let elsewhere = [
        Place { row: row(2), ..place() },
        Place { column: "name", ..place() },
        Place { table: "backup_code_sets", ..place() },
        // The same letters, cut elsewhere.
        Place { table: "authenticator_app", column: "sseed", ..place() },
        Place { table: "authenticator_appsseed", column: "", ..place() },
    ];
    for other in elsewhere {
        assert_eq!(keys.open(other, &sealed), Err(SealError::Refused), "{other:?}");
    }
}

#[test]
fn a_sealed_value_with_any_bit_flipped_is_refused() {
    let keys = ring();
    let sealed = keys.seal(place(), b"a seed").unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(keys.open(place(), &flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn a_sealed_value_cut_short_is_refused() {
    let keys = ring();
    let sealed = keys.seal(place(), b"a seed").unwrap();
    for len in 0..sealed.len() {
        assert_eq!(keys.open(place(), &sealed[..len]), Err(SealError::Refused), "{len} bytes");
    }
}

#[test]
fn a_key_that_is_not_on_the_ring_opens_nothing() {
    let mut keys = ring();
    let sealed = keys.seal(place(), b"a seed").unwrap();
    keys.add_key().unwrap();
    assert!(keys.open(place(), &sealed).is_ok());
    keys.drop_retired();
    assert_eq!(keys.open(place(), &sealed), Err(SealError::UnknownKey { id: 1 }));
    // The same id on another installation's ring is another key.
    assert_eq!(ring().open(place(), &sealed), Err(SealError::Refused));
}

#[test]
fn a_ring_is_read_back_from_its_text() {
    let mut keys = ring();
    let sealed = keys.seal(place(), b"a seed").unwrap();
    keys.add_key().unwrap();
    let read = KeyRing::parse(&keys.to_toml()).unwrap();
    assert_eq!(read.to_toml(), keys.to_toml());
    assert_eq!(read.open(place(), &sealed).unwrap().as_slice(), b"a seed");
    assert_eq!((read.pepper(), read.lookup()), (keys.pepper(), keys.lookup()));
    assert_ne!(read.pepper(), read.lookup());
}

#[test]
fn a_text_that_is_no_ring_is_refused_without_quoting_it() {
    let text = ring().to_toml();
    let secret = text.lines().find_map(|line| line.strip_prefix("pepper = ")).unwrap();
    let broken = [
        String::new(),
        text.replace("pepper", "peper"),
        text.replace(secret, "\"c2hvcnQ\""),
        text.replace(secret, "hunter2"),
        text.replace("id = 1", "id = \"hunter2\""),
        text.split("[[key]]").next().unwrap().to_owned(),
        format!("{}{}", *text, text.split_once("\n[[key]]").map(|(_, key)| format!("\n[[key]]{key}")).unwrap()),
        format!("{}\nsecret = {secret}", *text),
    ];
    for text in broken {
        let error = KeyRing::parse(&text).unwrap_err();
        assert!(matches!(error, KeyError::Malformed { .. }));
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hunter2") && !shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_ring_prints_nothing_of_itself() {
    assert_eq!(format!("{:?}", ring()), "(..)");
}

#[test]
fn a_missing_key_file_is_made_for_its_owner_only_and_read_again() {
    let folder = TemporaryFolder::create();
    let path = folder.path().join("data/keys.toml");
    let made = KeyRing::load_or_create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(KeyRing::load_or_create(&path).unwrap().to_toml(), made.to_toml());
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left behind");
}

#[test]
fn those_who_race_to_make_the_key_file_end_up_with_the_same_keys() {
    let folder = TemporaryFolder::create();
    let path = folder.path().join("keys.toml");
    let texts: Vec<_> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| KeyRing::load_or_create(&path).unwrap().to_toml())).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert!(texts.iter().all(|text| *text == texts[0]));
    assert_eq!(*fs::read_to_string(&path).unwrap(), **texts[0]);
}

#[test]
fn a_key_file_that_others_can_read_is_refused_and_the_error_says_how_to_mend_it() {
    let folder = TemporaryFolder::create();
    let path = folder.path().join("keys.toml");
    KeyRing::load_or_create(&path).unwrap();
    for mode in [0o644, 0o640, 0o604, 0o660] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = KeyRing::load_or_create(&path).unwrap_err();
        assert!(matches!(error, KeyError::TooOpen { mode: found, .. } if found == mode));
        assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(KeyRing::load_or_create(&path).is_ok());
}

#[test]
fn a_rotated_ring_replaces_the_file() {
    let folder = TemporaryFolder::create();
    let path = folder.path().join("keys.toml");
    let mut keys = KeyRing::load_or_create(&path).unwrap();
    keys.add_key().unwrap();
    keys.save(&path).unwrap();
    assert_eq!(KeyRing::load(&path).unwrap().to_toml(), keys.to_toml());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
}

#[test]
fn an_empty_key_file_is_refused_and_not_replaced() {
    let folder = TemporaryFolder::create();
    let path = folder.path().join("keys.toml");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(KeyRing::load_or_create(&path).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
}
