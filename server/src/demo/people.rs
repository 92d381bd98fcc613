//! Who works at the demo's organisation beside those who can sign in with everything: 107 of 112.

use countersign_domain::{Email, Factor, PersonName, Role, TeamName};
use countersign_identity::DemoPerson;

use super::Fault;

/// A team: its name, how many of it are invented here, and how many of those are set up.
struct DemoTeam {
    name: &'static str,
    people: usize,
    set_up: usize,
    /// Of those who aren't set up, how many are signed in now.
    in_without: usize,
    /// Of those who aren't set up, how many have never signed in.
    never: usize,
    /// Named people: the first of them, in their places.
    named: &'static [(&'static str, Role)],
}

const TEAMS: [DemoTeam; 6] = [
    // Ludo and Pascal are in it, too: 6 of 14.
    DemoTeam { name: "Night desk", people: 12, set_up: 5, in_without: 4, never: 2, named: &[("Juniper Vance-Okoro", Role::Agent)] },
    DemoTeam {
        name: "Retentions",
        people: 18,
        set_up: 11,
        in_without: 4,
        never: 2,
        named: &[("Isolde Brandt-Lee", Role::Supervisor), ("Bram Teague", Role::Agent)],
    },
    // And Mika: 14 of 16.
    DemoTeam { name: "Web chat", people: 15, set_up: 13, in_without: 1, never: 0, named: &[("Noor Castellan", Role::Supervisor)] },
    // And Wren: 22 of 24.
    DemoTeam { name: "Billing", people: 23, set_up: 21, in_without: 1, never: 1, named: &[("Della Marsh", Role::Supervisor)] },
    DemoTeam {
        name: "Bookings",
        people: 31,
        set_up: 31,
        in_without: 0,
        never: 0,
        named: &[("Saffi Doyle-Amari", Role::Supervisor), ("Cleo Ravenscar", Role::Agent)],
    },
    // And Osric: 9 of 9.
    DemoTeam { name: "Team leads", people: 8, set_up: 8, in_without: 0, never: 0, named: &[("Tamsin Quill", Role::AccountHolder)] },
];

const FIRST: [&str; 37] = [
    "Ada", "Bea", "Callum", "Dana", "Esme", "Finn", "Gwen", "Hugo", "Imani", "Jonas", "Kit", "Lena", "Marlow", "Nia", "Orla", "Perry",
    "Quinn", "Rosa", "Silas", "Tess", "Umar", "Vera", "Wilf", "Xenia", "Yara", "Zane", "Alba", "Benedict", "Cora", "Dario", "Elio",
    "Freya", "Gideon", "Hattie", "Ines", "Jude", "Kamal",
];
const LAST: [&str; 41] = [
    "Abara",
    "Birch",
    "Calder",
    "Dunmore",
    "Ellery",
    "Farrow",
    "Glasswell",
    "Harrow",
    "Inchbald",
    "Jessop",
    "Kestrel",
    "Lockwood",
    "Merrin",
    "Nettle",
    "Okafor",
    "Pike",
    "Quayle",
    "Rook",
    "Sorrel",
    "Tarn",
    "Underhill",
    "Vesper",
    "Whitlock",
    "Yarrow",
    "Ashdown",
    "Bellamy",
    "Croft",
    "Dace",
    "Everly",
    "Fenwick",
    "Gale",
    "Holloway",
    "Ives",
    "Juniper",
    "Kirby",
    "Lark",
    "Mallory",
    "North",
    "Osgood",
    "Penrose",
    "Ridley",
];

/// The name of a team that one of those belongs to who can sign in with everything.
pub(super) fn team_of(email: &str) -> &'static str {
    match email.split('.').next() {
        Some("osric") => "Team leads",
        Some("ludo" | "pascal") => "Night desk",
        Some("mika") => "Web chat",
        _ => "Billing",
    }
}

/// Everybody else.
pub(super) fn everybody_else() -> Result<Vec<DemoPerson>, Fault> {
    let mut people = Vec::new();
    for team in &TEAMS {
        for place in 0..team.people {
            let n = people.len();
            let invented = format!("{} {}", FIRST[n % FIRST.len()], LAST[(n * 7 + 3) % LAST.len()]);
            let (name, role) = team.named.get(place).map_or((invented, Role::Agent), |(name, role)| ((*name).to_owned(), *role));
            let is_set_up = place < team.set_up;
            // Among those who are left: some are in, and the last have never been.
            let left = place.saturating_sub(team.set_up);
            let is_in = if is_set_up { n.is_multiple_of(3) } else { left < team.in_without };
            let is_new = !is_set_up && place >= team.people - team.never;
            people.push(DemoPerson {
                email: Email::parse(&format!("{}@example.com", address(&name)))?,
                name: PersonName::parse(&name)?,
                role,
                team: TeamName::parse(team.name)?,
                method: is_set_up.then_some(if n % 7 == 3 { Factor::EmailedCode } else { Factor::AuthenticatorApp }),
                signed_in_hours_ago: (!is_new).then_some(if is_in { 1 + i64::try_from(n % 5)? } else { 14 + i64::try_from(n * 5 % 130)? }),
                is_in,
            });
        }
    }
    Ok(people)
}

/// "Juniper Vance-Okoro" is juniper.vance-okoro.
fn address(name: &str) -> String {
    name.to_lowercase().replace(' ', ".")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_hundred_and_seven_people_have_addresses_of_their_own() {
        let people = everybody_else().unwrap();
        assert_eq!(people.len(), 107);
        assert_eq!(people.iter().map(|person| person.email.as_str()).collect::<BTreeSet<_>>().len(), 107);
        assert_eq!(people.iter().filter(|person| person.method.is_some()).count(), 89, "and four of those who can sign in: 93 of 112");
        assert_eq!(people.iter().filter(|person| person.signed_in_hours_ago.is_none()).count(), 5);
    }
}
