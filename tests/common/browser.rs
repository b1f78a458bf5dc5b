//! Runs a script of `tests/browser` on pages that a test made.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Drives pages with `tests/browser/SCRIPT`; says so and returns where Node, Chromium or the packages are absent.
pub fn drive<A: AsRef<OsStr>>(script: &str, arguments: &[A]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    if let Some(absent) = absent(&folder) {
        println!("skipped: needs {absent}");
        return;
    }
    let run = Command::new("node").arg(folder.join(script)).args(arguments).output().unwrap();
    assert!(
        run.status.success(),
        "{script}:\n{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}

fn absent(folder: &Path) -> Option<&'static str> {
    let browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    if Command::new("node").arg("--version").output().is_err() {
        Some("node")
    } else if !named.iter().chain(&browsers).any(|path| path.exists()) {
        Some("chromium")
    } else if !folder.join("node_modules/playwright-core").exists() {
        Some("npm ci --prefix tests/browser")
    } else {
        None
    }
}
