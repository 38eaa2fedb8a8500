//! What the screen sees: plain values, made here and nowhere else. Times are Unix milliseconds.

mod arrival;
mod clip;
mod home;
mod nearby;
mod people;
mod pool;
mod push;
mod review;
mod story;

pub use arrival::*;
pub use clip::*;
pub use home::*;
pub use nearby::*;
pub use people::*;
pub use pool::*;
pub use push::*;
pub use review::*;
pub use story::*;
