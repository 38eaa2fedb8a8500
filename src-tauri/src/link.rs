//! Links that leave the window go to the system's browser, and only addresses of the web do.

use tauri::Url;

use crate::ShellError;

/// Opens an address of the web in the system's browser.
///
/// # Errors
/// The address is none of the web, or the system has no browser.
pub fn open(url: &str) -> Result<(), ShellError> {
    tauri_plugin_opener::open_url(checked(url)?.as_str(), None::<&str>).map_err(ShellError::LinkFailed)
}

/// The address, if it is one of the web: `http` or `https` with a host and without credentials.
fn checked(url: &str) -> Result<Url, ShellError> {
    let refused = || ShellError::LinkRefused { url: url.to_owned() };
    let parsed = Url::parse(url).map_err(|_| refused())?;
    let is_web =
        matches!(parsed.scheme(), "http" | "https") && parsed.host_str().is_some_and(|host| !host.is_empty());
    let is_plain = parsed.username().is_empty() && parsed.password().is_none();
    if is_web && is_plain { Ok(parsed) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_leave_the_window() {
        assert!(checked("https://www.example.org/稿件?id=1").is_ok());
        assert!(checked("http://127.0.0.1:8080/?p=3").is_ok());

        for bad in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "/etc/passwd",
            "ssh://host/",
            "https://",
            "https://a:b@c/",
        ] {
            assert!(checked(bad).is_err(), "{bad} must stay inside");
        }
    }
}
