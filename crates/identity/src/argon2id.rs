//! Password hashing by argon2id ([RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)).
//!
//! A hash takes 19 MiB and two passes, the least that OWASP's
//! [cheat sheet](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html) asks for. That is the
//! point of it, and a way to exhaust a server: so only a few are computed at once, some more wait, and the rest are
//! told to come back. Without an account the same work is done, so that time does not tell which addresses exist.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use domain::account::{Email, PasswordHash};
use domain::ports::BoxFuture;
use domain::ports::identity::{PasswordCheck, PasswordError, Passwords};
use domain::secret::Secret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::policy;

/// The most memory a stored hash may ask for, in KiB: more was not made by us and would break the bound.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// glibc never keeps a piece larger than 32 MiB for later (mallopt(3), M_MMAP_THRESHOLD).
const OWN_PIECE_BLOCKS: usize = 33 * 1024 * 1024 / Block::SIZE;
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// How dear a hash is, and how many there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argon2idConfig {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// How many hashes are computed at a time; times `memory_kib` that is all the memory they take.
    pub at_once: usize,
    /// How many more may wait; the next one is refused.
    pub waiting: usize,
}

impl Default for Argon2idConfig {
    /// 19 MiB, two passes, a hash a core but four at most, 100 waiting.
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, |cores| cores.get());
        Argon2idConfig { memory_kib: 19 * 1024, passes: 2, at_once: cores.min(4), waiting: 100 }
    }
}

/// A configuration that would make hashing weak or impossible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Cheaper than is safe.
    #[error(
        "passwords need at least 7168 KiB of memory and, below 47104 KiB, more passes: 7168 KiB with 5, 9216 with 4, 12288 with 3, 19456 with 2"
    )]
    TooCheap,
    /// Dearer than is sensible, or nothing could ever be computed.
    #[error(
        "use 1 to 64 password hashes at once, 1 to 100 passes and at most {MAX_MEMORY_KIB} KiB of memory"
    )]
    OutOfRange,
}

/// Hashes passwords by argon2id.
pub struct Argon2id {
    argon2: Argon2<'static>,
    /// Looks like a hash of the present cost; no password is known to have it.
    nobody: PasswordHash,
    /// Who may come in: those computing and those waiting.
    admitted: Arc<Semaphore>,
    /// Who may compute.
    computing: Arc<Semaphore>,
}

impl Argon2id {
    /// Sets hashing up.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn new(config: &Argon2idConfig) -> Result<Self, ConfigError> {
        let Argon2idConfig { memory_kib, passes, at_once, waiting } = *config;
        // The five settings that OWASP holds to be of equal strength; more of either is stronger.
        let enough = [(7_168, 5), (9_216, 4), (12_288, 3), (19_456, 2), (47_104, 1)];
        if !enough.into_iter().any(|(memory, least)| memory_kib >= memory && passes >= least) {
            return Err(ConfigError::TooCheap);
        }
        if !(1..=64).contains(&at_once) || passes > 100 || memory_kib > MAX_MEMORY_KIB || waiting > 100_000 {
            return Err(ConfigError::OutOfRange);
        }
        let params =
            Params::new(memory_kib, passes, 1, Some(OUTPUT_BYTES)).map_err(|_| ConfigError::OutOfRange)?;
        Ok(Argon2id {
            nobody: nobodys_hash(&params).ok_or(ConfigError::OutOfRange)?,
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            admitted: Arc::new(Semaphore::new(at_once + waiting)),
            computing: Arc::new(Semaphore::new(at_once)),
        })
    }

    /// Computes where it may take its time, when it is this one's turn.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let computing =
            self.computing.clone().acquire_owned().await.map_err(|_| PasswordError::Failed("shut down"))?;
        let places: [OwnedSemaphorePermit; 2] = [admitted, computing];
        let argon2 = self.argon2.clone();
        // The places go with the work: whoever stops waiting for it does not make room for more.
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&argon2);
            drop(places);
            done
        });
        done.await.map_err(|_| PasswordError::Failed("stopped"))?
    }
}

