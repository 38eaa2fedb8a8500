//! A bad line on order: a TCP proxy on loopback that does what its plan says at the n-th connection.
//!
//! HTTP faults read one whole request (head and `Content-Length` body; no chunked bodies) before they act,
//! so that "let through, then cut" means what it says. For clients that open a connection for every request,
//! as the product's channels do, the n-th connection is the n-th request.

mod line;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What happens to one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: bytes pass both ways.
    Pass,
    /// The connection is taken and closed at once; the peer hears nothing.
    HangUp,
    /// The bytes wait this long before they begin to pass.
    Delay(Duration),
    /// The request goes through, the peer answers in full, and not a byte of the answer comes back.
    DropAnswer,
    /// The request goes through and the line is cut at once, while the peer still works.
    CutWhileWorking,
    /// Only this many bytes of the request go through, then both sides are cut.
    CutRequestAfter(usize),
    /// Only this many bytes of the answer come back, then both sides are cut.
    CutAnswerAfter(usize),
    /// The request goes through and is worked on; the client is told `500` with an HTML page.
    ServerErrorAfterWork,
    /// The peer hears nothing; the client gets a sign-in page in HTML with `200`.
    HtmlPage,
    /// The peer hears nothing; the client gets `429` with this `Retry-After`, in seconds.
    Busy(u32),
    /// The peer hears the same request twice; the client gets the second answer.
    Twice,
}

#[derive(Debug, Default)]
struct Plan {
    at: BTreeMap<usize, Fault>,
    always: Option<Fault>,
    seen: usize,
    fired: usize,
}

impl Plan {
    fn next(&mut self) -> Fault {
        self.seen += 1;
        let fault = self.at.get(&self.seen).or(self.always.as_ref()).cloned().unwrap_or(Fault::Pass);
        if fault != Fault::Pass {
            self.fired += 1;
        }
        fault
    }
}

/// A running proxy; it stops taking connections when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    open: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts a proxy in front of the given address.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(upstream: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (plan, ended) = (Arc::new(Mutex::new(Plan::default())), Arc::new(AtomicBool::new(false)));
        let open = Arc::new(AtomicUsize::new(0));
        let proxy = Self { address, plan: plan.clone(), open: open.clone(), ended: ended.clone() };
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(client) = client else { continue };
                let fault = plan.lock().unwrap_or_else(PoisonError::into_inner).next();
                open.fetch_add(1, Ordering::SeqCst);
                let open = open.clone();
                std::thread::spawn(move || {
                    // A line that breaks is what this is for.
                    let _ = line::carry(client, upstream, &fault);
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Ok(proxy)
    }

    /// Where to connect to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where to connect to, as `http://…` without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Forgets the plan and starts to count anew: everything passes.
    pub fn clear(&self) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Plan::default();
    }

    /// Clears the plan, then puts one fault at the n-th connection from now on, counted from 1.
    pub fn only_at(&self, nth: usize, fault: Fault) {
        self.clear();
        self.also_at(nth, fault);
    }

    /// Adds a fault at the n-th connection since the last [`Self::clear`], counted from 1.
    pub fn also_at(&self, nth: usize, fault: Fault) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).at.insert(nth, fault);
    }

    /// Clears the plan, then does the same at every connection.
    pub fn always(&self, fault: Fault) {
        self.clear();
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).always = Some(fault);
    }

    /// Connections since the last [`Self::clear`].
    #[must_use]
    pub fn seen(&self) -> usize {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).seen
    }

    /// Faults done since the last [`Self::clear`].
    #[must_use]
    pub fn fired(&self) -> usize {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).fired
    }

    /// Waits until no connection is under way (for [`Fault::CutWhileWorking`]: until the peer has ended its
    /// work), at most ten seconds. True when all is quiet.
    #[must_use]
    pub fn is_quiet_soon(&self) -> bool {
        for _ in 0..200 {
            if self.open.load(Ordering::SeqCst) == 0 {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = std::net::TcpStream::connect(self.address);
    }
}

/// An address where nothing listens: every connection is refused.
///
/// # Errors
/// When the system gives no port.
pub fn refused_address() -> anyhow::Result<SocketAddr> {
    Ok(SocketAddr::from(([127, 0, 0, 1], crate::free_port()?)))
}
