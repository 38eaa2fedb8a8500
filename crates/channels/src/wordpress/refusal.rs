//! From WordPress's error codes to ours.

use serde_json::Value;

use crate::failure::PushError;

/// What stands in an answer.
#[derive(Debug)]
pub(super) enum Said {
    /// JSON, as it should be.
    Json(Value),
    /// Something else: its first line, or where it sends us.
    Line(String),
}

/// An answer other than 2xx, read as far as it could be.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// WordPress's own code, empty when the answer was no JSON error.
    pub(super) code: String,
    /// The first parameter it complains about.
    pub(super) field: String,
    /// The first line, for answers that are no JSON.
    pub(super) line: String,
    /// `Retry-After`, in seconds.
    pub(super) wait_s: Option<u64>,
    pub(super) address: String,
}

impl Refusal {
    /// Reads the body of a refusal.
    pub(super) fn read(status: u16, said: &Said, wait_s: Option<u64>, address: String) -> Self {
        let (code, field, line) = match said {
            Said::Json(json) => {
                let field = json["data"]["params"].as_object().and_then(|params| params.keys().next());
                let code = json["code"].as_str().unwrap_or_default().to_owned();
                (code, field.cloned().unwrap_or_default(), format!("HTTP {status}"))
            }
            Said::Line(line) => (String::new(), String::new(), line.clone()),
        };
        Self { status, code, field, line, wait_s, address }
    }

    /// What it means for the push. A publishing call is only refused where the peer surely did nothing.
    pub(super) fn explain(self, step: &str, is_publishing: bool) -> PushError {
        let lost = |why: String| PushError::lost(step, is_publishing, why);
        match self.code.as_str() {
            "" => self.without_code(step, is_publishing),
            "rest_not_logged_in"
            | "incorrect_password"
            | "invalid_username"
            | "invalid_email"
            | "application_passwords_disabled"
            | "application_passwords_disabled_for_user" => PushError::SignInRefused { code: self.code },
            "rest_no_route" => PushError::WrongAddress { address: self.address, line: self.code },
            "rest_upload_file_too_big" => PushError::TooLarge { name: step.to_owned(), bytes: 0 },
            // The bytes were damaged on the way.
            "rest_upload_hash_mismatch" => lost(self.code),
            "db_insert_error" | "db_update_error" => lost(self.code),
            code if code.starts_with("rest_cannot_") || code.starts_with("rest_forbidden") => {
                PushError::RightMissing { code: self.code }
            }
            code if code.starts_with("rest_upload_") || code.starts_with("rest_invalid_") => {
                self.content(step)
            }
            _ if self.status >= 500 => lost(self.code),
            _ if self.status == 429 => PushError::Busy { step: step.to_owned(), wait_s: self.wait_s },
            _ if self.status == 401 => PushError::SignInRefused { code: self.code },
            _ if self.status == 403 => PushError::RightMissing { code: self.code },
            _ => self.content(step),
        }
    }

    fn content(self, step: &str) -> PushError {
        PushError::ContentRefused { step: step.to_owned(), code: self.code, field: self.field }
    }

    fn without_code(self, step: &str, is_publishing: bool) -> PushError {
        match self.status {
            429 => PushError::Busy { step: step.to_owned(), wait_s: self.wait_s },
            503 if !is_publishing => PushError::Busy { step: step.to_owned(), wait_s: self.wait_s },
            413 => PushError::TooLarge { name: step.to_owned(), bytes: 0 },
            401 => PushError::SignInRefused { code: "401".to_owned() },
            500.. => PushError::lost(step, is_publishing, format!("HTTP {}: {}", self.status, self.line)),
            300..=399 | 403 | 404 => PushError::WrongAddress { address: self.address, line: self.line },
            // Something unreadable answered the publishing call: it may have been done all the same.
            _ if is_publishing => PushError::lost(step, true, self.line),
            _ => PushError::WrongAddress { address: self.address, line: self.line },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Class;
    use serde_json::json;

    fn class(status: u16, code: &str, is_publishing: bool) -> Class {
        let said = if code.is_empty() {
            Said::Line("<html>".to_owned())
        } else {
            Said::Json(json!({ "code": code }))
        };
        Refusal::read(status, &said, None, String::new()).explain("publish", is_publishing).class()
    }

    #[test]
    fn each_refusal_has_its_class() {
        let table = [
            (401, "incorrect_password", Class::Auth),
            (403, "rest_cannot_publish", Class::Auth),
            (401, "rest_forbidden_status", Class::Auth),
            (404, "rest_no_route", Class::Auth),
            (400, "rest_invalid_param", Class::Fix),
            (500, "rest_upload_unknown_error", Class::Fix),
            (400, "rest_upload_file_too_big", Class::Fix),
            (413, "", Class::Fix),
            (429, "", Class::Retry),
            (412, "rest_upload_hash_mismatch", Class::Retry),
            (200, "", Class::Auth),
        ];
        for (status, code, expected) in table {
            assert_eq!(class(status, code, false), expected, "{status} {code}");
        }
    }

    #[test]
    fn a_failing_server_leaves_the_publishing_call_open_and_no_other() {
        for (status, code) in
            [(500, ""), (502, ""), (503, ""), (504, ""), (500, "db_update_error"), (200, "")]
        {
            assert_eq!(class(status, code, true), Class::Lookup, "{status} {code}");
        }
        for (status, code) in [(500, ""), (502, ""), (503, ""), (504, ""), (500, "db_update_error")] {
            assert_eq!(class(status, code, false), Class::Retry, "{status} {code}");
        }
    }
}
