//! Garage: an S3 server that is not ours and truly lets objects expire. `cargo xtask s3-real` builds it and runs this.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::objects::{MediaType, NewObject, ObjectPrefix, Objects};
use domain::retention::Retention;
use domain::secret::Secret;
use domain::time::Timestamp;
use futures_util::stream;
use storage::{Bucket, BucketConfig, Patience};
use tempfile::TempDir;

/// Where the program is.
const PROGRAM: &str = "COVERSHOTS_TEST_GARAGE";
const BUCKET: &str = "pictures";
const REGION: &str = "garage";
const KEY_ID: &str = "GK0123456789abcdef01234567";
const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// How long it may take to come up, and to let go of what is over.
const WITHIN: Duration = Duration::from_secs(120);

/// One node with one bucket.
struct Garage {
    folder: TempDir,
    endpoint: String,
    running: Option<Child>,
}

impl Garage {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (rpc, api) = (free(), free());
        let path = folder.path().display();
        let configuration = format!(
            "metadata_dir = \"{path}/meta\"\ndata_dir = \"{path}/data\"\ndb_engine = \"sqlite\"\n\
             replication_factor = 1\nrpc_bind_addr = \"{rpc}\"\nrpc_public_addr = \"{rpc}\"\nrpc_secret = \"{SECRET}\"\n\
             [s3_api]\ns3_region = \"{REGION}\"\napi_bind_addr = \"{api}\"\nroot_domain = \".s3.example.org\"\n"
        );
        std::fs::write(folder.path().join("garage.toml"), configuration).unwrap();
        let mut garage = Garage { folder, endpoint: format!("http://{api}"), running: None };
        garage.run().await;
        // To change the bucket's rules takes its owner.
        let owner = ["bucket", "allow", "--read", "--write", "--owner", BUCKET, "--key", KEY_ID];
        assert!(garage.command(&owner).status().unwrap().success());
        garage
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os(PROGRAM).expect(PROGRAM));
        command.arg("-c").arg(self.folder.path().join("garage.toml")).args(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    async fn run(&mut self) {
        let mut command = self.command(&["server", "--single-node", "--default-bucket"]);
        command.env("GARAGE_DEFAULT_ACCESS_KEY", KEY_ID).env("GARAGE_DEFAULT_SECRET_KEY", SECRET);
        self.running = Some(command.env("GARAGE_DEFAULT_BUCKET", BUCKET).spawn().unwrap());
        let bucket = self.bucket();
        until("it is up", async || bucket.health().await.is_ok()).await;
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill().unwrap();
            running.wait().unwrap();
        }
    }

    /// Has it look through all rules anew: it does so once a day, and notes that it did.
    async fn lives_another_day(&mut self) {
        self.stop();
        std::fs::remove_file(self.folder.path().join("meta/lifecycle_worker_state")).unwrap();
        self.run().await;
    }

    fn bucket(&self) -> Bucket {
        Bucket::new(&BucketConfig {
            endpoint: self.endpoint.clone(),
            bucket: BUCKET.into(),
            region: REGION.into(),
            access_key_id: KEY_ID.into(),
            secret_access_key: Secret::new(SECRET),
            patience: Patience { pause: Duration::from_millis(5), ..Patience::default() },
        })
        .unwrap()
    }

    /// Writes a rule with a date instead of days, so that nobody has to wait for a month.
    async fn expires_since_long(&self, prefix: &str) {
        let xml = format!(
            "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>over</ID><Status>Enabled</Status>\
             <Filter><Prefix>{prefix}</Prefix></Filter><Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>"
        );
        let bucket =
            rusty_s3::Bucket::new(self.endpoint.parse().unwrap(), rusty_s3::UrlStyle::Path, BUCKET, REGION);
        let bucket = bucket.unwrap();
        let url = rusty_s3::signing::sign(
            &jiff::Timestamp::now(),
            rusty_s3::Method::Put,
            bucket.base_url().clone(),
            KEY_ID,
            SECRET,
            None,
            REGION,
            300,
            std::iter::once(("lifecycle", "")),
            std::iter::empty(),
        );
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.put(url).body(xml).send().await.unwrap().error_for_status().unwrap();
    }
}

impl Drop for Garage {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async {
        let mut again = tokio::time::interval(Duration::from_millis(200));
        while !is_so().await {
            again.tick().await;
        }
    };
    assert!(tokio::time::timeout(WITHIN, asking).await.is_ok(), "in vain: {what}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes a server: run cargo xtask s3-real"]
async fn a_real_server_keeps_the_promises_of_the_port_and_lets_go_of_what_is_over() {
    let mut garage = Garage::start().await;
    let bucket = garage.bucket();
    conformance::objects::story(&bucket).await;
    bucket.apply(&Retention::default()).await.unwrap();
    assert!(bucket.lifecycle().await.unwrap().findings(&Retention::default()).is_empty());

    let (at, draw) = (Timestamp::from_millis(1_795_468_216_789), [9; 10]);
    let account = AccountId::new(at, draw);
    let photo = ObjectKey::Upload(account, PhotoId::new(at, draw));
    let preview = ObjectKey::Preview(account, GenerationId::new(at, draw), 1);
    for key in [photo, preview] {
        let new = NewObject {
            key,
            media_type: MediaType::JPEG,
            max_bytes: 100,
            expected_bytes: None,
            expected: None,
            created_at: at,
            expires_at: None,
        };
        bucket.put(new, Box::pin(stream::iter([Ok(Bytes::from_static(b"a face"))]))).await.unwrap();
    }
    garage.expires_since_long(ObjectClass::Upload.prefix()).await;
    garage.lives_another_day().await;
    let listed = async |class| {
        let page = bucket.list(ObjectPrefix::Account(class, account), None, 10).await.unwrap();
        page.objects.iter().map(|object| object.key).collect::<Vec<_>>()
    };
    until("the photo is gone", async || listed(ObjectClass::Upload).await.is_empty()).await;
    assert_eq!(listed(ObjectClass::Preview).await, [preview], "previews stay");
}
