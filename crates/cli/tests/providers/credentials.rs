//! Where pictures come from: signed by a certificate in the configuration, read back by `covershots inspect`, and checked by the
//! reader of those who wrote the specification.

use std::path::Path;
use std::process::Command;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use serde_json::{Value, json};
use standins::{Server, gemini, openai};

use crate::house::{House, KEY};

/// Lays a signer's certificate and key into a folder, as an authority gives them out.
fn issue(folder: &Path) {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "An authority of the test");
    let key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let mut own = CertificateParams::new(vec![]).unwrap();
    own.use_authority_key_identifier_extension = true;
    own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    own.distinguished_name.push(DnType::OrganizationName, "A studio");
    own.distinguished_name.push(DnType::CommonName, "Studio of the test");
    let key = KeyPair::generate().unwrap();
    let certificate = own.signed_by(&key, &issuer).unwrap();
    std::fs::write(folder.join("signer.pem"), certificate.pem() + &root.pem()).unwrap();
    std::fs::write(folder.join("signer-key.pem"), key.serialize_pem()).unwrap();
}

fn inspect(file: &Path) -> (Value, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_covershots"))
        .args(["inspect", "--json"])
        .arg(file)
        .current_dir(file.parent().unwrap())
        .output()
        .unwrap();
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.success())
}

/// What the reader of those who wrote the specification says of files. It is had from PyPI once and kept in the target folder.
fn read_by_others(files: &[&Path]) -> Value {
    const READER: &str = "c2pa-python==0.38.1";
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c2pa");
    let (python, mark) = (place.join("bin/python"), place.join("reader.txt"));
    if std::fs::read_to_string(&mark).ok().as_deref() != Some(READER) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place));
        run(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            READER,
        ]));
        std::fs::write(&mark, READER).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers/read_credentials.py");
    serde_json::from_slice(&run(Command::new(python).arg(script).args(files))).unwrap()
}

/// What a command prints. Without Python 3 and PyPI this test can't be.
fn run(command: &mut Command) -> Vec<u8> {
    let done =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: it needs Python 3 with venv"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_signed_is_read_back_and_a_change_is_seen() {
    let played = gemini::Gemini::new(KEY);
    let (gemini, openai) =
        (Server::start(played.routes()).await, Server::start(openai::OpenAi::new(KEY).routes()).await);
    let folder = tempfile::tempdir().unwrap();
    issue(folder.path());
    let more = "[provenance]\ncertificate = \"signer.pem\"\nkey = \"signer-key.pem\"\n";
    let house = House::open_with(&gemini, &openai, folder, more).await;
    house.consent("keep-photos").await;
    let photo = house.upload().await;
    let out = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (consent, source) in [(None, "composite"), (Some("send-to:gemini"), "trainedAlgorithmicMedia")] {
        if let Some(consent) = consent {
            house.consent(consent).await;
        }
        let wish = json!({ "kind": "headshot", "style": "corporate", "photos": [photo], "count": 1, "long_side": 640 });
        let ended = house.made(wish).await;
        let id = ended["id"].as_str().unwrap();
        // As it was made, and cut anew for a place.
        for (name, query) in [("made", ""), ("fitted", "?platform=linkedin")] {
            let path = out.path().join(format!("{source}-{name}.jpg"));
            std::fs::write(&path, house.file(id, 1, query).await).unwrap();
            files.push((path, source));
        }
    }
    for (path, source) in &files {
        let (told, good) = inspect(path);
        let told = &told["photos"][0];
        assert!(good, "{told}");
        assert_eq!(told["digital_source_type"], *source);
        let signed = &told["credentials"];
        assert_eq!(
            (&signed["finding"], &signed["digital_source_type"]),
            (&json!("sound"), &json!(source)),
            "{told}"
        );
        assert_eq!(signed["signer"], "Studio of the test");
    }
    let paths: Vec<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
    for (told, (_, source)) in read_by_others(&paths).as_array().unwrap().iter().zip(&files) {
        // Nobody vouches for an authority that was made a moment ago; that is all there is to say against it.
        assert_eq!(told["failures"], json!(["signingCredential.untrusted"]), "{told}");
        let good = told["successes"].as_array().unwrap();
        for code in ["claimSignature.validated", "assertion.hashedURI.match", "assertion.dataHash.match"] {
            assert!(good.contains(&json!(code)), "{code}: {told}");
        }
        assert_eq!(
            (&told["signer"], &told["generator"]),
            (&json!("Studio of the test"), &json!("Covershots"))
        );
        assert!(told["assertions"].to_string().contains(&format!("digitalsourcetype/{source}")), "{told}");
    }
    let mut bytes = std::fs::read(&files[1].0).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 1;
    let changed = out.path().join("changed.jpg");
    std::fs::write(&changed, bytes).unwrap();
    let (told, good) = inspect(&changed);
    assert!(!good && told["photos"][0]["credentials"]["finding"] == "changed", "{told}");
}
