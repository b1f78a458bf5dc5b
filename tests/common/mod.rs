//! What several tests share.

pub mod browser;
