//! A `countersign` started to be looked at from outside: its own port, its own data folder, plain HTTP over TCP.

use crate::{Outcome, tools::Scratch};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running server; stopped, and its data removed, when dropped.
pub(crate) struct Server {
    process: Child,
    port: u16,
    _data: Scratch,
}

impl Server {
    /// Starts the binary on an empty database, and waits for the first 200 on `/healthz`.
    pub(crate) fn start(binary: &Path) -> Outcome<Self> {
        let data = Scratch::create("server")?;
        let port = free_port()?;
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .env("COUNTERSIGN_DATA_DIR", data.path())
            .env("COUNTERSIGN_LISTEN", format!("127.0.0.1:{port}"))
            .env("COUNTERSIGN_PUBLIC_URL", format!("http://localhost:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Self { process: command.spawn()?, port, _data: data };
        wait_for("countersign", START_LIMIT, || server.get("/healthz", "identity").is_ok_and(|answer| answer.status == 200))?;
        Ok(server)
    }

    /// The memory that is really in use, in KiB: `VmRSS` as Linux counts it.
    pub(crate) fn resident_kib(&self) -> Outcome<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the kernel doesn't tell VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// One GET on a fresh connection.
    pub(crate) fn get(&self, path: &str, accept_encoding: &str) -> Outcome<Answer> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        connection.set_read_timeout(Some(START_LIMIT))?;
        write!(
            connection,
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nAccept: text/html\r\nAccept-Encoding: {accept_encoding}\r\nConnection: close\r\n\r\n",
            self.port
        )?;
        let mut bytes = Vec::new();
        connection.read_to_end(&mut bytes)?;
        Answer::parse(&bytes)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// An HTTP answer with its body as it travelled, still compressed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Outcome<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or("the answer has no end of headers")?;
        let head = std::str::from_utf8(&bytes[..end])?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("the answer has no status")?.parse()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Self { status, headers, body: bytes[end + 4..].to_owned() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunk(&answer.body)?;
        }
        Ok(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Joins the chunks of RFC 9112 §7.1.
fn unchunk(mut rest: &[u8]) -> Outcome<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").ok_or("a chunk has no length")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line])?.split(';').next().unwrap_or_default().trim(), 16)?;
        if length == 0 {
            return Ok(body);
        }
        let chunk = rest.get(line + 2..line + 2 + length).ok_or("a chunk is cut off")?;
        body.extend_from_slice(chunk);
        rest = rest.get(line + 4 + length..).ok_or("a chunk is cut off")?;
    }
}

/// A port nobody listens on right now.
pub(crate) fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Asks again and again until the answer is yes.
pub(crate) fn wait_for(what: &str, limit: Duration, is_ready: impl Fn() -> bool) -> Outcome {
    let begun_at = Instant::now();
    while !is_ready() {
        if begun_at.elapsed() > limit {
            return Err(format!("{what} wasn't ready within {} s", limit.as_secs()).into());
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn an_answer_in_chunks_is_joined() {
        let answer = Answer::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"abcde".as_slice()));
    }

    #[test]
    fn a_header_is_found_by_its_lower_case_name() {
        let answer = Answer::parse(b"HTTP/1.1 404 Not Found\r\nContent-Encoding: br\r\n\r\n").unwrap();
        assert_eq!((answer.status, answer.header("content-encoding")), (404, Some("br")));
    }

    #[test]
    fn half_an_answer_is_an_error() {
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\n").is_err());
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc").is_err());
    }
}
