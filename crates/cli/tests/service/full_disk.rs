//! A disk that is really full: a file system of a few megabytes, where this machine lets a test mount one. Whatever needs room is
//! refused with a reason; what was there stays, and everything goes on when there is room again.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::*;

const MOUNTED: &str = "COVERSHOTS_TEST_SMALL_DISK";
/// The service leaves 256 MiB free for its database: so much more there is.
const SIZE: &str = "266m";

/// Run again by the test below, with a small file system of its own.
#[tokio::test]
async fn on_the_small_disk() {
    let Some(disk) = std::env::var_os(MOUNTED) else { return };
    let disk = Path::new(&disk);
    let house = House::with_data("[log]\nlevel = \"info,app=debug\"\n", disk.join("data"));
    let mut server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;

    // Another program takes all but what the service leaves free.
    let others = disk.join("others");
    std::fs::write(&others, vec![1; 10 << 20]).unwrap();
    let refused = ada.upload(small_photo("biden.jpg", 600)).await.problem(507, "storage-full");
    assert_eq!(refused["turn"], "operator");
    ada.get("/readyz").await.expect(503);
    ada.get(&format!("/api/v1/photos/{photo}/file")).await.expect(200);
    let generation = ada.headshots(&photo, 1).await;
    server.process.says("something failed for the moment").await;
    assert_eq!(
        ada.get(&format!("/api/v1/generations/{generation}")).await.expect(200).json()["state"],
        "running"
    );

    // And then everything, down to the last byte.
    let last = disk.join("last");
    let mut file = std::fs::File::create(&last).unwrap();
    while std::io::Write::write(&mut file, &[1; 4096]).is_ok_and(|count| count > 0) {}
    let answer = ada.put("/api/v1/account/name", json!({ "name": "Ada of the Full Disk" })).await;
    let problem = answer.problem(507, "storage-full");
    assert_eq!(problem["turn"], "operator");
    assert_eq!(ada.get("/api/v1/account").await.expect(200).json()["name"], "Ada Winterbourne");
    ada.upload(small_photo("biden.jpg", 600)).await.problem(507, "storage-full");

    drop(file);
    std::fs::remove_file(&last).unwrap();
    std::fs::remove_file(&others).unwrap();
    ada.get("/readyz").await.expect(200);
    assert_eq!(ada.ended(&generation).await["state"], "succeeded", "it waited for room");
    ada.put("/api/v1/account/name", json!({ "name": "Ada of the Full Disk" })).await.expect(200);
    ada.photo(&small_photo("biden.jpg", 600)).await;
    assert_eq!(ada.balance().await, 19);
    let mut books = Books::open(&house.data()).await;
    books.agree().await;
    books.balance().await;
    assert_eq!(books.unfinished().len(), 0);
    server.process.stops().await;
    println!("survived the full disk");
}

#[test]
fn a_full_disk_refuses_with_a_reason_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let script = format!(
        r#"mount -t tmpfs -o size={SIZE} tmpfs "$1" || exit 77; exec "$2" --exact full_disk::on_the_small_disk --nocapture"#
    );
    let run = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script, "sh"])
        .args([home.path().as_os_str(), std::env::current_exe().unwrap().as_os_str()])
        .env(MOUNTED, home.path())
        .output();
    match run {
        Ok(run) if String::from_utf8_lossy(&run.stdout).contains("survived the full disk") => {}
        Ok(run) if run.status.code() == Some(77) => {
            eprintln!("not run: this machine lets no test mount a disk")
        }
        Ok(run) if String::from_utf8_lossy(&run.stderr).contains("unshare:") => {
            eprintln!("not run: this machine lets no test have a name space");
        }
        Err(error) => eprintln!("not run: {error}"),
        Ok(run) => {
            panic!("{}\n{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
        }
    }
}
