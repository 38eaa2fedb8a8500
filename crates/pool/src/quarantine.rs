//! What stands apart, for administrators to look at. Nothing of it is ever taken in: a record that nobody believes
//! cannot be put into a chain that has gone on without it. What is in it may be written anew by somebody (decision 0024).

use satchel_terms::Hash;
use satchel_wire::apart::ApartLine;
use satchel_wire::{Record, key_from_hex};

use crate::Pool;
use crate::failure::{Outcome, PoolError};
use crate::keep::ApartRow;

/// Most lines of a list.
pub const MOST: usize = 500;
/// Most bytes of records that are read for a list: one is read after the other, to see whose signature it bears.
const MOST_BYTES: u64 = 8 << 20;

impl Pool {
    /// What stands apart, the newest first, at most [`MOST`] records. Of those beyond the first 8 MiB, or larger, no more
    /// is told than name, size and reason.
    ///
    /// # Errors
    /// What the store says.
    pub async fn apart(&self) -> Outcome<Vec<ApartLine>> {
        let (mut lines, mut read) = (Vec::new(), 0);
        for row in self.keep().apart(MOST).await? {
            let is_read = read + row.length <= MOST_BYTES;
            let bytes = if is_read { self.keep().apart_bytes(row.id).await? } else { None };
            read += if is_read { row.length } else { 0 };
            lines.push(self.apart_line(row, bytes).await?);
        }
        Ok(lines)
    }

    /// The bytes of one record that stands apart.
    ///
    /// # Errors
    /// [`PoolError::NotFound`] when none has this name.
    pub async fn apart_bytes(&self, id: Hash) -> Outcome<Vec<u8>> {
        self.keep().apart_bytes(id).await?.ok_or(PoolError::NotFound { what: "record" })
    }

    async fn apart_line(&self, row: ApartRow, bytes: Option<Vec<u8>>) -> Outcome<ApartLine> {
        let mut line = ApartLine {
            id: row.id,
            code: row.code,
            at: row.at,
            bytes: row.length,
            device: None,
            name: None,
            kind: None,
            subject: None,
            is_signed: false,
        };
        let Some(Ok(record)) = bytes.map(Record::parse) else { return Ok(line) };
        let header = record.header();
        line.device = Some(header.device);
        line.kind = Some(header.kind.0);
        line.subject = Some(hex::encode(header.subject));
        if let Some(device) = self.keep().device(header.device).await? {
            line.name = self.keep().person(device.person).await?.map(|person| person.name);
            line.is_signed = key_from_hex(&device.public_key).is_ok_and(|key| record.verify(&key).is_ok());
        }
        Ok(line)
    }
}
