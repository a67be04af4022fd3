//! Calls in any minute.

use std::collections::VecDeque;
use std::time::Duration;

use domain::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);

/// When the calls of the last minute were made.
pub(super) struct Window {
    most: usize,
    made: VecDeque<Timestamp>,
}

impl Window {
    pub(super) fn new(most: usize) -> Self {
        Window { most, made: VecDeque::new() }
    }

    /// Counts a call at `now`, or says how long until there may be one.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), Duration> {
        while self.made.front().is_some_and(|&at| now.since(at) >= MINUTE) {
            self.made.pop_front();
        }
        if self.made.len() < self.most {
            self.made.push_back(now);
            return Ok(());
        }
        let oldest = self.made.front().copied().unwrap_or(now);
        Err((oldest + MINUTE).since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_calls_than_are_allowed() {
        let mut window = Window::new(3);
        let at = |seconds: u64| Timestamp::from_millis(seconds * 1000);
        assert!([0, 10, 50].iter().all(|&second| window.take(at(second)).is_ok()));
        assert_eq!(window.take(at(55)), Err(Duration::from_secs(5)));
        assert_eq!(window.take(at(59)), Err(Duration::from_secs(1)), "being refused does not count");
        assert_eq!(window.take(at(60)), Ok(()));
        assert_eq!(window.take(at(60)), Err(Duration::from_secs(10)));
    }
}
