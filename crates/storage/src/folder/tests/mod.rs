//! What only the folder can get wrong: full disks, kills in the middle, links that lead out, rotten bytes.

mod kills;

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::object_key::ObjectClass;
use domain::ports::objects::{Body, MediaType};
use futures_util::{TryStreamExt, stream};

use super::steps::Step;
use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_468_216_789);
fn open(path: &Path) -> Folder {
    Folder::open(&FolderConfig { path: path.into(), reserve_bytes: 0 }).unwrap()
}

fn account(of: u8) -> AccountId {
    AccountId::new(Timestamp::EPOCH, [of; 10])
}

fn photo(of: u8) -> ObjectKey {
    ObjectKey::Upload(account(1), PhotoId::new(Timestamp::EPOCH, [of; 10]))
}

fn uploads() -> ObjectPrefix {
    ObjectPrefix::Account(ObjectClass::Upload, account(1))
}

fn new(key: ObjectKey) -> NewObject {
    NewObject {
        key,
        media_type: MediaType::JPEG,
        max_bytes: u64::MAX,
        expected_bytes: None,
        expected: None,
        created_at: NOW,
        expires_at: None,
    }
}

fn body(bytes: &[u8]) -> Body<'static> {
    let pieces: Vec<_> = bytes.chunks(40_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

/// Two and a half pieces, and none like another.
fn picture(of: u8) -> Vec<u8> {
    (0..160_000u32).map(|at| (at / 251) as u8 ^ at as u8 ^ of).collect()
}

async fn get(folder: &Folder, key: ObjectKey) -> Result<Vec<u8>, ObjectsError> {
    let body = folder.get(key, None, NOW).await?.body;
    body.try_fold(Vec::new(), |mut all, piece| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    })
    .await
}

fn incoming(home: &Path) -> Vec<PathBuf> {
    fs::read_dir(home.join("incoming")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn file_of(home: &Path, key: ObjectKey) -> PathBuf {
    home.join("objects").join(key.to_string())
}

#[tokio::test]
async fn a_disk_full_at_any_step_loses_nothing() {
    for step in Step::ALL {
        let home = tempfile::tempdir().unwrap();
        let folder = open(home.path());
        folder.put(new(photo(1)), body(b"the former")).await.unwrap();
        let full = Folder {
            steps: Steps::watched(move |at| match at == step {
                true => Err(io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error())),
                false => Ok(()),
            }),
            ..folder.clone()
        };
        for key in [photo(1), photo(2)] {
            let error = full.put(new(key), body(&picture(1))).await.unwrap_err();
            assert!(matches!(error, ObjectsError::Full), "{step:?}: {error}");
        }
        assert_eq!(incoming(home.path()), [] as [PathBuf; 0], "{step:?}");
        if step == Step::SyncFolder {
            // The object is in its place already; whoever puts it again after the error changes nothing.
            assert_eq!(get(&folder, photo(1)).await.unwrap(), picture(1));
        } else {
            assert_eq!(get(&folder, photo(1)).await.unwrap(), b"the former", "{step:?}");
            assert!(matches!(get(&folder, photo(2)).await, Err(ObjectsError::NotFound(_))), "{step:?}");
        }
        // Once there is room again, the same puts succeed.
        folder.put(new(photo(2)), body(&picture(2))).await.unwrap();
        assert_eq!(get(&folder, photo(2)).await.unwrap(), picture(2));
    }
}

#[tokio::test]
async fn uploads_stop_while_the_database_still_has_room() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    folder.put(new(photo(1)), body(b"before")).await.unwrap();
    let config = FolderConfig { path: home.path().into(), reserve_bytes: u64::MAX };
    let reserved = Folder::open(&config).unwrap();
    assert!(matches!(reserved.put(new(photo(2)), body(b"x")).await, Err(ObjectsError::Full)));
    assert!(matches!(reserved.health().await, Err(ObjectsError::Full)));
    // Reading and deleting go on.
    assert_eq!(get(&reserved, photo(1)).await.unwrap(), b"before");
    reserved.delete(photo(1)).await.unwrap();
}

#[tokio::test]
async fn an_upload_that_is_alive_is_never_cleared_up_and_one_given_up_removes_itself() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    let other_process = open(home.path());
    let (started, alive) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let (tell, wait) = (started.clone(), alive.clone());
    let slow: Body<'static> = Box::pin(stream::unfold(0, move |at| {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            match at {
                0 => return Some((Ok(Bytes::from(picture(1))), 1)),
                1 => {
                    tell.notify_one();
                    wait.notified().await;
                }
                _ => {}
            }
            None
        }
    }));
    let putting = tokio::spawn(async move { folder.put(new(photo(1)), slow).await });
    started.notified().await;
    assert_eq!(incoming(home.path()).len(), 1);
    assert_eq!(other_process.clear_unfinished(Timestamp::MAX).await.unwrap(), 0);
    alive.notify_one();
    putting.await.unwrap().unwrap();
    assert_eq!(get(&other_process, photo(1)).await.unwrap(), picture(1));
    assert!(incoming(home.path()).is_empty());
}

