//! A real S3 server on loopback that is not ours: `moto` from PyPI.
//!
//! Chosen because it is kept (releases every month), knows the whole S3 language (ranges, multipart, listing, its
//! errors), starts in two seconds and is in a registry. It does not check signatures, and keeps everything in memory.
//! It is installed once, with pinned versions, into the build folder (`target/testkit`), never into the system.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail};

use crate::keeper::Keeper;
use crate::outside::Python;

/// The server and all that it needs for S3 alone, pinned.
const WHEELS: &[&str] = &[
    "moto==5.2.5",
    "blinker==1.9.0",
    "boto3==1.44.5",
    "botocore==1.44.5",
    "certifi==2026.10.18",
    "cffi==2.1.1",
    "charset-normalizer==3.5.2",
    "click==8.5.1",
    "cryptography==50.0.2",
    "Flask==3.1.3",
    "flask-cors==6.0.5",
    "idna==3.20",
    "itsdangerous==2.2.0",
    "Jinja2==3.1.6",
    "jmespath==1.1.0",
    "MarkupSafe==3.0.4",
    "py-partiql-parser==0.6.3",
    "pycparser==3.12",
    "python-dateutil==2.9.0.post0",
    "PyYAML==6.0.3",
    "requests==2.34.2",
    "responses==0.26.3",
    "s3transfer==0.19.3",
    "six==1.17.0",
    "urllib3==2.8.0",
    "Werkzeug==3.1.9",
    "xmltodict==1.0.4",
];

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct S3 {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// Where it answers, without a slash at the end.
    pub url: String,
    made: AtomicUsize,
    _keeper: Keeper,
    _own: tempfile::TempDir,
}

impl S3 {
    /// Starts a server without buckets. The first time on a machine it is installed, which takes a minute.
    ///
    /// # Errors
    /// When it cannot be installed or does not start; the message has what `pip` or its log says.
    pub fn start() -> anyhow::Result<Self> {
        let python = Python::with(WHEELS).context("the S3 server for tests (moto) could not be installed")?;
        let own = tempfile::Builder::new().prefix("satchel-s3").tempdir()?;
        let port = crate::free_port()?;
        let mut server = python.command();
        server.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        server.current_dir(own.path());
        let mut keeper = Keeper::start()?;
        keeper.serve(&mut server, port, &own.path().join("server.log"))?;
        let url = format!("http://127.0.0.1:{port}");
        Ok(Self { port, url, made: AtomicUsize::new(0), _keeper: keeper, _own: own })
    }

    /// Makes an empty bucket and returns its name.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn bucket(&self) -> anyhow::Result<String> {
        let name = format!("test-{}", self.made.fetch_add(1, Ordering::SeqCst));
        self.ask("PUT", &format!("/{name}"), b"")?;
        Ok(name)
    }

    /// The names of all objects in a bucket (at most a thousand).
    ///
    /// # Errors
    /// As [`S3::bucket`].
    pub fn keys(&self, bucket: &str) -> anyhow::Result<Vec<String>> {
        let listed = String::from_utf8(self.ask("GET", &format!("/{bucket}?list-type=2"), b"")?)?;
        let keys = listed.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
        Ok(keys.map(|(key, _)| key.to_owned()).collect())
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// As [`S3::bucket`].
    pub fn get(&self, bucket: &str, key: &str) -> anyhow::Result<Vec<u8>> {
        self.ask("GET", &format!("/{bucket}/{key}"), b"")
    }

    /// Puts an object, over one that is there.
    ///
    /// # Errors
    /// As [`S3::bucket`].
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.ask("PUT", &format!("/{bucket}/{key}"), bytes).map(drop)
    }

    fn ask(&self, verb: &str, path: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut line = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            line,
            "{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n",
            self.port,
            body.len()
        )?;
        line.write_all(body)?;
        let mut answer = Vec::new();
        line.read_to_end(&mut answer)?;
        let ends = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no answer from S3")?;
        let (head, body) = (&answer[..ends], &answer[ends + 4..]);
        if head.get(9..10) != Some(b"2") {
            bail!("{verb} {path}: {} {}", String::from_utf8_lossy(head), String::from_utf8_lossy(body));
        }
        Ok(body.to_vec())
    }
}
