//! Whether a mail server that is dead slows sign-ins down: their times beside those while it lives, in
//! turns of one run.
//!
//! Dead means the worst there is: it takes connections and says nothing. Each sign-in is told by
//! mail, so there is always something to send.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use countersign_store::testing::TemporaryFolder;

use crate::{
    server::{Connection, Fault, ServerProcess},
    sign_in::{PEOPLE, populate, sign_in},
};

/// Fewer than a full load: what is compared is the time of a sign-in, not of waiting for others.
const CONNECTIONS: usize = 2;
const TURN: Duration = Duration::from_secs(6);
const TURNS: usize = 4;

pub(crate) fn measure() -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = TemporaryFolder::create();
    runtime.block_on(populate(&folder))?;
    let sink = Sink::start()?;
    let url = format!("smtp://{}?tls=none", sink.address);
    let mut server = ServerProcess::start_with(&folder, &[("COUNTERSIGN_SMTP_URL", &url)])?;
    let next = Arc::new(AtomicUsize::new(0));
    let (mut alive, mut dead) = (Vec::new(), Vec::new());
    for turn in 0..2 * TURNS {
        let is_dead = turn % 2 == 1;
        sink.is_dead.store(is_dead, Ordering::SeqCst);
        let times = sign_ins(server.address, &next)?;
        if is_dead { dead.extend(times) } else { alive.extend(times) }
    }
    let received = sink.received.load(Ordering::SeqCst);
    server.stop()?;
    if received == 0 {
        return Err("no mail arrived while the mail server lived".into());
    }
    for (name, times) in [("alive", &mut alive), ("dead", &mut dead)] {
        times.sort();
        println!("mail server {name:<6} {:>5} sign-ins, median {:.2} ms, p99 {:.2} ms", times.len(), ms(at(times, 50)), ms(at(times, 99)));
    }
    println!("ratio of the p99:        {:.3}", ms(at(&dead, 99)) / ms(at(&alive, 99)));
    println!("mails received:          {received}");
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The time that `percent` of them don't exceed, of sorted ones.
fn at(times: &[Duration], percent: usize) -> Duration {
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

/// The times of whole sign-ins, for one turn.
fn sign_ins(address: SocketAddr, next: &Arc<AtomicUsize>) -> Result<Vec<Duration>, Fault> {
    let until = Instant::now() + TURN;
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let next = Arc::clone(next);
            thread::spawn(move || -> Result<Vec<Duration>, String> {
                let mut connection = Connection::open(address).map_err(|error| error.to_string())?;
                let mut times = Vec::new();
                while Instant::now() < until {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= PEOPLE {
                        return Err("there are too few people for this machine".to_owned());
                    }
                    let began = Instant::now();
                    sign_in(&mut connection, n).map_err(|error| error.to_string())?;
                    times.push(began.elapsed());
                }
                Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for worker in workers {
        times.extend(worker.join().map_err(|_| "a connection broke")??);
    }
    Ok(times)
}

/// A mail server that takes everything, or plays dead.
struct Sink {
    address: SocketAddr,
    is_dead: Arc<AtomicBool>,
    received: Arc<AtomicUsize>,
}

impl Sink {
    fn start() -> Result<Self, Fault> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let sink = Self { address: listener.local_addr()?, is_dead: Arc::default(), received: Arc::default() };
        let (is_dead, received) = (Arc::clone(&sink.is_dead), Arc::clone(&sink.received));
        // They end with this process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (is_dead, received) = (Arc::clone(&is_dead), Arc::clone(&received));
                thread::spawn(move || converse(stream, &is_dead, &received));
            }
        });
        Ok(sink)
    }
}

/// As much of RFC 5321 as a client needs that does everything right.
fn converse(stream: TcpStream, is_dead: &AtomicBool, received: &AtomicUsize) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let say = |stream: &mut BufReader<TcpStream>, line: &str| {
        while is_dead.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(20));
        }
        stream.get_mut().write_all(line.as_bytes())
    };
    say(&mut stream, "220 sink\r\n")?;
    let mut is_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if is_data {
            if line == ".\r\n" {
                is_data = false;
                received.fetch_add(1, Ordering::SeqCst);
                say(&mut stream, "250 taken\r\n")?;
            }
            continue;
        }
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        is_data = command == "DATA";
        say(
            &mut stream,
            match command.as_str() {
                "EHLO" => "250-sink\r\n250 8BITMIME\r\n",
                "DATA" => "354 go on\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "250 ok\r\n",
            },
        )?;
    }
}
