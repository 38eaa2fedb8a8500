//! What a person of the centre may be asked to do.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A person's part in the work. One person may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Role {
    /// 记者: gathers, writes, cuts and files.
    Reporter,
    /// 责任编辑: the first review.
    Editor,
    /// 部门主任: the second review; may break a lease.
    Head,
    /// 总编: the final review and the sign-off.
    Chief,
    /// 渠道运营: releases on channels and records receipts.
    Operator,
    /// 管理员: enrols people and devices, sets channels; never approves copy.
    Administrator,
}

/// A moment of a person's or a machine's clock: Unix time in milliseconds, UTC.
pub type Stamp = i64;
