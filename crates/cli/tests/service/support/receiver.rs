//! Somebody's own server that wants to be told: it takes what is posted to it, and answers as the test says.

use std::collections::{HashMap, VecDeque};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A server on a port of this machine.
pub(crate) struct Receiver {
    pub(crate) url: String,
    messages: mpsc::UnboundedReceiver<Message>,
}

/// A message as it came.
pub(crate) struct Message {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Receiver {
    /// Answers the first messages with these statuses, and the rest with 204.
    pub(crate) async fn new(statuses: &[u16]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/told", listener.local_addr().unwrap().port());
        let (sender, messages) = mpsc::unbounded_channel();
        let mut statuses = VecDeque::from(statuses.to_vec());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let message = read(&mut stream).await;
                let status = statuses.pop_front().unwrap_or(204);
                let answer =
                    format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Receiver { url, messages }
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Message {
        let message = tokio::time::timeout(super::WITHIN, self.messages.recv()).await;
        message.expect("nothing was posted").unwrap()
    }
}

async fn read(stream: &mut TcpStream) -> Message {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
            let headers: HashMap<String, String> =
                headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
            if body.len() >= headers["content-length"].parse::<usize>().unwrap() {
                return Message { headers, body: body.to_owned() };
            }
        }
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.unwrap();
        assert!(count > 0, "the message broke off: {text}");
        bytes.extend_from_slice(&piece[..count]);
    }
}
