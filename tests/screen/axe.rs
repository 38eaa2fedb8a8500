//! Asks axe-core about the page in the window: what a person without a mouse, or without good eyes, cannot use.

use serde_json::{Value, json};

use crate::driver::App;

/// Runs the rules of WCAG 2.2 A and AA and gives back what is serious or critical.
const ASK: &str = "const done = arguments[arguments.length - 1]; \
    axe.run(document, { resultTypes: ['violations'], \
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((found) => done( \
      found.violations.filter((one) => ['serious', 'critical'].includes(one.impact)) \
        .map((one) => ({ rule: one.id, help: one.help, \
          nodes: one.nodes.map((node) => `${node.target.join(' ')}: ${(node.failureSummary ?? '').replace(/\\s+/g, ' ')}`) }))), \
      (fault) => done([{ rule: 'axe itself', help: String(fault), nodes: [] }]));";

/// The serious and critical findings about the page as it is now, one a line; empty when there are none.
pub fn findings(app: &App, place: &str) -> Vec<String> {
    if app.js("return typeof axe") != "object" {
        app.js(&source());
    }
    let found = app.js_later(ASK, &json!([]));
    let found = found.as_array().expect("a list of violations");
    found.iter().flat_map(|one| lines(place, one)).collect()
}

fn lines(place: &str, violation: &Value) -> Vec<String> {
    let words = |name: &str| violation[name].as_str().unwrap_or_default().to_owned();
    let head = format!("{place}: {} ({})", words("rule"), words("help"));
    let nodes = violation["nodes"].as_array().cloned().unwrap_or_default();
    if nodes.is_empty() {
        return vec![head];
    }
    nodes.iter().map(|node| format!("{head} at {}", node.as_str().unwrap_or_default())).collect()
}

/// The checker as npm brought it, at the version that `package.json` names.
fn source() -> String {
    let path = satchel_tests::root().join("ui/node_modules/axe-core/axe.min.js");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; `npm ci` in ui/ fetches it", path.display());
    });
    // A script of WebDriver is the body of a function: what it declares must be put where the next one finds it.
    format!("{text}\nwindow.axe = window.axe ?? axe;")
}