#[tokio::test]
async fn erasing_an_account_reaches_an_upload_under_way() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    let eraser = folder.clone();
    let neighbour = ObjectKey::Upload(account(2), PhotoId::new(Timestamp::EPOCH, [1; 10]));
    let erasing: Body<'static> = Box::pin(stream::once(async move {
        eraser.delete_prefix(uploads()).await?;
        Ok(Bytes::from_static(b"too late"))
    }));
    let error = folder.put(new(photo(1)), erasing).await.unwrap_err();
    assert!(matches!(error, ObjectsError::Interrupted), "{error}");
    assert!(matches!(get(&folder, photo(1)).await, Err(ObjectsError::NotFound(_))));

    let eraser = folder.clone();
    let erasing: Body<'static> = Box::pin(stream::once(async move {
        eraser.delete_prefix(uploads()).await?;
        Ok(Bytes::from_static(b"untouched"))
    }));
    folder.put(new(neighbour), erasing).await.unwrap();
    assert_eq!(get(&folder, neighbour).await.unwrap(), b"untouched");
    assert!(incoming(home.path()).is_empty());
}

#[tokio::test]
async fn rotten_bytes_are_never_passed_for_good_ones() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    let file = file_of(home.path(), photo(1));
    for at in [0, 70_000, 159_999] {
        folder.put(new(photo(1)), body(&picture(1))).await.unwrap();
        let mut bytes = fs::read(&file).unwrap();
        bytes[at] ^= 0x10;
        fs::write(&file, &bytes).unwrap();
        let reading = folder.get(photo(1), None, NOW).await.unwrap();
        let pieces: Vec<_> = futures_util::StreamExt::collect::<Vec<_>>(reading.body).await;
        let (last, before) = pieces.split_last().unwrap();
        assert!(matches!(last, Err(ObjectsError::Damaged(key)) if *key == photo(1)), "{at}");
        let given: usize = before.iter().map(|piece| piece.as_ref().unwrap().len()).sum();
        assert!(given < 160_000, "the body stays shorter than announced");
    }
    // A small object is checked before its first byte is given out.
    folder.put(new(photo(2)), body(b"small")).await.unwrap();
    let small = file_of(home.path(), photo(2));
    let mut bytes = fs::read(&small).unwrap();
    bytes[0] = b'S';
    fs::write(&small, bytes).unwrap();
    assert!(matches!(get(&folder, photo(2)).await, Err(ObjectsError::Damaged(_))));
}

#[tokio::test]
async fn a_file_cut_short_is_damaged_listed_and_replaceable() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    let file = file_of(home.path(), photo(1));
    for length in [0, 10, 160_000, 160_100] {
        folder.put(new(photo(1)), body(&picture(1))).await.unwrap();
        fs::File::options().write(true).open(&file).unwrap().set_len(length).unwrap();
        assert!(matches!(folder.head(photo(1), NOW).await, Err(ObjectsError::Damaged(_))), "{length}");
        assert!(matches!(get(&folder, photo(1)).await, Err(ObjectsError::Damaged(_))));
        let listed = folder.list(uploads(), None, 10).await.unwrap().objects;
        assert!(listed[0].damaged && listed[0].bytes == length && listed[0].expires_at.is_none());
    }
    folder.put(new(photo(1)), body(&picture(1))).await.unwrap();
    assert_eq!(get(&folder, photo(1)).await.unwrap(), picture(1));
}

