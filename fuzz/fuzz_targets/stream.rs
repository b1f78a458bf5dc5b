#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| lettermark_fuzz::stream(data));
