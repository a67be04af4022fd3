//! `cargo xtask bench providers`: what we add to the time that a vendor takes for one picture, beside LiteLLM's proxy.
//!
//! All ask the same stand-in for the same edit of a photo, which takes its time as the vendor does: a bare client, whose time is the
//! vendor's own; our provider behind its guard, in a process of its own as the worker is; and the bare client through the proxy. The
//! added time is what is above the bare client's at the same share of the calls. Ours holds what the proxy does not do: the picture
//! that comes back is decoded, brought to size, written anew and marked.
//!
//! The goals: a tenth of the proxy's added time, a fifth of its memory. It needs Python with venv, and fetches LiteLLM once.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::ports::BoxFuture;
use domain::ports::clock::Clock;
use domain::ports::provider::{Options, Picture, Provider, Request};
use domain::secret::Secret;
use domain::style::{Catalogue, StyleKind};
use domain::{AspectRatio, MediaType, Timestamp};
use futures_util::future::join_all;
use imaging::{Limits, Resizable, decode, encode};
use providers::openai::OpenAiSettings;
use providers::{GuardSettings, Guarded, OpenAi};
use standins::{Fault, Server, openai};
use tokio::process::{Child, Command};

use super::{memory_of, milliseconds};
use crate::{Failure, root};

const KEY: &str = "a-key-of-the-bench";
const MODEL: &str = "gpt-image-1.5";
/// How long the vendor takes. Real ones take ten times as long, which changes nothing of what is added.
const VENDOR: Duration = Duration::from_secs(1);
/// Calls at a time, and how many in all.
const LOADS: [(usize, usize); 3] = [(1, 20), (16, 160), (64, 384)];
const LITELLM: &str = "litellm[proxy]==1.108.7";

/// Prints the figures.
pub(crate) fn run() -> Result<(), Failure> {
    let litellm = install()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let server = Server::start(openai::OpenAi::new(KEY).routes()).await;
        server.faults().always(Fault::Slow(VENDOR));
        let proxy = Proxy::start(&litellm, &server).await?;
        let form = form()?;
        println!("providers: an edit of one photo to a picture of 1024 × 1536, of a vendor that takes {VENDOR:?}");
        println!("  at a time                 the vendor's own              ours adds             LiteLLM adds   share p50, p99");
        // The stand-in paints each of its sixteen pictures once; that is not the vendor's time.
        Client::new(&server.url(), KEY, form.clone()).times(8, 32).await?;
        Client::new(&proxy.url, "sk-bench", form.clone()).times(1, 2).await?;
        let (mut ours_memory, mut proxy_memory) = (0, 0);
        for (at_once, count) in LOADS {
            let own = Client::new(&server.url(), KEY, form.clone()).times(at_once, count).await?;
            let (ours, memory) = ours(&server, at_once, count).await?;
            ours_memory = ours_memory.max(memory);
            let through = Client::new(&proxy.url, "sk-bench", form.clone()).times(at_once, count).await?;
            proxy_memory = proxy_memory.max(proxy.memory().unwrap_or(0));
            let added = |times: &Times| (times.p50.saturating_sub(own.p50), times.p99.saturating_sub(own.p99));
            let (ours, theirs) = (added(&ours), added(&through));
            let share = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64().max(1e-9);
            println!(
                "  {at_once:>9}   p50 {:>8} p99 {:>8}   {:>8} {:>8} ms   {:>8} {:>8} ms   {:.2}, {:.2}",
                milliseconds(own.p50), milliseconds(own.p99), milliseconds(ours.0), milliseconds(ours.1),
                milliseconds(theirs.0), milliseconds(theirs.1), share(ours.0, theirs.0), share(ours.1, theirs.1),
            );
        }
        println!(
            "  peak memory: ours {} MB, LiteLLM {} MB, share {:.2}",
            ours_memory >> 20, proxy_memory >> 20, ours_memory as f64 / proxy_memory.max(1) as f64
        );
        Ok(())
    })
}

/// How long calls took.
struct Times {
    p50: Duration,
    p99: Duration,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Result<Times, Failure> {
        times.sort();
        let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied();
        let (Some(p50), Some(p99)) = (at(50), at(99)) else { return Err("no call was made".into()) };
        Ok(Times { p50, p99 })
    }
}

/// Makes so many calls, so many at a time. The first of each is for warmth and does not count.
async fn load<F: Future<Output = Result<(), Failure>>>(
    at_once: usize,
    count: usize,
    call: impl Fn() -> F,
) -> Result<Times, Failure> {
    let taken = AtomicUsize::new(0);
    let one = async || -> Result<Vec<Duration>, Failure> {
        call().await?;
        let mut times = Vec::new();
        while taken.fetch_add(1, Ordering::Relaxed) < count {
            let start = Instant::now();
            call().await?;
            times.push(start.elapsed());
        }
        Ok(times)
    };
    let done = join_all((0..at_once).map(|_| one())).await;
    let times = done.into_iter().collect::<Result<Vec<_>, _>>()?;
    Times::of(times.concat())
}

/// A bare client.
struct Client {
    client: reqwest::Client,
    address: String,
    key: &'static str,
    form: Vec<u8>,
}

const BOUNDARY: &str = "covershots-bench-2f6b1c";

impl Client {
    fn new(base: &str, key: &'static str, form: Vec<u8>) -> Client {
        // An error says that there is one already.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Client { client, address: format!("{base}/v1/images/edits"), key, form }
    }

