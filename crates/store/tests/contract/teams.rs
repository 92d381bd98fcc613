use countersign_domain::TeamName;
use countersign_store::{Store, TeamId};

use crate::fixture::{TestStore, account, at, elsewhere, neighbour, one, race, settle, unique};

crate::on_both![
    a_team_is_made_once_whatever_the_case_of_its_name,
    of_those_who_race_to_name_a_team_all_get_the_same,
    nobody_is_in_the_team_of_another_organisation,
    a_supervisor_looks_after_teams_of_their_own_organisation,
];

fn name(text: &str) -> TeamName {
    TeamName::parse(text).unwrap()
}

fn id() -> TeamId {
    TeamId::from_random(at(0), unique())
}

async fn a_team_is_made_once_whatever_the_case_of_its_name(store: TestStore) {
    let organisation = settle(&store).await.organisation_id;
    let other = elsewhere(&store).await.organisation_id;
    let night = one!(store, team_by_name(organisation, &name("Night desk"), id(), at(0)));
    assert_eq!(one!(store, team_by_name(organisation, &name("NIGHT desk"), id(), at(1))), night);
    assert_ne!(one!(store, team_by_name(other, &name("Night desk"), id(), at(1))), night, "each organisation has its own");
    one!(store, team_by_name(organisation, &name("Billing"), id(), at(1)));
    let names: Vec<_> = store.list_teams(organisation).await.unwrap().into_iter().map(|team| team.name.to_string()).collect();
    assert_eq!(names, ["Billing", "Night desk"]);
}

async fn of_those_who_race_to_name_a_team_all_get_the_same(store: TestStore) {
    let organisation = settle(&store).await.organisation_id;
    let make = |store: Store, _| async move { one!(store, team_by_name(organisation, &name("Night desk"), id(), at(0))) };
    let teams = race(&store, make).await;
    assert!(teams.windows(2).all(|pair| pair[0] == pair[1]));
}

async fn nobody_is_in_the_team_of_another_organisation(store: TestStore) {
    let ours = settle(&store).await;
    let theirs = elsewhere(&store).await;
    let team = one!(store, team_by_name(theirs.organisation_id, &name("Night desk"), id(), at(0)));
    assert!(store.begin().await.unwrap().move_to_team(ours.id, Some(team)).await.is_err());
    one!(store, move_to_team(theirs.id, Some(team)));
    let mut new = account(ours.organisation_id, "new@example.com");
    new.team_id = Some(team);
    assert!(store.begin().await.unwrap().create_account(&new).await.is_err());
    assert_eq!(store.find_account(theirs.id).await.unwrap().unwrap().team_id, Some(team));
    one!(store, move_to_team(theirs.id, None));
    assert_eq!(store.find_account(theirs.id).await.unwrap().unwrap().team_id, None);
}

async fn a_supervisor_looks_after_teams_of_their_own_organisation(store: TestStore) {
    let ours = settle(&store).await;
    let other = neighbour(&store, &ours).await;
    let elsewhere = elsewhere(&store).await.organisation_id;
    let organisation = ours.organisation_id;
    let night = one!(store, team_by_name(organisation, &name("Night desk"), id(), at(0)));
    let billing = one!(store, team_by_name(organisation, &name("Billing"), id(), at(0)));
    let foreign = one!(store, team_by_name(elsewhere, &name("Night desk"), id(), at(0)));
    one!(store, set_supervised_teams(ours.id, organisation, &[night, foreign]));
    assert_eq!(store.list_supervised_teams(ours.id).await.unwrap(), [night]);
    one!(store, move_to_team(ours.id, Some(billing)));
    let mut own = one!(store, list_supervised_teams(ours.id));
    own.sort();
    let mut expected = vec![night, billing];
    expected.sort();
    assert_eq!(own, expected, "their own team is theirs, too");
    one!(store, set_supervised_teams(ours.id, organisation, &[]));
    assert_eq!(store.list_supervised_teams(ours.id).await.unwrap(), [billing]);
    assert_eq!(store.list_supervised_teams(other.id).await.unwrap(), []);
}
