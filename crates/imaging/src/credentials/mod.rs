//! Content credentials: a signed statement of where a picture comes from, which any program that knows
//! [C2PA](https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html) can check. It lies in the file beside
//! the mark of [`provenance`](crate::provenance), which says the same unsigned.
//!
//! Of the specification this is what one statement about a new picture takes: one manifest with a claim of version 2, the action by which
//! it was made, a hash over the file, and a signature by ES256 or ES384 with the certificates beside it. `cbor` and `boxes` are the
//! languages it is written in, `file` where it lies, `certificate` whose it is. Reading tells whether a statement fits its file and its
//! signature, of others' programs too; who vouches for the signer is for the reader to judge.

mod boxes;
mod cbor;
mod certificate;
mod file;

use std::fmt;
use std::ops::Range;

use ring::digest::{Context, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};

use crate::provenance::Source;
use boxes::Labelled;
use cbor::Value;

const ACTIONS: &str = "c2pa.actions";
const HASH: &str = "c2pa.hash.data";
const CLAIM: &str = "c2pa.claim";
const SIGNATURE: &str = "c2pa.signature";
const STORE: &str = "c2pa.assertions";
/// COSE's number for the chain of certificates ([RFC 9360](https://www.rfc-editor.org/rfc/rfc9360)).
const CHAIN: i64 = 33;
/// Bytes of the chain of certificates, at most: the statement has to fit into a segment of a JPEG.
const CHAIN_BYTES: usize = 48_000;

/// Signs statements. It does not print its key.
pub struct Signer {
    key: EcdsaKeyPair,
    /// COSE's number for the algorithm.
    algorithm: i64,
    signature_bytes: usize,
    chain: Vec<Vec<u8>>,
    random: SystemRandom,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

/// Why a certificate or a key can't sign. The operator's turn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The file with the certificates.
    #[error("there is no certificate: write the signer's first and then those that vouch for it, in PEM")]
    Certificate,
    /// There are too many of them.
    #[error(
        "the certificates have more than {CHAIN_BYTES} bytes: leave out what is not of the signer's chain"
    )]
    TooMany,
    /// The file with the key.
    #[error(
        "the key can't be read: an elliptic one on P-256 or P-384 is needed, in PEM as PKCS#8 (BEGIN PRIVATE KEY)"
    )]
    Key,
    /// They do not belong together.
    #[error("the key is not the first certificate's")]
    Strangers,
}

