//! A DNS server on loopback that says what a test wants.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use hickory_resolver::proto::{
    op::{Message, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{CNAME, TXT},
    },
};
use tokio::{net::UdpSocket, sync::watch, task::JoinHandle};

/// What it says about a name.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// These TXT records, each in these pieces.
    Texts(Vec<Vec<String>>),
    /// An alias of another name, and what is said there (RFC 1034 §3.6.2).
    LeadsTo(String, String),
    /// It doesn't answer.
    Silence,
    /// It can't say (SERVFAIL).
    Fails,
}

/// It ends with this value.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    /// How many questions it was asked.
    pub(crate) asked: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl NameServer {
    pub(crate) async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let answers = Arc::new(Mutex::new(HashMap::<String, Answer>::new()));
        let said = Arc::clone(&answers);
        let (count, asked) = watch::channel(0);
        let task = tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                count.send_modify(|count| *count += 1);
                let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
                let Some(answer) = answer(&question, &said.lock().unwrap()) else { continue };
                drop(socket.send_to(&answer.to_vec().unwrap(), from).await);
            }
        });
        Self { address, answers, asked, task }
    }

    /// What it says about a name from now on.
    pub(crate) fn say(&self, name: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(format!("{name}."), answer);
    }

    /// One record of one piece.
    pub(crate) fn say_text(&self, name: &str, text: &str) {
        self.say(name, Answer::Texts(vec![vec![text.to_owned()]]));
    }
}

fn answer(question: &Message, said: &HashMap<String, Answer>) -> Option<Message> {
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    let Some(query) = question.queries.first() else { return Some(answer) };
    answer.add_query(query.clone());
    let name = query.name().to_ascii().to_lowercase();
    match said.get(&name) {
        Some(Answer::Texts(records)) if query.query_type() == RecordType::TXT => {
            for pieces in records {
                answer.add_answer(Record::from_rdata(query.name().clone(), 60, RData::TXT(TXT::new(pieces.clone()))));
            }
        }
        Some(Answer::LeadsTo(other, text)) => {
            let other = Name::from_ascii(format!("{other}.")).unwrap();
            answer.add_answer(Record::from_rdata(query.name().clone(), 60, RData::CNAME(CNAME(other.clone()))));
            answer.add_answer(Record::from_rdata(other, 60, RData::TXT(TXT::new(vec![text.clone()]))));
        }
        Some(Answer::Silence) => return None,
        Some(Answer::Fails) => answer.metadata.response_code = ResponseCode::ServFail,
        _ => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    Some(answer)
}
