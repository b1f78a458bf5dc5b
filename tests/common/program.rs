//! The program as several tests start it.

use assert_cmd::Command;

/// The program in the repository's folder, with nothing set that changes what it does.
pub fn lettermark() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    for name in ["LETTERMARK_MODEL", "LETTERMARK_CORPUS", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}
