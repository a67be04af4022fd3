//! A certificate that is fetched by itself: by ACME, from Pebble, the authority that Let's Encrypt made for tests. It looks at the door
//! as a real one does (TLS-ALPN-01), so nothing of the way is left out.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use reqwest::{Certificate, Method};
use serde_json::json;

use crate::support::*;

/// The program, taken out of Debian's package below the target folder when it is not there yet. `None` where there is no Debian.
fn pebble() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pebble");
    let program = home.join("usr/bin/pebble");
    if program.exists() {
        return Some(program);
    }
    Command::new("apt-get").arg("--version").output().ok()?;
    std::fs::create_dir_all(&home).unwrap();
    let apt = |arguments: &[&str]| {
        let run = Command::new("apt-get").args(arguments).current_dir(&home).stdout(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    };
    let download = ["download", "--quiet", "pebble"];
    // Where the lists are missing they are fetched first.
    let downloaded = apt(&download) || (apt(&["update", "--quiet"]) && apt(&download));
    if !downloaded {
        return None;
    }
    let package = std::fs::read_dir(&home).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|ending| ending == "deb").then_some(path)
    });
    let unpacked = Command::new("dpkg").arg("-x").args([&package.unwrap(), &home]).status().unwrap();
    unpacked.success().then_some(program)
}

/// A port that nobody has at this moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A running authority.
struct Authority {
    process: Child,
    directory: String,
    /// Where it tells its own root, which is a new one each time.
    roots: String,
    certificate: String,
}

impl Authority {
    /// Starts it; it looks at doors on this port.
    async fn new(program: &Path, home: &House, door: u16) -> Authority {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(home.path("authority.pem"), made.cert.pem()).unwrap();
        std::fs::write(home.path("authority-key.pem"), made.signing_key.serialize_pem()).unwrap();
        let (port, management) = (free_port(), free_port());
        let configuration = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": home.path("authority.pem"), "privateKey": home.path("authority-key.pem"),
            "httpPort": 1, "tlsPort": door,
        } });
        std::fs::write(home.path("authority.json"), configuration.to_string()).unwrap();
        let process = Command::new(program)
            .arg("-config")
            .arg(home.path("authority.json"))
            .env("PEBBLE_VA_NOSLEEP", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let authority = Authority {
            process,
            directory: format!("https://localhost:{port}/dir"),
            roots: format!("https://localhost:{management}/roots/0"),
            certificate: made.cert.pem(),
        };
        let client = authority.client();
        until("the authority is there", async || client.get(&authority.directory).send().await.is_ok()).await;
        authority
    }

    fn client(&self) -> reqwest::Client {
        let known = Certificate::from_pem(self.certificate.as_bytes()).unwrap();
        client().tls_certs_only([known]).build().unwrap()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_fetched_proved_and_kept() {
    let Some(program) = pebble() else {
        eprintln!("not run: there is no Debian here to take the package pebble from");
        return;
    };
    let door = free_port();
    let house = House::new("");
    let authority = Authority::new(&program, &house, door).await;
    let configuration = format!(
        "[serve]\npublic_url = \"https://localhost:{door}\"\n[tls]\nacme_domains = [\"localhost\"]\n\
         acme_contact = \"ops@example.org\"\nacme_directory = \"{}\"\nacme_root = \"authority.pem\"\n",
        authority.directory
    );
    std::fs::write(house.path("covershots.toml"), configuration).unwrap();
    let listen = ["--listen", &format!("127.0.0.1:{door}")];
    let mut server = house.serve_with(&listen).await;
    server.process.says("DeployedNewCert").await;

    let root = authority.client().get(&authority.roots).send().await.unwrap().text().await.unwrap();
    let trusting =
        || client().tls_certs_only([Certificate::from_pem(root.as_bytes()).unwrap()]).build().unwrap();
    let nobody = Person::by(trusting(), &format!("https://localhost:{door}"));
    nobody.get("/healthz").await.expect(200);
    assert_eq!(
        nobody.request(Method::GET, "/healthz").send().await.unwrap().version(),
        reqwest::Version::HTTP_2
    );
    server.process.stops().await;
    assert!(!server.process.log().contains("ops@example.org"));

    // The next start needs no authority: the certificate was kept, readable by nobody else.
    drop(authority);
    let server = house.serve_with(&listen).await;
    server.process.says("DeployedCachedCert").await;
    nobody.get("/healthz").await.expect(200);
    let kept = std::fs::metadata(house.data().join("certificates")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&kept.permissions()) & 0o777, 0o700);
}
