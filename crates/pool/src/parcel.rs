//! Parcels at the pool: what came on a stick goes through the same intake as what comes by the line, and the answer
//! is a signed receipt beside it. Works beside a running server.

mod exporting;
mod importing;
pub(crate) mod line;
mod slips;

pub use exporting::{Export, Material};
pub use slips::SlipTaken;
