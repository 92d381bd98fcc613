//! People to invite, as somebody typed, pasted or exported them: a line each, as an address alone, as a
//! mail program writes it, or as CSV (RFC 4180; with semicolons or tabs, too) with or without a heading.
//!
//! Every line is either somebody to invite or a line with a reason why not. None is dropped.

use std::collections::HashMap;

use countersign_domain::{Email, PersonName, Role, TeamName};

/// The most people in one list.
pub const MAX_PEOPLE: usize = 10_000;
/// The most cells of one line that are looked at: a spreadsheet of people has fewer, and so has a line of addresses.
const MAX_CELLS: usize = 1_000;
/// How much of a line is said again beside what is wrong with it, in characters.
const MAX_SAID: usize = 80;

/// Somebody to invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// The line they stand on, from 1.
    pub line: u64,
    /// Their address.
    pub email: Email,
    /// Their name, if it was said.
    pub name: Option<PersonName>,
    /// What they will be.
    pub role: Role,
    /// Their team.
    pub team: Option<TeamName>,
}

/// A line that invites nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Which, from 1.
    pub line: u64,
    /// What stands there, cut to a length that can be shown.
    pub text: String,
    /// What is wrong with it.
    pub problem: LineProblem,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineProblem {
    /// There is no address in it, or it isn't one.
    Email,
    /// The name is too long, or holds what can't be shown.
    Name,
    /// There is no such role.
    Role,
    /// The team's name is too long, or holds what can't be shown.
    Team,
    /// The same address stands on this line, too.
    Twice(u64),
    /// They are a member of the organisation already.
    Member,
    /// They were invited already.
    Invited,
    /// They have had several invitations within the hour.
    Often,
    /// It can't be read as CSV, or holds more than one line may.
    Unreadable,
}

/// What a text came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Those to invite, in their order.
    pub people: Vec<Newcomer>,
    /// The lines that invite nobody, in their order.
    pub bad: Vec<BadLine>,
}

impl Lines {
    /// How many lines there are altogether.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.people.len() + self.bad.len()
    }

    /// There is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where a heading says that each thing stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Columns {
    email: usize,
    name: Option<usize>,
    first: Option<usize>,
    last: Option<usize>,
    role: Option<usize>,
    team: Option<usize>,
}

impl Columns {
    /// What a heading says; `None` when it is none.
    fn read(cells: &[&str]) -> Option<Self> {
        let place = |words: &[&str]| cells.iter().position(|cell| words.contains(&cell.to_lowercase().replace(['_', '-'], " ").as_str()));
        Some(Self {
            email: place(&["email", "e mail", "mail", "email address", "e mail address"])?,
            name: place(&["name", "full name", "display name"]),
            first: place(&["first name", "given name"]),
            last: place(&["last name", "family name", "surname"]),
            role: place(&["role"]),
            team: place(&["team", "group", "department"]),
        })
    }
}

/// A line, taken apart.
#[derive(Default)]
struct Cells<'a> {
    email: &'a str,
    name: String,
    role: &'a str,
    team: &'a str,
}

/// Reads a text. `role` and `team` are for lines that name none.
#[must_use]
pub(super) fn read(text: &str, role: Role, team: Option<&TeamName>) -> Lines {
    // What some programs write before everything else; and a line that ends in two characters is one line.
    let text = text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n");
    let text = text.as_str();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut columns = None;
    let mut is_first = true;
    let mut lines = Lines::default();
    let mut seen: HashMap<Email, u64> = HashMap::new();
    for record in reader.records() {
        let Ok(record) = record else {
            // Not text; it came as text, so that this can't happen.
            lines.bad.push(BadLine { line: 0, text: String::new(), problem: LineProblem::Unreadable });
            break;
        };
        let line = record.position().map_or(0, csv::Position::line);
        if lines.len() > MAX_PEOPLE {
            // Nobody is invited by a list that is too long: the rest needn't be read.
            break;
        }
        if record.len() > MAX_CELLS {
            lines.bad.push(BadLine { line, text: said(&record), problem: LineProblem::Unreadable });
            continue;
        }
        let cells: Vec<&str> = record.iter().collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        if std::mem::take(&mut is_first) {
            columns = Columns::read(&cells);
            if columns.is_some() {
                continue;
            }
        }
        for cells in people_in(&cells, columns.as_ref()) {
            let newcomer = newcomer(&cells, line, role, team).and_then(|newcomer| match seen.get(&newcomer.email) {
                Some(earlier) => Err(LineProblem::Twice(*earlier)),
                None => Ok(newcomer),
            });
            match newcomer {
                Ok(newcomer) => {
                    seen.insert(newcomer.email.clone(), line);
                    lines.people.push(newcomer);
                }
                Err(problem) => lines.bad.push(BadLine { line, text: said(&record), problem }),
            }
        }
    }
    lines
}

