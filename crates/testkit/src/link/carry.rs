//! One connection of the line: each way a reader that waits for its window, and a writer that waits for the arrival.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Shared;
use super::wire::{Flow, PACKET, Wire};

/// Bytes that the system may hold for one connection before the line.
pub(super) const BUFFER: usize = 64 << 10;
/// How often a waiting thread looks whether the line was cut.
const LOOK: Duration = Duration::from_millis(20);

/// A packet that arrives at a moment; an empty one ends the way.
type Packet = (u64, Vec<u8>);

/// Carries a connection on threads of its own. The other end is asked after one round trip.
pub(super) fn carry(near: TcpStream, line: &Arc<Shared>) {
    let (line, number) = (Arc::clone(line), line.number.load(Ordering::SeqCst));
    std::thread::spawn(move || {
        let greeted = line.now() + 2 * u64::try_from(line.delay.as_micros()).unwrap_or(0);
        if line.rest_until(greeted, number)
            && let Ok(far) = TcpStream::connect(line.upstream)
        {
            // A connection that breaks is what this is for.
            let _ = both_ways(&near, &far, &line, number);
        }
        let _ = near.shutdown(Shutdown::Both);
    });
}

fn both_ways(near: &TcpStream, far: &TcpStream, line: &Arc<Shared>, number: u64) -> std::io::Result<()> {
    for end in [near, far] {
        end.set_nodelay(true)?;
        end.set_read_timeout(Some(LOOK))?;
        socket2::SockRef::from(end).set_recv_buffer_size(BUFFER)?;
    }
    std::thread::scope(|threads| {
        for (from, to, wire, count, is_up) in
            [(near, far, &line.up, &line.went_up, true), (far, near, &line.down, &line.came_down, false)]
        {
            let (put, take) = channel();
            threads.spawn(move || read(from, wire, &put, line, number));
            threads.spawn(move || {
                if write(to, &take, count, is_up, line, number).is_none() {
                    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
                }
            });
        }
    });
    Ok(())
}

/// Reads what the window allows and puts it on the wire, until the end or a break.
fn read(mut from: &TcpStream, wire: &Mutex<Wire>, put: &Sender<Packet>, line: &Shared, number: u64) {
    let mut flow = Flow::default();
    let mut packet = [0; PACKET];
    loop {
        let may = flow.may_send_at(line.now());
        if !line.rest_until(may, number) {
            return;
        }
        let length = match from.read(&mut packet) {
            Ok(length) => length,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(_) => return,
        };
        let mut wire = wire.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = wire.send(&mut flow, length, line.now());
        drop(wire);
        if put.send((sent.arrives, packet[..length].to_vec())).is_err() || length == 0 {
            return;
        }
    }
}

/// Hands over what arrived. None when the connection broke, by order or by itself.
fn write(
    mut to: &TcpStream,
    take: &Receiver<Packet>,
    count: &AtomicU64,
    is_up: bool,
    line: &Shared,
    number: u64,
) -> Option<()> {
    loop {
        let (arrives, packet) = match take.recv_timeout(LOOK) {
            Ok(packet) => packet,
            Err(RecvTimeoutError::Timeout) if line.is_whole(number) => continue,
            Err(_) => return None,
        };
        if !line.rest_until(arrives, number) {
            return None;
        }
        if packet.is_empty() {
            return to.shutdown(Shutdown::Write).ok();
        }
        to.write_all(&packet).ok()?;
        count.fetch_add(packet.len() as u64, Ordering::SeqCst);
        if is_up {
            line.wear(packet.len());
        }
    }
}

impl Shared {
    /// Microseconds since the line was laid.
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn is_whole(&self, number: u64) -> bool {
        self.number.load(Ordering::SeqCst) == number
    }

    /// Waits for a moment, and for the end of a stall. False when the connection was cut meanwhile.
    fn rest_until(&self, moment: u64, number: u64) -> bool {
        while self.is_whole(number) {
            let left = Duration::from_micros(moment.saturating_sub(self.now()));
            if left.is_zero() && !self.is_stalled.load(Ordering::SeqCst) {
                return true;
            }
            std::thread::sleep(if left.is_zero() { LOOK } else { left.min(LOOK) });
        }
        false
    }

    /// Counts down to an ordered cut.
    fn wear(&self, bytes: usize) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        if self.cut_in.load(Ordering::SeqCst) != i64::MAX
            && self.cut_in.fetch_sub(bytes, Ordering::SeqCst) < bytes
        {
            self.cut_in.store(i64::MAX, Ordering::SeqCst);
            self.number.fetch_add(1, Ordering::SeqCst);
        }
    }
}