impl Signer {
    /// A signer with a chain of certificates, its own first, and the key of that one.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn new(certificates: &str, key: &str) -> Result<Signer, SignerError> {
        let chain = certificate::from_pem(certificates, "CERTIFICATE").ok_or(SignerError::Certificate)?;
        if chain.iter().map(Vec::len).sum::<usize>() > CHAIN_BYTES {
            return Err(SignerError::TooMany);
        }
        let key = certificate::from_pem(key, "PRIVATE KEY").ok_or(SignerError::Key)?;
        let key = key.first().ok_or(SignerError::Key)?;
        let random = SystemRandom::new();
        let (key, algorithm, signature_bytes) =
            match EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &random) {
                Ok(key) => (key, -7, 64),
                Err(_) => (
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, key, &random)
                        .map_err(|_| SignerError::Key)?,
                    -35,
                    96,
                ),
            };
        let own = chain.first().ok_or(SignerError::Certificate)?;
        let of_certificate = certificate::public_key(own).ok_or(SignerError::Certificate)?;
        if ring::signature::KeyPair::public_key(&key).as_ref() != of_certificate.key {
            return Err(SignerError::Strangers);
        }
        Ok(Signer { key, algorithm, signature_bytes, chain, random })
    }

    /// Bytes that a statement adds to a file, at most.
    pub fn most_bytes(&self) -> u64 {
        /// Boxes, words, hashes and the signature.
        const REST: u64 = 2048;
        self.chain.iter().map(|one| one.len() as u64).sum::<u64>() + REST
    }

    /// The file with a signed statement that it was made so. A file that can't hold one comes back as it was.
    pub fn sign(&self, file: Vec<u8>, source: Source) -> Vec<u8> {
        self.try_sign(&file, source).unwrap_or(file)
    }

    fn try_sign(&self, file: &[u8], source: Source) -> Option<Vec<u8>> {
        let id = Id::of(file);
        let blank = Statement { id: &id, source, hidden: 0..0, hash: &[0; 32] };
        // Where it lies decides how long it is, and the other way round.
        let mut hidden = 0..0;
        let (laid_in, hidden) = loop {
            let statement = Statement { hidden: hidden.clone(), ..blank.clone() };
            let (laid_in, range) = file::lay_in(file, &self.manifest(&statement, false)?)?;
            if range == hidden {
                break (laid_in, range);
            }
            hidden = range;
        };
        let hash = hash_without(&laid_in, std::slice::from_ref(&hidden))?;
        let statement = Statement { hidden: hidden.clone(), hash: &hash, ..blank };
        let (signed, range) = file::lay_in(file, &self.manifest(&statement, true)?)?;
        (range == hidden).then_some(signed)
    }

    /// The box with the statement; without a signature it is as long.
    fn manifest(&self, statement: &Statement, signed: bool) -> Option<Vec<u8>> {
        let assertions = [statement.actions(), statement.hash()];
        let claim = statement.claim(&assertions).to_bytes();
        let certificates = match self.chain.as_slice() {
            [one] => Value::Bytes(one.clone()),
            many => Value::Array(many.iter().map(|one| Value::Bytes(one.clone())).collect()),
        };
        let protected =
            Value::Map(vec![(Value::Int(1), Value::Int(self.algorithm)), (Value::Int(CHAIN), certificates)]);
        let protected = protected.to_bytes();
        let signature = if signed {
            let message = to_be_signed(&protected, &claim);
            self.key.sign(&self.random, &message).ok()?.as_ref().to_vec()
        } else {
            vec![0; self.signature_bytes]
        };
        let mut sealed = Vec::new();
        // The tag of a message that one has signed (RFC 9052, 2).
        cbor::head(&mut sealed, 6, 18);
        let parts = [Value::Bytes(protected), Value::Map(vec![]), Value::Null, Value::Bytes(signature)];
        Value::Array(parts.to_vec()).write(&mut sealed);
        let manifest = Labelled::of(
            b"c2ma",
            &format!("urn:c2pa:{}", statement.id.0),
            vec![
                Labelled::of(b"c2as", STORE, assertions.to_vec()),
                Labelled::content(b"c2cl", "c2pa.claim.v2", claim),
                Labelled::content(b"c2cs", SIGNATURE, sealed),
            ],
        );
        let mut out = Vec::new();
        Labelled::of(b"c2pa", "c2pa", vec![manifest]).write(&mut out);
        Some(out)
    }
}

/// What is stated of a file.
#[derive(Clone)]
struct Statement<'a> {
    id: &'a Id,
    source: Source,
    /// The part of the file that the hash leaves out: the statement itself.
    hidden: Range<usize>,
    hash: &'a [u8],
}