#[tokio::test]
async fn no_link_leads_out_of_the_folder() {
    let (home, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = open(home.path());
    let stranger = outside.path().join("stranger");
    let record_like = {
        folder.put(new(photo(1)), body(b"mine")).await.unwrap();
        fs::read(file_of(home.path(), photo(1))).unwrap()
    };
    fs::write(&stranger, &record_like).unwrap();
    fs::remove_file(file_of(home.path(), photo(1))).unwrap();

    // A link in the file's place: not read, replaced by a put, deleted without what it points to.
    symlink(&stranger, file_of(home.path(), photo(1))).unwrap();
    assert!(matches!(get(&folder, photo(1)).await, Err(ObjectsError::Unavailable { .. })));
    folder.put(new(photo(1)), body(b"mine again")).await.unwrap();
    assert_eq!(get(&folder, photo(1)).await.unwrap(), b"mine again");
    fs::remove_file(file_of(home.path(), photo(1))).unwrap();
    symlink(&stranger, file_of(home.path(), photo(1))).unwrap();
    folder.delete(photo(1)).await.unwrap();
    assert_eq!(fs::read(&stranger).unwrap(), record_like);

    // A link in the account's place: nothing is read, written, listed or deleted through it.
    let account_folder = home.path().join("objects").join(uploads().to_string());
    let account_folder = PathBuf::from(account_folder.to_str().unwrap().trim_end_matches('/'));
    let _ = fs::remove_dir(&account_folder);
    let file_name = photo(1).to_string().rsplit('/').next().unwrap().to_owned();
    fs::rename(&stranger, outside.path().join(&file_name)).unwrap();
    symlink(outside.path(), &account_folder).unwrap();
    assert!(matches!(get(&folder, photo(1)).await, Err(ObjectsError::Unavailable { .. })));
    assert!(matches!(folder.put(new(photo(2)), body(b"x")).await, Err(ObjectsError::Unavailable { .. })));
    assert!(folder.list(uploads(), None, 10).await.is_err());
    assert!(
        folder.list(ObjectPrefix::Class(ObjectClass::Upload), None, 10).await.unwrap().objects.is_empty()
    );
    assert!(folder.delete(photo(1)).await.is_err());
    folder.delete_prefix(uploads()).await.unwrap();
    assert!(!account_folder.is_symlink(), "the link is gone");
    assert_eq!(fs::read(outside.path().join(&file_name)).unwrap(), record_like);
    assert!(incoming(home.path()).is_empty());
}

#[tokio::test]
async fn erasing_removes_what_is_not_ours_as_well() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    folder.put(new(photo(1)), body(b"mine")).await.unwrap();
    let account_folder = file_of(home.path(), photo(1)).parent().unwrap().to_owned();
    fs::write(account_folder.join(".DS_Store"), b"x").unwrap();
    fs::write(account_folder.join(OsStr::from_bytes(b"\xff\xfe")), b"x").unwrap();
    fs::create_dir_all(account_folder.join("a/b/c")).unwrap();
    fs::write(account_folder.join("a/b/c/copy of a photo.jpg"), b"x").unwrap();
    assert_eq!(folder.list(uploads(), None, 10).await.unwrap().objects.len(), 1);
    assert_eq!(folder.delete_prefix(uploads()).await.unwrap(), 4);
    assert!(!account_folder.exists());
}

#[tokio::test]
async fn files_and_folders_are_the_owners_alone() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("objects")).unwrap();
    fs::set_permissions(home.path().join("objects"), fs::Permissions::from_mode(0o755)).unwrap();
    let folder = open(home.path());
    folder.put(new(photo(1)), body(b"mine")).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = file_of(home.path(), photo(1));
    assert_eq!(mode(&file), 0o600);
    for above in file.ancestors().skip(1).take(3).chain([&*home.path().join("incoming")]) {
        assert_eq!(mode(above), 0o700, "{}", above.display());
    }
}

#[tokio::test]
async fn folders_left_empty_go_away() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    let key = ObjectKey::Result(account(1), GenerationId::new(Timestamp::EPOCH, [1; 10]), 0);
    folder.put(new(key), body(b"a result")).await.unwrap();
    folder.delete(key).await.unwrap();
    let left: Vec<_> = fs::read_dir(home.path().join("objects/results")).unwrap().collect();
    assert!(left.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn puts_succeed_while_others_empty_the_same_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    let generation = GenerationId::new(Timestamp::EPOCH, [1; 10]);
    let tasks = (0..8u8).map(|n| {
        let folder = folder.clone();
        tokio::spawn(async move {
            let key = ObjectKey::Result(account(1), generation, n);
            for _ in 0..100 {
                folder.put(new(key), body(b"again and again")).await.unwrap();
                assert_eq!(get(&folder, key).await.unwrap(), b"again and again");
                folder.delete(key).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert!(
        folder.list(ObjectPrefix::Class(ObjectClass::Result), None, 10).await.unwrap().objects.is_empty()
    );
}

#[tokio::test]
async fn what_is_being_read_is_read_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(home.path());
    folder.put(new(photo(1)), body(&picture(1))).await.unwrap();
    let mut reading = folder.get(photo(1), None, NOW).await.unwrap();
    let first = reading.body.try_next().await.unwrap().unwrap();
    folder.put(new(photo(1)), body(&picture(2))).await.unwrap();
    folder.delete(photo(1)).await.unwrap();
    let rest = reading.body.try_fold(first.to_vec(), |mut all, piece| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    assert!(rest.await.unwrap() == picture(1));
}
