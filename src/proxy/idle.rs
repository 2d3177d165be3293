//! Connections that nobody uses: no whole head came for as long as one may take.
//!
//! hyper would keep that time with a timer for each request, made when it waits for a head and
//! thrown away when one came, which takes longer than to read the request's JSON. Here a request
//! leaves a mark, and somebody looks for marks now and then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::sleep;

/// How often somebody looks in the time that a connection may be idle. It may take one look longer.
const LOOKS: u32 = 8;

/// The marks of a connection.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    heads: AtomicU64,
    answering: AtomicBool,
}

/// A head that came. Its client is not asked for another while this is there.
pub(super) struct Beat(Arc<Pulse>);

impl Pulse {
    /// Marks that a head came.
    pub(super) fn beat(self: &Arc<Self>) -> Beat {
        self.heads.fetch_add(1, Relaxed);
        self.answering.store(true, Relaxed);
        Beat(Arc::clone(self))
    }

    /// Ends when no head came for this long, nor was one answered.
    pub(super) async fn stopped(&self, time: Duration) {
        let (mut seen, mut quiet) = (0, 0);
        while quiet < LOOKS {
            sleep(time / LOOKS).await;
            let heads = self.heads.load(Relaxed);
            let is_quiet = heads == seen && !self.answering.load(Relaxed);
            quiet = if is_quiet { quiet + 1 } else { 0 };
            seen = heads;
        }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.answering.store(false, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, advance};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pulse_stops_when_no_head_came_and_none_is_answered() {
        const TIME: Duration = Duration::from_secs(80);
        let pulse = Arc::new(Pulse::default());
        let begun = Instant::now();
        let used = async {
            advance(TIME / 2).await;
            let beat = pulse.beat();
            advance(TIME * 3).await;
            drop(beat);
            advance(TIME / 2).await;
            drop(pulse.beat());
            Instant::now()
        };
        let stopped = async {
            pulse.stopped(TIME).await;
            Instant::now()
        };
        let (last, stopped) = tokio::join!(used, stopped);
        assert_eq!(last - begun, TIME * 4);
        assert!((TIME..=TIME * 9 / 8).contains(&(stopped - last)), "{:?}", stopped - last);
    }
}