impl Statement<'_> {
    fn actions(&self) -> Labelled {
        let agent = Value::map([("name", Value::text("Covershots")), ("version", Value::text(VERSION))]);
        let action = Value::map([
            ("action", Value::text("c2pa.created")),
            ("softwareAgent", agent),
            ("digitalSourceType", Value::text(self.source.address())),
        ]);
        let actions = Value::map([("actions", Value::Array(vec![action]))]);
        Labelled::cbor(b"cbor", "c2pa.actions.v2", &actions)
    }

    fn hash(&self) -> Labelled {
        let number = |number: usize| Value::Int(number as i64);
        let hidden =
            Value::map([("start", number(self.hidden.start)), ("length", number(self.hidden.len()))]);
        let hash = Value::map([
            ("exclusions", Value::Array(vec![hidden])),
            ("name", Value::text("jumbf manifest")),
            ("alg", Value::text("sha256")),
            ("hash", Value::Bytes(self.hash.to_vec())),
            ("pad", Value::Bytes(vec![])),
        ]);
        Labelled::cbor(b"cbor", HASH, &hash)
    }

    fn claim(&self, assertions: &[Labelled]) -> Value {
        let listed = assertions.iter().map(|assertion| {
            let hash = digest(&SHA256, &assertion.payload);
            Value::map([
                ("url", Value::text(format!("self#jumbf={STORE}/{}", assertion.label))),
                ("hash", Value::Bytes(hash.as_ref().to_vec())),
            ])
        });
        let generator = Value::map([("name", Value::text("Covershots")), ("version", Value::text(VERSION))]);
        Value::map([
            ("instanceID", Value::text(format!("xmp:iid:{}", self.id.0))),
            ("claim_generator_info", generator),
            ("signature", Value::text(format!("self#jumbf=/c2pa/urn:c2pa:{}/{SIGNATURE}", self.id.0))),
            ("created_assertions", Value::Array(listed.collect())),
            ("alg", Value::text("sha256")),
        ])
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The name of a statement: a UUID of version 8, which is one's own affair, from the file's hash.
struct Id(String);

impl Id {
    fn of(file: &[u8]) -> Id {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest(&SHA256, file).as_ref()[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex =
            |range: Range<usize>| bytes[range].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Id(format!("{}-{}-{}-{}-{}", hex(0..4), hex(4..6), hex(6..8), hex(8..10), hex(10..16)))
    }
}

/// What a statement that lies in a file says, and whether it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The program that made it.
    pub generator: Option<String>,
    /// What was done, such as `c2pa.created`.
    pub actions: Vec<String>,
    /// How the picture came about: the last word of the address in IPTC's vocabulary.
    pub source: Option<String>,
    /// Whom the signer's certificate names.
    pub signer: Option<String>,
    /// Whether it fits.
    pub finding: Finding,
}

/// Whether a statement fits its file and its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The file is as it was signed, by whom the certificate names.
    Sound,
    /// The file was changed after it was signed.
    Changed,
    /// The statement was changed after it was signed, or is signed by somebody else than it says.
    Forged,
    /// It is of a form that is not known here.
    Unknown,
}

/// The statement in a file; `None` when there is none.
pub fn read(file: &[u8]) -> Option<Credentials> {
    let (jumbf, place) = file::find(file)?;
    let mut credentials = Credentials {
        generator: None,
        actions: Vec::new(),
        source: None,
        signer: None,
        finding: Finding::Unknown,
    };
    let store = Labelled::read(&jumbf);
    // The last of several is the one about the file as it is.
    let manifest = store.as_ref().and_then(|store| store.boxes().last());
    if let Some(manifest) = manifest {
        credentials.tell(manifest);
        credentials.finding = judge(file, &place, manifest).unwrap_or(Finding::Unknown);
    }
    Some(credentials)
}

impl Credentials {
    fn tell(&mut self, manifest: &Labelled) {
        let claim = manifest.find(CLAIM).and_then(Labelled::value);
        self.generator = claim.as_ref().and_then(generator).map(|name| plain(&name));
        let actions = manifest.find(STORE).and_then(|store| store.find(ACTIONS)).and_then(Labelled::value);
        for action in
            actions.as_ref().and_then(|actions| actions.get("actions")).map_or(&[][..], Value::items)
        {
            self.actions.extend(action.get("action").and_then(Value::as_text).map(plain));
            let source = action.get("digitalSourceType").and_then(Value::as_text);
            let term = source.and_then(|source| source.rsplit('/').next()).map(plain);
            self.source = self.source.take().or(term);
        }
        let sealed = manifest.find(SIGNATURE).and_then(Labelled::value);
        let chain = sealed.as_ref().and_then(certificates);
        self.signer = chain.and_then(|chain| certificate::subject(chain.first()?));
    }
}

