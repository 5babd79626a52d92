//! An HTTP/1.1 client that sends exactly the bytes it is told to, and reads exactly one response.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread::{self, JoinHandle};

use crate::patience::PATIENCE;

/// A response as it came.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// In the order and letter case of the message.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The only value of a header; names are compared without case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "several {name} in {:?}", self.headers);
        first
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Status and body.
    pub(crate) fn brief(&self) -> String {
        format!("{} {}", self.status, self.text())
    }

    /// The whole message, with what differs from one answer to the next checked and replaced.
    pub(crate) fn normalized(&self) -> String {
        let mut text = format!("{}\n", self.status);
        for (name, value) in &self.headers {
            let value = match name.to_ascii_lowercase().as_str() {
                "date" => "{date}",
                "x-amz-apigw-id" if is_extended_request_id(value) => "{apigw-id}",
                "x-amzn-requestid" if is_uuid(value) => "{uuid}",
                "x-amzn-trace-id" if value.starts_with("Root=1-") => "{trace}",
                _ => value,
            };
            text.push_str(&format!("{name}: {value}\n"));
        }
        text + "\n" + self.text()
    }

    fn is_closing(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// 8-4-4-4-12 hexadecimal digits, in lower case.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let is_digit = |byte: u8| matches!(byte, b'-' | b'0'..=b'9' | b'a'..=b'f');
    groups == [8, 4, 4, 4, 12] && text.bytes().all(is_digit)
}

/// 11 bytes in base64.
fn is_extended_request_id(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len() == 16 && text.strip_suffix('=').is_some_and(|digits| digits.bytes().all(is_digit))
}

/// One connection.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    #[track_caller]
    pub(crate) fn open(port: u16) -> Self {
        Self::try_open(port).unwrap()
    }

    pub(crate) fn try_open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    #[track_caller]
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.reader.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// Writes beside what is read, and stops when the other side does.
    pub(crate) fn write_beside(&self, bytes: Vec<u8>) -> JoinHandle<()> {
        let mut stream = self.reader.get_ref().try_clone().unwrap();
        thread::spawn(move || drop(stream.write_all(&bytes)))
    }

    /// No more will be sent.
    pub(crate) fn end_writing(&self) {
        self.reader.get_ref().shutdown(Shutdown::Write).unwrap();
    }

    /// Reads the response to a request that is not HEAD.
    #[track_caller]
    pub(crate) fn read(&mut self) -> Response {
        self.try_read(false).unwrap().expect("the connection was closed without a response")
    }

    /// Reads the response to a HEAD request.
    #[track_caller]
    pub(crate) fn read_head(&mut self) -> Response {
        self.try_read(true).unwrap().expect("the connection was closed without a response")
    }

    /// None if the connection ends before a response begins.
    pub(crate) fn try_read(&mut self, is_head: bool) -> io::Result<Option<Response>> {
        let Some(status_line) = self.line()? else { return Ok(None) };
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| invalid(&format!("the status line {status_line:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if line.is_empty() {
                break;
            }
            let (name, value) =
                line.split_once(": ").ok_or_else(|| invalid(&format!("the header {line:?}")))?;
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut response = Response { status, headers, body: Vec::new() };
        if !is_head && !matches!(status, 100..=199 | 204 | 304) {
            response.body = self.body(&response)?;
        }
        Ok(Some(response))
    }

    fn body(&mut self, response: &Response) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if response.header("transfer-encoding").is_some() {
            while let Some(chunk) = self.try_read_chunk()? {
                body.extend(chunk);
            }
            return Ok(body);
        }
        match response.header("content-length") {
            Some(length) => {
                body.resize(length.parse().map_err(|_| invalid("the content length"))?, 0);
                self.reader.read_exact(&mut body)?;
            }
            None => {
                self.reader.read_to_end(&mut body)?;
            }
        }
        Ok(body)
    }

    /// A line of a message, without its end.
    #[track_caller]
    pub(crate) fn read_line(&mut self) -> String {
        self.line().unwrap().expect("the connection was closed")
    }

    #[track_caller]
    pub(crate) fn read_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.reader.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// The next chunk of a body in chunks; none at its end.
    pub(crate) fn try_read_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let size = self.line()?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let size = usize::from_str_radix(&size, 16).map_err(|_| invalid("a chunk size"))?;
        let mut chunk = vec![0; size];
        self.reader.read_exact(&mut chunk)?;
        self.line()?;
        Ok((size > 0).then_some(chunk))
    }

    /// Without its end; none at the end of the connection.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        let text = line.strip_suffix(b"\r\n").ok_or_else(|| invalid("a line without an end"))?;
        Ok(Some(String::from_utf8_lossy(text).into_owned()))
    }

    /// Whether the other side closes, without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.reader.fill_buf() {
            Ok(rest) => rest.is_empty(),
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }

    /// Whether the connection can be used for another request, and is in step: either the answer
    /// says that it is closed and it is, or the next request on it gets the next answer.
    #[track_caller]
    pub(crate) fn assert_in_step(&mut self, after: &Response, probe: &str) {
        if after.is_closing() {
            assert!(self.is_closed(), "more came after {after:?}");
            return;
        }
        self.write(probe);
        match self.try_read(false) {
            Ok(Some(next)) => assert_eq!(next.brief(), "200 in step"),
            Ok(None) => panic!("closed without saying so, after {after:?}"),
            Err(error) => panic!("{error}, after {after:?}"),
        }
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} is no HTTP"))
}