/// What stands between the cells: whichever of three the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|byte| *byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Those a line names: one, or several when it holds nothing but addresses.
fn people_in<'a>(cells: &[&'a str], columns: Option<&Columns>) -> Vec<Cells<'a>> {
    let at = |place: Option<usize>| place.and_then(|place| cells.get(place)).copied().unwrap_or_default();
    if let Some(columns) = columns {
        let name = match at(columns.name) {
            "" => [at(columns.first), at(columns.last)].join(" ").trim().to_owned(),
            name => name.to_owned(),
        };
        return vec![Cells { email: at(Some(columns.email)), name, role: at(columns.role), team: at(columns.team) }];
    }
    let filled: Vec<&str> = cells.iter().copied().filter(|cell| !cell.is_empty()).collect();
    if filled.iter().all(|cell| cell.contains('@')) {
        return filled.into_iter().map(|cell| written(cell, Cells::default())).collect();
    }
    // Without a heading: the address wherever it is, then a name, a role and a team, in this order.
    let Some(address) = cells.iter().position(|cell| cell.contains('@')) else {
        return vec![Cells { email: filled[0], ..Cells::default() }];
    };
    let mut others = cells.iter().enumerate().filter(|(place, _)| *place != address).map(|(_, cell)| *cell);
    let mut next = || others.next().unwrap_or_default();
    let rest = Cells { name: next().to_owned(), role: next(), team: next(), ..Cells::default() };
    vec![written(cells[address], rest)]
}

/// An address as a mail program writes it: `Wren Halloway <wren@example.com>`.
fn written<'a>(cell: &'a str, rest: Cells<'a>) -> Cells<'a> {
    let Some((name, address)) = cell.strip_suffix('>').and_then(|cell| cell.rsplit_once('<')) else { return Cells { email: cell, ..rest } };
    let name = name.trim().trim_matches(['"', '\'']).to_owned();
    Cells { email: address, name: if name.is_empty() { rest.name } else { name }, ..rest }
}

fn newcomer(cells: &Cells<'_>, line: u64, role: Role, team: Option<&TeamName>) -> Result<Newcomer, LineProblem> {
    let email = Email::parse(cells.email).map_err(|_| LineProblem::Email)?;
    // What a program writes for a character that it couldn't read; or another address, which belongs to somebody.
    if cells.name.contains(['\u{FFFD}', '@', '<']) {
        return Err(LineProblem::Name);
    }
    let name = match cells.name.as_str() {
        "" => None,
        name => Some(PersonName::parse(name).map_err(|_| LineProblem::Name)?),
    };
    let role = match cells.role {
        "" => role,
        word => Role::from_code(&word.to_lowercase().replace(' ', "-")).ok_or(LineProblem::Role)?,
    };
    let team = match cells.team {
        "" => team.cloned(),
        name => Some(TeamName::parse(name).ok().filter(|_| !name.contains('\u{FFFD}')).ok_or(LineProblem::Team)?),
    };
    Ok(Newcomer { line, email, name, role, team })
}