impl Passwords for Argon2id {
    fn hash<'a>(
        &'a self,
        password: &'a Secret,
        email: &'a Email,
    ) -> BoxFuture<'a, Result<PasswordHash, PasswordError>> {
        Box::pin(async move {
            let bytes = password.expose().len();
            if bytes > policy::MAX_BYTES {
                return Err(PasswordError::TooLong { max: policy::MAX_BYTES });
            }
            let password = policy::normalised(password.expose());
            policy::check(&password, bytes, email)?;
            self.compute(move |argon2| hash(argon2, &password)).await
        })
    }

    fn verify<'a>(
        &'a self,
        password: &'a Secret,
        stored: Option<&'a PasswordHash>,
    ) -> BoxFuture<'a, Result<PasswordCheck, PasswordError>> {
        Box::pin(async move {
            // Longer than any password can be, whoever's: nothing is told by answering at once.
            if password.expose().len() > policy::MAX_BYTES {
                return Ok(PasswordCheck::Wrong);
            }
            let password = policy::normalised(password.expose());
            let stored = stored.unwrap_or(&self.nobody).clone();
            self.compute(move |argon2| verify(argon2, &password, &stored)).await
        })
    }
}

fn hash(argon2: &Argon2<'_>, password: &Zeroizing<String>) -> Result<PasswordHash, PasswordError> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|_| PasswordError::Failed("no randomness"))?;
    let output = output(argon2, password, &salt)?;
    let phc = in_phc(argon2.params(), &salt, &output).ok_or(PasswordError::Failed("argon2"))?;
    Ok(PasswordHash::new(phc.to_string()))
}

fn verify(
    argon2: &Argon2<'_>,
    password: &Zeroizing<String>,
    stored: &PasswordHash,
) -> Result<PasswordCheck, PasswordError> {
    let (phc, stored) = read(stored).ok_or(PasswordError::Failed("the stored hash cannot be read"))?;
    let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else {
        return Err(PasswordError::Failed("the stored hash cannot be read"));
    };
    // The comparison takes the same time wherever they differ.
    if Output::new(&output(&stored, password, &salt)?).ok() != Some(expected) {
        Ok(PasswordCheck::Wrong)
    } else if is_current(argon2, &phc, stored.params()) {
        Ok(PasswordCheck::Right)
    } else {
        Ok(PasswordCheck::RightRehashed(hash(argon2, password)?))
    }
}

/// A stored hash, and argon2 as it was when it was made.
fn read(stored: &PasswordHash) -> Option<(Phc, Argon2<'static>)> {
    let phc = Phc::new(stored.expose()).ok()?;
    let algorithm = Algorithm::try_from(phc.algorithm.as_str()).ok()?;
    let version = phc.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let params = Params::try_from(&phc).ok().filter(|params| params.m_cost() <= MAX_MEMORY_KIB)?;
    Some((phc, Argon2::new(algorithm, version, params)))
}

fn output(argon2: &Argon2<'_>, password: &Zeroizing<String>, salt: &[u8]) -> Result<Vec<u8>, PasswordError> {
    let blocks = argon2.params().block_count();
    // Room is asked for beyond what is touched, which costs nothing: so large a piece every allocator takes from the
    // system and gives back at once, while 19 MiB would stay behind in each thread's own heap.
    let mut memory = Vec::with_capacity(blocks.max(OWN_PIECE_BLOCKS));
    memory.resize(blocks, Block::new());
    let mut output = vec![0; argon2.params().output_len().unwrap_or(OUTPUT_BYTES)];
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut memory)
        .map_err(|_| PasswordError::Failed("argon2"))?;
    Ok(output)
}

fn is_current(argon2: &Argon2<'_>, phc: &Phc, stored: &Params) -> bool {
    let now = argon2.params();
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    cost(stored) == cost(now)
        && phc.algorithm == Algorithm::Argon2id.ident()
        && phc.version == Some(Version::V0x13.into())
        && phc.hash.is_some_and(|hash| hash.len() == OUTPUT_BYTES)
}

