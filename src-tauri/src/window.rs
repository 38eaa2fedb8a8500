//! The one window: how it opens, what it may show, how it closes.

use std::time::Duration;

use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{App, Manager, Url, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::platform;

/// The window is shown after this time even if its page never says that it is there.
const LATEST_SHOW: Duration = Duration::from_secs(4);

/// What the page gets between being hidden and the end, to hand in its last words.
const LAST_WORDS: Duration = Duration::from_millis(400);

/// Opens the window, hidden until its page is there.
pub fn open(app: &App) -> tauri::Result<()> {
    let config = app.config().app.windows.first().ok_or(tauri::Error::WindowNotFound)?;
    let window = WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_document_title_changed(|window, title| drop(window.set_title(&title)))
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                show(&window);
            }
        })
        .build()?;
    platform::show_preedit(&window);
    show_late(window.clone());
    close_in_order(&window);
    Ok(())
}

/// Whether the page may go there: only to itself.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        "about" => url.path() == "blank",
        _ => false,
    }
}

fn show(window: &WebviewWindow) {
    if !window.is_visible().unwrap_or(false) {
        let shown = window.show().and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window was not shown");
        }
    }
}

fn show_late(window: WebviewWindow) {
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(LATEST_SHOW).await;
        show(&window);
    });
}

/// Hides the window first, which the page hears and answers with its last words, and ends the program then.
fn close_in_order(window: &WebviewWindow) {
    let closing = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            let _ = closing.hide();
            let app = closing.app_handle().clone();
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(LAST_WORDS).await;
                app.exit(0);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_goes_nowhere_but_to_itself() {
        let may = |url: &str| is_ours(&Url::parse(url).unwrap());

        assert!(may("tauri://localhost/write"));
        assert!(may("http://tauri.localhost/"));
        assert!(!may("https://example.org/"));
        assert!(!may("http://127.0.0.1:4000/secret/play/1"));
        assert!(!may("file:///etc/passwd"));
    }
}
