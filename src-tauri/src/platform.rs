//! What differs between the systems.

use tauri::{AppHandle, Manager};

/// Sets what the engine reads once at its start. Called before any thread or window exists.
pub fn before_the_window(safe_graphics: bool) {
    #[cfg(target_os = "linux")]
    {
        // Blank windows: the DMA-BUF renderer of WebKitGTK with NVIDIA's own driver.
        if safe_graphics || std::path::Path::new("/proc/driver/nvidia/version").exists() {
            set_if_unset("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
        }
        if safe_graphics {
            set_if_unset("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = safe_graphics;
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the engine takes this switch from the environment only; no other thread runs yet"
)]
fn set_if_unset(name: &str, value: &str) {
    if std::env::var_os(name).is_none() {
        // SAFETY: called from `run` before any thread was started.
        unsafe { std::env::set_var(name, value) };
    }
}

/// Ends the program in good order when the system asks it to stop: as if the window were closed.
pub fn stop_on_signals(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        wait_for_signal().await;
        let closing = app.webview_windows().values().next().map(tauri::WebviewWindow::close);
        if !matches!(closing, Some(Ok(()))) {
            app.exit(0);
        }
    });
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut end) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = end.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Lets Chinese input show its letters at the caret: the webview library switches this off for every program.
#[cfg(target_os = "linux")]
pub fn show_preedit(window: &tauri::WebviewWindow) {
    use webkit2gtk::{InputMethodContextExt, WebViewExt};
    let asked = window.with_webview(|webview| match webview.inner().input_method_context() {
        Some(context) => {
            context.set_enable_preedit(true);
            tracing::info!("input methods show their letters at the caret");
        }
        None => tracing::warn!("no input method context"),
    });
    if let Err(error) = asked {
        tracing::warn!(%error, "input methods keep their own box");
    }
}

/// Nothing to do: only WebKitGTK is switched off.
#[cfg(not(target_os = "linux"))]
pub fn show_preedit(_: &tauri::WebviewWindow) {}