fn generator(claim: &Value) -> Option<String> {
    let info = claim.get("claim_generator_info");
    let info = info.map(|info| info.items().first().unwrap_or(info));
    let word = |name: &str| info.and_then(|info| info.get(name)).and_then(Value::as_text);
    match (word("name"), word("version")) {
        (Some(name), Some(version)) => Some(format!("{name} {version}")),
        (Some(name), None) => Some(name.to_owned()),
        _ => claim.get("claim_generator").and_then(Value::as_text).map(str::to_owned),
    }
}

/// Compares file, statement and signature. `None` where something is not known here.
fn judge(file: &[u8], place: &Range<usize>, manifest: &Labelled) -> Option<Finding> {
    let claim = manifest.find(CLAIM)?;
    let sealed = manifest.find(SIGNATURE)?.value()?;
    let [protected, _, _, signature] = sealed.items() else { return None };
    let chain = certificates(&sealed)?;
    let key = certificate::public_key(chain.first()?)?;
    let message = to_be_signed(protected.as_bytes()?, claim.bytes()?);
    let known = UnparsedPublicKey::new(key.algorithm, key.key);
    if known.verify(&message, signature.as_bytes()?).is_err() {
        return Some(Finding::Forged);
    }
    let claim = claim.value()?;
    let store = manifest.find(STORE)?;
    let listed = claim.get("created_assertions").or_else(|| claim.get("assertions"))?;
    let mut binding = None;
    for one in listed.items() {
        let label = one.get("url")?.as_text()?.rsplit('/').next()?;
        let assertion = store.boxes().iter().find(|inner| inner.label == label)?;
        let hash = one.get("hash")?.as_bytes()?;
        if digest(&SHA256, &assertion.payload).as_ref() != hash {
            return Some(Finding::Forged);
        }
        if label == HASH {
            binding = assertion.value();
        }
    }
    let binding = binding?;
    if binding.get("alg").and_then(Value::as_text).is_some_and(|name| name != "sha256") {
        return None;
    }
    let mut hidden = Vec::new();
    for one in binding.get("exclusions")?.items() {
        let start = one.get("start")?.as_size()?;
        let range = start..start.checked_add(one.get("length")?.as_size()?)?;
        // A statement that hides more than itself says nothing of what it hides.
        if range.start < place.start || range.end > place.end {
            return Some(Finding::Forged);
        }
        hidden.push(range);
    }
    let hash = hash_without(file, &hidden)?;
    Some(if hash == binding.get("hash")?.as_bytes()? { Finding::Sound } else { Finding::Changed })
}

/// The certificates beside a signature, the signer's first.
fn certificates(sealed: &Value) -> Option<Vec<Vec<u8>>> {
    let [protected, open, ..] = sealed.items() else { return None };
    let protected = Value::read(protected.as_bytes()?)?;
    // Older programs lay them beside what is protected.
    let chain = protected.at(CHAIN).or_else(|| open.at(CHAIN)).or_else(|| open.get("x5chain"))?.clone();
    let all = if let Value::Bytes(one) = &chain {
        vec![one.clone()]
    } else {
        chain.items().iter().filter_map(|one| one.as_bytes().map(<[u8]>::to_vec)).collect()
    };
    Some(all)
}

/// What a signature is over (RFC 9052, 4.4).
fn to_be_signed(protected: &[u8], claim: &[u8]) -> Vec<u8> {
    let parts = [
        Value::text("Signature1"),
        Value::Bytes(protected.to_vec()),
        Value::Bytes(vec![]),
        Value::Bytes(claim.to_vec()),
    ];
    Value::Array(parts.to_vec()).to_bytes()
}

/// The hash of a file without some parts, which must follow each other.
fn hash_without(file: &[u8], parts: &[Range<usize>]) -> Option<Vec<u8>> {
    let mut context = Context::new(&SHA256);
    let mut at = 0;
    for part in parts {
        context.update(file.get(at..part.start)?);
        at = part.end;
    }
    context.update(file.get(at..)?);
    Some(context.finish().as_ref().to_vec())
}