    async fn times(&self, at_once: usize, count: usize) -> Result<Times, Failure> {
        load(at_once, count, || async {
            let request = self.client.post(&self.address).bearer_auth(self.key);
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            let answer = request.header("content-type", kind).body(self.form.clone()).send().await?;
            let status = answer.status();
            let body = answer.bytes().await?;
            if !status.is_success() || body.len() < 10_000 {
                return Err(
                    format!("{}: {status} {:.300}", self.address, String::from_utf8_lossy(&body)).into()
                );
            }
            Ok(())
        })
        .await
    }
}

/// A photo as it is sent.
fn photo() -> Result<Vec<u8>, Failure> {
    let file = std::fs::read(root().join("examples/photos/obama.jpg"))?;
    let picture = decode(&file, &Limits::default())?;
    let size = imaging::resize::fit_inside(picture.size(), domain::Size::new(1536, 1536));
    Ok(encode::jpeg(&picture.resized(size.width as usize, size.height as usize), 92)?.bytes)
}

/// The body of the same request that our provider makes.
fn form() -> Result<Vec<u8>, Failure> {
    let fields = [
        ("model", MODEL),
        ("prompt", "A portrait in an office."),
        ("n", "1"),
        ("size", "1024x1536"),
        ("quality", "medium"),
        ("background", "opaque"),
        ("output_format", "jpeg"),
        ("output_compression", "95"),
        ("input_fidelity", "high"),
    ];
    let mut form = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        form.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"1.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    );
    form.extend_from_slice(head.as_bytes());
    form.extend_from_slice(&photo()?);
    form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    Ok(form)
}

/// Our provider in a process of its own: its times, and the most memory it held.
async fn ours(server: &Server, at_once: usize, count: usize) -> Result<(Times, u64), Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["ask", &server.url(), &at_once.to_string(), &count.to_string()]);
    let output = command.stderr(Stdio::inherit()).output().await?;
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next().ok_or("our own process said nothing");
    let (p50, p99, memory) = (next()??, next()??, next()??);
    Ok((Times { p50: Duration::from_micros(p50), p99: Duration::from_micros(p99) }, memory))
}

/// What that process does: asks, and prints the times in microseconds and its memory in bytes.
pub(crate) fn ask(url: &str, at_once: usize, count: usize) -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut settings = OpenAiSettings::new(Secret::new(KEY));
        settings.line.base_url = url.to_owned();
        settings.model = MODEL.to_owned();
        let provider = OpenAi::new(&settings, Arc::clone(&clock))?;
        let guard = GuardSettings { at_once, per_minute: 100_000, ..GuardSettings::default() };
        let provider = Guarded::new(Arc::new(provider), "openai", &guard, clock)?;
        let style = Catalogue::built_in()?.find(StyleKind::Headshot, "corporate")?.clone();
        let request = Request {
            photos: vec![Picture::new(MediaType::Jpeg, photo()?)],
            style: Arc::new(style),
            options: Options {
                count: 1,
                first: 0,
                aspect: AspectRatio::Portrait2x3,
                long_side: 1536,
                background: None,
                title: None,
                note: None,
                seed: 1,
                thumbnail: None,
            },
        };
        let times = load(at_once, count, || async {
            let answer = provider.generate(&request, &|_| {}).await?;
            if answer.pictures.len() == 1 { Ok(()) } else { Err("no picture came".into()) }
        });
        let times = times.await?;
        let memory = super::peak_memory().unwrap_or(0);
        println!("{} {} {memory}", times.p50.as_micros(), times.p99.as_micros());
        Ok(())
    })
}

/// The machine's clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn wait(&self, span: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(span))
    }
}

/// A Python with LiteLLM, in the target folder.
fn install() -> Result<PathBuf, Failure> {
    let place = root().join("target/bench-litellm");
    let (program, mark) = (place.join("bin/litellm"), place.join("litellm.txt"));
    if std::fs::read_to_string(&mark).ok().as_deref() == Some(LITELLM) {
        return Ok(program);
    }
    let run = |command: &mut std::process::Command| -> Result<(), Failure> {
        let status =
            command.status().map_err(|error| format!("{error}: LiteLLM needs Python 3 with venv"))?;
        if status.success() { Ok(()) } else { Err("LiteLLM could not be installed".into()) }
    };
    run(std::process::Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
    let mut pip = std::process::Command::new(place.join("bin/python"));
    run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", LITELLM]))?;
    std::fs::write(mark, LITELLM)?;
    Ok(program)
}

/// LiteLLM's proxy in front of the stand-in. Dropping it ends it.
struct Proxy {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Proxy {
    async fn start(program: &std::path::Path, server: &Server) -> Result<Proxy, Failure> {
        let folder = tempfile::tempdir()?;
        let configuration = format!(
            "model_list:\n  - model_name: {MODEL}\n    litellm_params:\n      model: openai/{MODEL}\n      api_base: {}/v1\n      \
             api_key: {KEY}\ngeneral_settings:\n  master_key: sk-bench\n",
            server.url()
        );
        let file = folder.path().join("litellm.yaml");
        std::fs::write(&file, configuration)?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(program);
        command.arg("--config").arg(file).args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True").env("LITELLM_LOG", "ERROR");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        let proxy = Proxy { child, url: format!("http://127.0.0.1:{port}"), _folder: folder };
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build()?;
        for _ in 0..240 {
            let answer = client.get(format!("{}/health/liveliness", proxy.url)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(proxy);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Err("LiteLLM did not start within two minutes".into())
    }

    fn memory(&self) -> Option<u64> {
        memory_of(&self.child.id()?.to_string(), "VmHWM:")
    }
}
