//! Identifiers that are the same whenever the same thing is written.

use std::sync::LazyLock;

use uuid::Uuid;

static LETTERMARK: LazyLock<Uuid> =
    LazyLock::new(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, b"lettermark REFI-QDA project"));

/// The identifier of the thing that these parts name, a UUID of version 5 (RFC 9562).
pub(super) fn of(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&LETTERMARK, parts.join("\u{0}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_told_apart() {
        assert_eq!(of(&["code", "education"]), of(&["code", "education"]));
        assert_ne!(of(&["code", "education"]), of(&["codeeducation"]));
        assert_eq!(of(&["a"]).get_version_num(), 5);
    }
}
