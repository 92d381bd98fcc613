use countersign_domain::EmailDomain;
use countersign_store::DomainClaim;

use crate::fixture::{TestStore, at, elsewhere, one, race, settle, winners};
use crate::identity_providers::connect;

crate::on_both![
    a_domain_has_one_organisation,
    a_domain_leads_to_its_organisations_provider,
    several_may_say_that_a_domain_is_theirs,
    of_those_who_prove_one_at_once_exactly_one_does,
];

fn domain() -> EmailDomain {
    EmailDomain::parse("example.com").unwrap()
}

fn claim(challenge: &str) -> DomainClaim {
    DomainClaim { domain: domain(), challenge: challenge.repeat(20) }
}

async fn several_may_say_that_a_domain_is_theirs(store: TestStore) {
    let (account, other) = (settle(&store).await, elsewhere(&store).await);
    let (ours, theirs) = (account.organisation_id, other.organisation_id);
    assert!(one!(store, claim_domain(&claim("a"), ours, at(1))));
    assert!(!one!(store, claim_domain(&claim("c"), ours, at(2))), "its challenge stays as it is");
    assert!(one!(store, claim_domain(&claim("b"), theirs, at(3))));
    assert_eq!(store.find_domain_challenge(&domain(), ours).await.unwrap(), Some(claim("a").challenge));
    assert_eq!(store.find_domain_challenge(&domain(), theirs).await.unwrap(), Some(claim("b").challenge));
    assert_eq!(store.list_domain_claims(ours).await.unwrap(), [claim("a")]);
    assert!(store.list_domains(ours).await.unwrap().is_empty(), "saying so proves nothing");
    assert!(one!(store, drop_domain_claim(&domain(), theirs)));
    assert!(!one!(store, drop_domain_claim(&domain(), theirs)));
    assert_eq!(store.list_domain_claims(ours).await.unwrap().len(), 1);
    for n in 0..30 {
        let claim = DomainClaim { domain: EmailDomain::parse(&format!("n{n}.example.com")).unwrap(), challenge: "d".repeat(20) };
        assert_eq!(one!(store, claim_domain(&claim, ours, at(4))), n < 19, "twenty at once: {n}");
    }
}

async fn of_those_who_prove_one_at_once_exactly_one_does(store: TestStore) {
    let (account, other) = (settle(&store).await, elsewhere(&store).await);
    let organisations = [account.organisation_id, other.organisation_id];
    let prove = move |store: countersign_store::Store, n: u8| async move {
        let mut tx = store.begin().await.unwrap();
        let is_proven = tx.prove_domain(&domain(), organisations[usize::from(n % 2)], at(1)).await.unwrap();
        tx.commit().await.unwrap();
        is_proven
    };
    assert_eq!(winners(&race(&store, prove).await), 1);
}

async fn a_domain_has_one_organisation(store: TestStore) {
    let (account, other) = (settle(&store).await, elsewhere(&store).await);
    assert!(!one!(store, may_vouch_for(account.organisation_id, &domain())));
    assert!(one!(store, prove_domain(&domain(), account.organisation_id, at(1))));
    assert!(!one!(store, prove_domain(&domain(), other.organisation_id, at(2))));
    assert!(one!(store, may_vouch_for(account.organisation_id, &domain())));
    assert!(!one!(store, may_vouch_for(other.organisation_id, &domain())));
    let below = EmailDomain::parse("floor.example.com").unwrap();
    assert!(!one!(store, may_vouch_for(account.organisation_id, &below)), "a domain below it is another one");
    assert!(!one!(store, give_up_domain(&domain(), other.organisation_id)));
    assert!(one!(store, give_up_domain(&domain(), account.organisation_id)));
    assert!(!one!(store, may_vouch_for(account.organisation_id, &domain())));
    assert!(store.list_domains(account.organisation_id).await.unwrap().is_empty());
}

async fn a_domain_leads_to_its_organisations_provider(store: TestStore) {
    let account = settle(&store).await;
    one!(store, prove_domain(&domain(), account.organisation_id, at(1)));
    assert_eq!(store.find_identity_provider_for(&domain()).await.unwrap(), None);
    connect(&store, &account).await;
    assert_eq!(store.find_identity_provider_for(&domain()).await.unwrap(), Some(account.organisation_id));
}