/// A hash of the present cost that belongs to no password: its output is not computed but made up. That a password
/// happens to have it is as likely as guessing a key of 256 bits.
fn nobodys_hash(params: &Params) -> Option<PasswordHash> {
    Some(PasswordHash::new(in_phc(params, &[0x6e; SALT_BYTES], &[0x6f; OUTPUT_BYTES])?.to_string()))
}

/// In the format of PHC strings: `$argon2id$v=19$m=…,t=…,p=1$salt$output`.
fn in_phc(params: &Params, salt: &[u8], output: &[u8]) -> Option<Phc> {
    Some(Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into().ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(output).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const PASSWORD: &str = "correct horse battery staple";

    fn cheap(at_once: usize, waiting: usize) -> Argon2id {
        Argon2id::new(&Argon2idConfig { memory_kib: 7_168, passes: 5, at_once, waiting }).unwrap()
    }

    fn email() -> Email {
        "ann@photos.example".parse().unwrap()
    }

    #[tokio::test]
    async fn a_password_opens_what_it_closed_and_no_other_does() {
        let argon2id = cheap(2, 10);
        let hash = argon2id.hash(&Secret::new(PASSWORD), &email()).await.unwrap();
        let verify = async |password: &str| argon2id.verify(&Secret::new(password), Some(&hash)).await;
        assert_eq!(verify(PASSWORD).await, Ok(PasswordCheck::Right));
        for wrong in [
            "",
            "correct horse battery stapl",
            "Correct horse battery staple",
            "correct horse battery staple ",
        ] {
            assert_eq!(verify(wrong).await, Ok(PasswordCheck::Wrong), "{wrong:?}");
        }
        assert_eq!(argon2id.verify(&Secret::new(PASSWORD), None).await, Ok(PasswordCheck::Wrong));
    }

    #[tokio::test]
    async fn every_character_counts_up_to_the_longest_password() {
        let argon2id = cheap(2, 10);
        let long = "xK9#mQ2$".repeat(128);
        let hash = argon2id.hash(&Secret::new(long.as_str()), &email()).await.unwrap();
        let verify =
            async |password: String| argon2id.verify(&Secret::new(password), Some(&hash)).await.unwrap();
        assert_eq!(verify(long.clone()).await, PasswordCheck::Right);
        assert_eq!(verify(format!("{}%", &long[..1023])).await, PasswordCheck::Wrong);
        assert_eq!(verify(long[..1023].to_owned()).await, PasswordCheck::Wrong);
        assert_eq!(verify(long + "$").await, PasswordCheck::Wrong);
    }

    #[tokio::test]
    async fn one_text_is_one_password_however_a_keyboard_composes_it() {
        let argon2id = cheap(2, 10);
        let hash = argon2id.hash(&Secret::new("caf\u{e9} au lait, bien chaud"), &email()).await.unwrap();
        let decomposed = Secret::new("cafe\u{301} au lait, bien chaud");
        assert_eq!(argon2id.verify(&decomposed, Some(&hash)).await, Ok(PasswordCheck::Right));
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes_that_say_how_they_were_made() {
        let argon2id = Argon2id::new(&Argon2idConfig::default()).unwrap();
        let one = argon2id.hash(&Secret::new(PASSWORD), &email()).await.unwrap();
        let two = argon2id.hash(&Secret::new(PASSWORD), &email()).await.unwrap();
        assert!(one != two);
        assert!(one.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", one.expose());
        assert!(!format!("{one:?}").contains("argon"));
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_replaced_when_the_password_is_at_hand() {
        let old = cheap(1, 0).hash(&Secret::new(PASSWORD), &email()).await.unwrap();
        let today = Argon2id::new(&Argon2idConfig::default()).unwrap();
        assert_eq!(today.verify(&Secret::new("something else"), Some(&old)).await, Ok(PasswordCheck::Wrong));
        let Ok(PasswordCheck::RightRehashed(new)) = today.verify(&Secret::new(PASSWORD), Some(&old)).await
        else {
            panic!("the old hash was kept");
        };
        assert_eq!(today.verify(&Secret::new(PASSWORD), Some(&new)).await, Ok(PasswordCheck::Right));
    }

    #[tokio::test]
    async fn the_reference_implementations_hash_is_understood() {
        // From the reference implementation's own tests (phc-winner-argon2, test.c): version 0x13, argon2id, 2 passes,
        // 64 MiB, "password" with "somesalt".
        let known = PasswordHash::new(
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc".into(),
        );
        let argon2id = cheap(1, 0);
        let check = argon2id.verify(&Secret::new("password"), Some(&known)).await.unwrap();
        assert!(matches!(check, PasswordCheck::RightRehashed(_)));
        assert_eq!(argon2id.verify(&Secret::new("passwore"), Some(&known)).await, Ok(PasswordCheck::Wrong));
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_opens_nothing() {
        let argon2id = cheap(1, 0);
        for stored in [
            "",
            PASSWORD,
            "$argon2id$v=19$m=7168,t=5,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$2b$12$abcdefghijklmnopqrstuuJ9.1Zb0q0oZ3b9yq2y0f8M3vQqGxGfa",
        ] {
            let check =
                argon2id.verify(&Secret::new(PASSWORD), Some(&PasswordHash::new(stored.into()))).await;
            assert!(matches!(check, Err(PasswordError::Failed(_))), "{stored}");
        }
    }

    #[tokio::test]
    async fn an_unknown_address_costs_the_same_work_as_a_known_one() {
        let argon2id = cheap(1, 0);
        let hash = argon2id.hash(&Secret::new(PASSWORD), &email()).await.unwrap();
        let cost = |phc: &str| phc.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cost(argon2id.nobody.expose()), cost(hash.expose()));
        // The fastest of several, because other work on the machine only ever slows.
        let mut fastest = [u128::MAX; 2];
        for _ in 0..8 {
            for (fastest, stored) in fastest.iter_mut().zip([Some(&hash), None]) {
                let began = Instant::now();
                assert_eq!(argon2id.verify(&Secret::new("wrong"), stored).await, Ok(PasswordCheck::Wrong));
                *fastest = (*fastest).min(began.elapsed().as_micros());
            }
        }
        let [known, unknown] = fastest;
        assert!(known < 4 * unknown && unknown < 4 * known, "{known} µs known, {unknown} µs unknown");
    }

    #[tokio::test]
    async fn more_than_can_wait_are_told_to_come_back_and_a_place_is_free_again_after() {
        let argon2id = cheap(1, 2);
        let wrong = Secret::new("wrong");
        let attempts = (0..10).map(|_| argon2id.verify(&wrong, None));
        let answers = futures_util::future::join_all(attempts).await;
        let busy = answers.iter().filter(|answer| **answer == Err(PasswordError::Busy)).count();
        assert_eq!(busy, 7);
        assert_eq!(argon2id.verify(&wrong, None).await, Ok(PasswordCheck::Wrong));
        // Whoever goes away while waiting leaves the place to the next.
        drop(argon2id.verify(&wrong, None));
        assert_eq!(argon2id.admitted.available_permits(), 3);
    }

    #[test]
    fn a_cost_below_the_advice_is_refused() {
        let new = |memory_kib, passes, at_once| {
            Argon2id::new(&Argon2idConfig { memory_kib, passes, at_once, waiting: 0 }).err()
        };
        assert_eq!(new(19_456, 1, 1), Some(ConfigError::TooCheap));
        assert_eq!(new(4_096, 50, 1), Some(ConfigError::TooCheap));
        assert_eq!(new(47_104, 0, 1), Some(ConfigError::TooCheap));
        assert_eq!(new(19_456, 2, 0), Some(ConfigError::OutOfRange));
        assert_eq!(new(u32::MAX, 2, 1), Some(ConfigError::OutOfRange));
        for (memory, passes) in [(7_168, 5), (9_216, 4), (12_288, 3), (19_456, 2), (47_104, 1)] {
            assert_eq!(new(memory, passes, 1), None);
        }
    }
}