/// Others' words, fit for a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rgb8, encode, provenance};

    fn signer() -> Signer {
        let (certificates, key) = chain();
        Signer::new(&certificates, &key).unwrap()
    }

    /// A chain as an authority for content credentials gives it out, in PEM, and the signer's key.
    fn chain() -> (String, String) {
        use rcgen::{
            BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
            KeyUsagePurpose,
        };
        let mut authority = CertificateParams::new(vec![]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name.push(DnType::CommonName, "An authority of the test");
        let authority_key = KeyPair::generate().unwrap();
        let authority_certificate = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let mut own = CertificateParams::new(vec![]).unwrap();
        own.use_authority_key_identifier_extension = true;
        own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        own.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        own.distinguished_name.push(DnType::OrganizationName, "A studio");
        own.distinguished_name.push(DnType::CommonName, "Studio of the test");
        let key = KeyPair::generate().unwrap();
        let certificate = own.signed_by(&key, &issuer).unwrap();
        (format!("{}{}", certificate.pem(), authority_certificate.pem()), key.serialize_pem())
    }

    fn files() -> Vec<Vec<u8>> {
        let picture = Rgb8::from_fn(64, 48, |x, y| [(x * 4) as u8, (y * 5) as u8, 90]);
        [encode::jpeg(&picture, 90), encode::png(&picture), encode::webp(&picture, 80)]
            .map(|file| provenance::mark(file.unwrap(), Source::TrainedAlgorithmicMedia).bytes)
            .to_vec()
    }

    #[test]
    fn a_statement_is_read_back_and_the_picture_stays() {
        let signer = signer();
        for file in files() {
            assert_eq!(read(&file), None);
            let signed = signer.sign(file.clone(), Source::TrainedAlgorithmicMedia);
            assert!((signed.len() - file.len()) as u64 <= signer.most_bytes());
            let told = read(&signed).unwrap();
            assert_eq!(told.finding, Finding::Sound);
            assert_eq!(told.source.as_deref(), Some("trainedAlgorithmicMedia"));
            assert_eq!(told.actions, ["c2pa.created"]);
            assert_eq!(told.signer.as_deref(), Some("Studio of the test"));
            assert!(told.generator.unwrap().starts_with("Covershots"));
            assert_eq!(provenance::read(&signed), Some(Source::TrainedAlgorithmicMedia));
            let limits = crate::Limits::default();
            assert!(crate::decode(&file, &limits).unwrap() == crate::decode(&signed, &limits).unwrap());
        }
    }

    #[test]
    fn whatever_is_changed_is_found() {
        let signer = signer();
        for file in files() {
            let signed = signer.sign(file, Source::Composite);
            let (as_signed, (_, place)) = (read(&signed).unwrap(), file::find(&signed).unwrap());
            let last = if place.end == signed.len() { place.start - 1 } else { signed.len() - 3 };
            let mut changed = signed.clone();
            changed[last] ^= 1;
            assert_eq!(read(&changed).unwrap().finding, Finding::Changed);
            for at in place.clone().step_by(7) {
                let mut changed = signed.clone();
                changed[at] ^= 0x10;
                // Of the boxes around it some bytes mean nothing: whatever is told is as it was signed.
                let told = read(&changed).filter(|told| told.finding == Finding::Sound);
                assert!(
                    told.is_none_or(|told| told == as_signed),
                    "byte {} of the statement",
                    at - place.start
                );
            }
            for cut in (0..signed.len()).step_by(97) {
                drop(read(&signed[..cut]));
            }
        }
    }

    #[test]
    fn a_key_that_does_not_fit_is_said() {
        let ((certificates, key), (_, other)) = (chain(), chain());
        assert_eq!(Signer::new("", &key).unwrap_err(), SignerError::Certificate);
        assert_eq!(Signer::new(&certificates, "none").unwrap_err(), SignerError::Key);
        assert_eq!(Signer::new(&certificates, &other).unwrap_err(), SignerError::Strangers);
        assert!(!format!("{:?}", signer()).contains("key"));
    }
}
