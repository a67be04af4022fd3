//! A hundred people signing in at once take the memory of a few. The only test of its program, because it looks at what
//! the process holds.

#![cfg(target_os = "linux")]

use domain::ports::identity::{PasswordCheck, Passwords};
use domain::secret::Secret;
use identity::{Argon2id, Argon2idConfig};

/// A line of the kernel's report on this process, in bytes.
fn held(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.expect("the kernel's format") * 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_sign_ins_at_once_take_the_memory_of_two() {
    const MIB: u64 = 1024 * 1024;
    let config = Argon2idConfig { at_once: 2, ..Argon2idConfig::default() };
    let argon2id = Argon2id::new(&config).unwrap();
    let wrong = Secret::new("wrong wrong wrong");
    let before = held("VmHWM:");
    let answers = futures_util::future::join_all((0..100).map(|_| argon2id.verify(&wrong, None))).await;
    assert!(answers.iter().all(|answer| *answer == Ok(PasswordCheck::Wrong)));
    let (peak, after) = (held("VmHWM:") - before, held("VmRSS:").saturating_sub(before));
    eprintln!("{} KiB more at the peak, {} KiB after", peak / 1024, after / 1024);
    assert!(peak < 2 * 19 * MIB + 10 * MIB, "{peak} bytes");
    assert!(after < 10 * MIB, "{after} bytes stay behind");
}
