//! The process is killed in the middle: what was stored is there, and what was not leaves one file that is cleared up.
//!
//! A real process dies: these tests start their own program again as a child that stores pictures until its end.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;

/// Tells the child of a kill test where its folder is.
const CHILD_FOLDER: &str = "COVERSHOTS_TEST_FOLDER";
/// And at which step it dies.
const CHILD_STEP: &str = "COVERSHOTS_TEST_STEP";

/// Does nothing but when a kill test starts this program again with a folder to work in.
#[test]
fn child_of_the_kill_tests() {
    let Some(home) = std::env::var_os(CHILD_FOLDER) else { return };
    let dies_at: Option<usize> = std::env::var(CHILD_STEP).ok().map(|step| step.parse().unwrap());
    let (folder, count) = (open(Path::new(&home)), AtomicU32::new(0));
    let steps = Steps::watched(move |at| {
        // The second piece rather than the first, so that a part of the body is written.
        let again = at != Step::Write || count.fetch_add(1, Ordering::SeqCst) > 0;
        if dies_at.is_some_and(|step| Step::ALL[step] == at) && again {
            std::process::abort();
        }
        Ok(())
    });
    let folder = Folder { steps, ..folder };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for of in 1.. {
            folder.put(new(photo(of)), body(&picture(of))).await.unwrap();
            println!("\nstored {of}");
            if of == 250 {
                return;
            }
        }
    });
}

fn child(home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "folder::tests::kills::child_of_the_kill_tests", "--nocapture"]);
    command.env(CHILD_FOLDER, home).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

#[tokio::test]
async fn a_kill_at_any_step_leaves_the_former_object_or_the_new_one() {
    for (number, step) in Step::ALL.into_iter().enumerate() {
        let home = tempfile::tempdir().unwrap();
        let folder = open(home.path());
        folder.put(new(photo(1)), body(b"the former")).await.unwrap();
        let died = child(home.path()).env(CHILD_STEP, number.to_string()).status().unwrap();
        assert!(!died.success(), "{step:?}");

        let left = get(&folder, photo(1)).await.unwrap();
        let expected = if step == Step::SyncFolder { picture(1) } else { b"the former".to_vec() };
        assert!(left == expected, "{step:?}");
        let page = folder.list(uploads(), None, 10).await.unwrap();
        assert_eq!(page.objects.len(), 1, "{step:?}: half an object is not listed");
        let remains = u64::from(!matches!(step, Step::Create | Step::SyncFolder));
        assert_eq!(incoming(home.path()).len() as u64, remains, "{step:?}");
        assert_eq!(folder.clear_unfinished(NOW).await.unwrap(), 0, "too young to be given up");
        assert_eq!(folder.clear_unfinished(NOW + Duration::from_millis(1)).await.unwrap(), remains);
        assert!(incoming(home.path()).is_empty());
    }
}

#[tokio::test]
async fn whatever_was_stored_before_a_kill_is_there_after_it() {
    for kill_after in [1, 3, 8, 20] {
        let home = tempfile::tempdir().unwrap();
        let mut child = child(home.path()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut stored = lines.filter_map(|line| line.strip_prefix("stored ")?.parse::<u8>().ok());
        let last = stored.nth(kill_after - 1).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let folder = open(home.path());
        for of in 1..=last {
            assert!(get(&folder, photo(of)).await.unwrap() == picture(of), "{of} of {last}");
        }
        for object in folder.list(uploads(), None, 1000).await.unwrap().objects {
            assert!(!object.damaged && get(&folder, object.key).await.is_ok());
        }
        assert!(folder.clear_unfinished(Timestamp::MAX).await.unwrap() <= 1);
        assert!(incoming(home.path()).is_empty());
    }
}