/// A line as it is said again.
fn said(record: &csv::StringRecord) -> String {
    let cells = record.iter().filter(|cell| !cell.is_empty()).enumerate();
    let mut chars = cells.flat_map(|(place, cell)| [if place > 0 { ", " } else { "" }, cell]).flat_map(str::chars);
    let mut short: String = chars.by_ref().take(MAX_SAID).map(|char| if char.is_control() { ' ' } else { char }).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::LineProblem as Problem;
    use super::*;

    fn all(text: &str) -> Lines {
        read(text, Role::Agent, None)
    }

    /// Each person as "line email name role team".
    fn people(text: &str) -> Vec<String> {
        let lines = all(text);
        assert_eq!(lines.bad, [], "{text}");
        let name = |name: Option<&str>| name.unwrap_or("-").to_owned();
        lines
            .people
            .iter()
            .map(|person| {
                let (who, team) = (person.name.as_ref().map(PersonName::as_str), person.team.as_ref().map(TeamName::as_str));
                format!("{} {} {} {} {}", person.line, person.email.as_str(), name(who), person.role.code(), name(team))
            })
            .collect()
    }

    #[test]
    fn people_come_as_addresses_as_mail_programs_write_them_and_as_csv() {
        let mika = "1 mika@example.com - agent -";
        assert_eq!(people("mika@example.com"), [mika]);
        assert_eq!(people("\u{FEFF}  MIKA@Example.com \r\n\r\n"), [mika]);
        assert_eq!(people("mika@example.com\nbram@example.com"), [mika, "2 bram@example.com - agent -"]);
        assert_eq!(people("mika@example.com, bram@example.com"), [mika, "1 bram@example.com - agent -"]);
        assert_eq!(
            people("Mika Thornfield <mika@example.com>; 'Bram' <bram@example.com>"),
            ["1 mika@example.com Mika Thornfield agent -", "1 bram@example.com Bram agent -"]
        );
        assert_eq!(
            people("mika@example.com,Mika Thornfield,Supervisor,Web chat"),
            ["1 mika@example.com Mika Thornfield supervisor Web chat"]
        );
        assert_eq!(people("Mika,mika@example.com,,Web chat"), ["1 mika@example.com Mika agent Web chat"]);
        assert_eq!(people("mika@example.com\tMika\taccount holder"), ["1 mika@example.com Mika account-holder -"]);
        assert_eq!(people(""), Vec::<String>::new());
        assert_eq!(people(" \n,,\n"), Vec::<String>::new());
    }

    #[test]
    fn a_heading_says_where_things_stand() {
        let text = "Department;Surname;First name;E-mail;Shoe size\nWeb chat;Thornfield;Mika;mika@example.com;41\n;;;bram@example.com;";
        assert_eq!(people(text), ["2 mika@example.com Mika Thornfield agent Web chat", "3 bram@example.com - agent -"]);
        assert_eq!(people("email\n\"mika@example.com\"\n"), ["2 mika@example.com - agent -"]);
        assert_eq!(people("name,email,role\n\"Thornfield, Mika\",mika@example.com,AGENT"), ["2 mika@example.com Thornfield, Mika agent -"]);
    }

    #[test]
    fn what_a_line_doesnt_say_is_as_it_was_chosen() {
        let team = TeamName::parse("Billing").unwrap();
        let lines = read("a@example.com\nb@example.com,Bea,agent,Web chat", Role::Supervisor, Some(&team));
        let got: Vec<_> = lines.people.iter().map(|person| (person.role, person.team.as_ref().unwrap().as_str())).collect();
        assert_eq!(got, [(Role::Supervisor, "Billing"), (Role::Agent, "Web chat")]);
    }

    #[test]
    fn each_bad_line_is_named_with_what_is_wrong_and_takes_no_other_with_it() {
        let long = "x".repeat(81);
        let text = format!(
            "mika@example.com\nnobody\nmika@EXAMPLE.com\na@example.com,{long}\nb@example.com,Bea,boss\nc@example.com,Cleo,agent,\u{202E}x\n\
             d@example.com,D\u{FFFD}na\ne@example.com\nwren@,Wren"
        );
        let lines = all(&text);
        assert_eq!(lines.people.iter().map(|person| person.line).collect::<Vec<_>>(), [1, 8]);
        let problems: Vec<_> = lines.bad.iter().map(|bad| (bad.line, bad.problem)).collect();
        assert_eq!(
            problems,
            [
                (2, Problem::Email),
                (3, Problem::Twice(1)),
                (4, Problem::Name),
                (5, Problem::Role),
                (6, Problem::Team),
                (7, Problem::Name),
                (9, Problem::Email)
            ]
        );
        assert_eq!(lines.bad[0].text, "nobody");
        assert!(lines.bad[2].text.ends_with('…') && lines.bad[2].text.chars().count() == MAX_SAID + 1);
        assert_eq!(lines.len(), 9);
    }

    #[test]
    fn a_cell_of_several_lines_and_quotes_keeps_the_count_of_lines() {
        let lines = all("email,name\na@example.com,\"Ada\nLark\"\nbad\n");
        assert_eq!(lines.people[0].name.as_ref().unwrap().as_str(), "Ada Lark");
        assert_eq!(lines.bad[0].line, 4);
    }

    #[test]
    fn lines_are_counted_alike_however_they_end() {
        for end in ["\n", "\r\n"] {
            let lines = all(&["a1@example.com", "bad", "a2@example.com", "a1@example.com", "worse"].join(end));
            let bad: Vec<_> = lines.bad.iter().map(|bad| (bad.line, bad.problem)).collect();
            assert_eq!(bad, [(2, Problem::Email), (4, Problem::Twice(1)), (5, Problem::Email)], "{end:?}");
        }
    }

    #[test]
    fn nobody_is_dropped_into_anybody_else_s_name() {
        for text in ["a1@example.com,Mika <b1@example.com>,agent", "name,email\n\"Mika\nb1@example.com\",a1@example.com"] {
            let lines = all(text);
            assert_eq!((lines.people.len(), lines.bad[0].problem), (0, Problem::Name), "{text}");
        }
    }

    #[test]
    fn a_list_made_to_be_slow_is_read_at_once() {
        // Each took hours when what stands on a line was put together for each of its cells.
        let slow = "@,".repeat(500_000);
        assert_eq!(all(&slow).bad.len(), 1);
        let slow = ["@,".repeat(MAX_CELLS - 1).as_str(), "\n"].concat().repeat(500);
        assert!(all(&slow).bad.len() > MAX_PEOPLE);
        assert!(all(&"x\n".repeat(500_000)).len() <= MAX_PEOPLE + 1);
    }

    #[test]
    fn ten_thousand_lines_are_read_at_once() {
        let lines: Vec<_> = (0..MAX_PEOPLE).map(|n| format!("worker{n}@example.com,Worker {n},agent,Team {}", n % 40)).collect();
        assert_eq!(all(&lines.join("\n")).people.len(), MAX_PEOPLE);
    }
}
