//! The same line for real packets: a TUN device whose other end is this machine again.
//!
//! Whatever is sent to [`TunLine::far`] comes out here as a packet, waits in the queue, may be lost, and goes back in
//! with its two addresses exchanged: the system takes it for one from the far address to its own near one. So one
//! process without a second machine or namespace has both ends, the senders are the system's own, and no checksum
//! changes (it is a sum). What goes to a named port goes up, all else comes down.
//!
//! Its senders are Cubic's, as those of laptops are, whatever this machine prefers.
//!
//! It needs the right to make network devices; in a namespace of one's own every person has it, where the system
//! allows such namespaces: `unshare -Urn sh -c 'ip link set lo up; …'`.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::LinkPlan;
use crate::Dice;

/// `TUNSETIFF` of `linux/if_tun.h`, the same on x86 and ARM.
const TUNSETIFF: u64 = 0x4004_54ca;
/// A device of IP packets without a header before them: `IFF_TUN | IFF_NO_PI`.
const FLAGS: u16 = 0x0001 | 0x1000;
/// Largest packet.
const MTU: usize = 1_500;

/// A running line; its device goes away with the value.
#[derive(Debug)]
pub struct TunLine {
    near: Ipv4Addr,
    far: Ipv4Addr,
    plan: Arc<Mutex<LinkPlan>>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    up: AtomicU64,
    lost: AtomicU64,
}

impl TunLine {
    /// Opens the line; at `ports` servers listen, on every address of this machine.
    ///
    /// # Errors
    /// When this machine does not let this person make network devices.
    pub fn open(plan: LinkPlan, ports: Vec<u16>) -> anyhow::Result<Self> {
        eprintln!("packet line {plan:?}");
        let number = 1 + (std::process::id() % 250) as u8;
        let (near, far) = (Ipv4Addr::new(10, 249, number, 1), Ipv4Addr::new(10, 249, number, 2));
        let name = format!("satchel{number}");
        let device = open_device(&name).context("this machine gives no network device here")?;
        for words in [
            format!("addr add {near}/24 dev {name}"),
            format!("link set {name} mtu {MTU} txqueuelen 1000 up"),
            // What laptops with Windows and macOS have, whatever this machine prefers.
            format!("route replace 10.249.{number}.0/24 dev {name} src {near} congctl cubic"),
        ] {
            let done = Command::new("ip").args(words.split(' ')).status()?;
            ensure!(done.success(), "ip {words}");
        }
        let (plan, counts) = (Arc::new(Mutex::new(plan)), Arc::new(Counts::default()));
        let (kept, counted) = (Arc::clone(&plan), Arc::clone(&counts));
        let writer = device.try_clone()?;
        let (put, take) = channel();
        std::thread::spawn(move || read(device, &kept, &ports, &put, &counted));
        std::thread::spawn(move || write(writer, take));
        Ok(Self { near, far, plan, counts })
    }

    /// The address of the server at the far end of the line.
    #[must_use]
    pub const fn far(&self) -> Ipv4Addr {
        self.far
    }

    /// The near end, on this machine.
    #[must_use]
    pub const fn near(&self) -> Ipv4Addr {
        self.near
    }

    /// Sets another rate, in bits a second.
    pub fn set_rate(&self, rate: u64) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).rate = rate.max(1);
    }

    /// Loses so many packets of a million from now on.
    pub fn set_loss(&self, loss: u32) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).loss = loss;
    }

    /// Bytes of packets that were given to the line upwards so far, lost ones as well.
    #[must_use]
    pub fn went_up(&self) -> u64 {
        self.counts.up.load(Ordering::SeqCst)
    }

    /// Packets lost so far, both ways.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::SeqCst)
    }
}

#[expect(unsafe_code, reason = "TUNSETIFF has no safe door in std")]
fn open_device(name: &str) -> std::io::Result<File> {
    let device = File::options().read(true).write(true).open("/dev/net/tun")?;
    // `struct ifreq`: sixteen bytes of name, then a union of which the first two bytes are the flags.
    let mut request = [0_u8; 40];
    request[..name.len()].copy_from_slice(name.as_bytes());
    request[16..18].copy_from_slice(&FLAGS.to_ne_bytes());
    // SAFETY: the descriptor is open, and the request is as long as the kernel's own and outlives the call.
    let refused = unsafe { libc::ioctl(device.as_raw_fd(), TUNSETIFF as _, request.as_mut_ptr()) };
    if refused < 0 { Err(std::io::Error::last_os_error()) } else { Ok(device) }
}

/// One direction: when its line is free again.
#[derive(Default)]
struct Way {
    free_at: u64,
}

/// Takes packets out, loses some, and gives the others on with the moment of their arrival.
fn read(
    mut device: File,
    plan: &Mutex<LinkPlan>,
    ports: &[u16],
    put: &Sender<(Instant, Vec<u8>)>,
    counts: &Counts,
) {
    let since = Instant::now();
    let mut dice = Dice::new(plan.lock().unwrap_or_else(PoisonError::into_inner).seed);
    let mut ways = [Way::default(), Way::default()];
    let mut buffer = [0; MTU];
    while let Ok(length) = device.read(&mut buffer) {
        let packet = &mut buffer[..length];
        if length < 20 || packet[0] >> 4 != 4 {
            continue; // the system's own questions in IPv6
        }
        let (near, far) = packet[12..20].split_at_mut(4);
        near.swap_with_slice(far);
        let head = usize::from(packet[0] & 15) * 4;
        let to = packet.get(head + 2..head + 4).map_or(0, |two| u16::from_be_bytes([two[0], two[1]]));
        let is_up = ports.contains(&to);
        if is_up {
            counts.up.fetch_add(length as u64, Ordering::SeqCst);
        }
        let plan = *plan.lock().unwrap_or_else(PoisonError::into_inner);
        let now = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        let way = &mut ways[usize::from(is_up)];
        let backlog = way.free_at.saturating_sub(now) * plan.rate / 8_000_000;
        if backlog > plan.queue {
            counts.lost.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        way.free_at = way.free_at.max(now) + length as u64 * 8_000_000 / plan.rate;
        if dice.is_hit(plan.loss) {
            counts.lost.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        let arrives = since + Duration::from_micros(way.free_at) + plan.delay;
        if put.send((arrives, packet.to_vec())).is_err() {
            return;
        }
    }
}

/// Puts packets back in when their moment has come. Both ways share the thread: they are sorted by arrival first.
fn write(mut device: File, take: Receiver<(Instant, Vec<u8>)>) {
    let mut waiting = std::collections::BTreeMap::new();
    let mut number = 0_u64;
    loop {
        let first = waiting.first_key_value().map(|((at, _), _): (&(Instant, u64), &Vec<u8>)| *at);
        let patience =
            first.map_or(Duration::from_secs(1), |at| at.saturating_duration_since(Instant::now()));
        match take.recv_timeout(patience) {
            Ok((at, packet)) => {
                number += 1;
                waiting.insert((at, number), packet);
            }
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
            Err(_) => return,
        }
        while let Some(((at, _), _)) = waiting.first_key_value()
            && *at <= Instant::now()
            && let Some((_, packet)) = waiting.pop_first()
        {
            // A device that is gone ends with its reader.
            let _ = device.write(&packet);
        }
    }
}

impl Drop for TunLine {
    fn drop(&mut self) {
        let name = format!("satchel{}", self.near.octets()[2]);
        let _ = Command::new("ip").args(["link", "delete", &name]).status(); // its reader ends with it
    }
}
