//! Conflicts between transactions and what else is written, where none arise by themselves: the
//! emulator does one write after the other.
//!
//! So that a program meets what it has to try again, a share of its requests is refused as if
//! somebody else's transaction was at one of their items: of all transactions, and of the single
//! writes to tables that transactions write to. Which ones is drawn from the seed, so the same
//! requests in the same order meet the same conflicts.

use std::sync::{Mutex, PoisonError};

use imbl::OrdSet;

use super::{Settings, md5, table::Table};
use crate::{storage::layout::TableNumber, wire::Fault};

/// Which requests meet a conflict.
#[derive(Debug)]
pub(super) struct Conflicts {
    /// How many of 2^32 draws are one.
    share: u64,
    seed: u64,
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    drawn: u64,
    /// The tables that transactions have written to.
    tables: OrdSet<TableNumber>,
}

/// The sentence, with its full stop, is of the API's documentation of cancellation reasons.
fn conflict() -> Fault {
    Fault::new("TransactionConflictException", "Transaction is ongoing for the item.")
}

impl Conflicts {
    /// `None` if there are none.
    pub(super) fn of(settings: &Settings) -> Option<Self> {
        // The share was checked to be one.
        let share = (settings.conflicts.clamp(0.0, 1.0) * f64::from(u32::MAX)).ceil() as u64;
        (share > 0).then(|| Self { share, seed: settings.seed, state: Mutex::default() })
    }

    /// Another one that goes on drawing from here.
    pub(super) fn fork(&self) -> Self {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { share: self.share, seed: self.seed, state: state.into() }
    }

    /// Refuses one of a transaction's actions, if it meets a conflict; one that writes to tables
    /// is remembered by them.
    pub(super) fn cancel(&self, reasons: &mut [Result<(), Fault>], written: &[TableNumber]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tables.extend(written.iter().copied());
        if let Some(draw) = self.draw(&mut state)
            && let Some(count) = u64::try_from(reasons.len()).ok().filter(|count| *count > 0)
            && let Some(reason) =
                usize::try_from(draw % count).ok().and_then(|at| reasons.get_mut(at))
        {
            *reason = Err(conflict());
        }
    }

    /// Refuses a single write, if it meets a conflict.
    pub(super) fn check_write(&self, table: &Table) -> Result<(), Fault> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.tables.contains(&table.number) && self.draw(&mut state).is_some() {
            true => Err(conflict()),
            false => Ok(()),
        }
    }

    /// Draws, and gives a number to choose with if that is a conflict.
    fn draw(&self, state: &mut State) -> Option<u64> {
        state.drawn += 1;
        let (seed, drawn) = (self.seed.to_be_bytes(), state.drawn.to_be_bytes());
        let digest = md5::digest(&[b"conflict", &seed, &drawn]);
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        (number(&digest[..4]) < self.share).then(|| number(&digest[4..8]))
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::{
        Emulator, Settings,
        op::tests::{call, with_table_and},
    };

    const PUT: &str = r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#;
    const WRITE: &str = r#"{"TransactItems":[{"Put":{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}},{"Put":{"TableName":"table","Item":{"pk":{"S":"b"},"sk":{"N":"1"}}}}]}"#;
    const READ: &str = r#"{"TransactItems":[{"Get":{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}}]}"#;

    fn with(conflicts: f64, seed: u64) -> Emulator {
        with_table_and(Settings { conflicts, seed, ..Settings::default() }).0
    }

    fn outcomes(emulator: &Emulator) -> Vec<String> {
        let calls = [("TransactWriteItems", WRITE), ("PutItem", PUT), ("TransactGetItems", READ)];
        let answers = (0..20).flat_map(|_| calls.map(|(name, body)| call(emulator, name, body)));
        answers.map(|answer| answer.error_message().unwrap_or_default()).collect()
    }

    #[test]
    fn a_share_of_requests_meets_a_conflict_the_same_ones_for_the_same_seed() {
        let met = outcomes(&with(0.3, 7));
        let count = met.iter().filter(|text| !text.is_empty()).count();
        assert!((6..=32).contains(&count), "{count} of {}", met.len());
        assert_eq!(met, outcomes(&with(0.3, 7)));
        assert_ne!(met, outcomes(&with(0.3, 8)));
        assert!(outcomes(&with(0.0, 7)).iter().all(String::is_empty));
    }

    #[test]
    fn a_conflict_is_told_as_the_service_tells_it_and_writes_nothing() {
        let emulator = with(1.0, 0);
        // Nobody's transaction is at this table yet.
        assert!(call(&emulator, "PutItem", PUT).status.is_success());
        let answer = call(&emulator, "TransactWriteItems", WRITE);
        assert_eq!(answer.error_type().as_deref(), Some("TransactionCanceledException"));
        let reason =
            r#"{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item."}"#;
        let none = r#"{"Code":"None"}"#;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        let either = [format!("[{reason},{none}]"), format!("[{none},{reason}]")];
        assert!(either.iter().any(|reasons| text.contains(reasons)), "{text}");
        let single = call(&emulator, "PutItem", PUT);
        assert_eq!(single.error_type().as_deref(), Some("TransactionConflictException"));
        let read = call(&emulator, "TransactGetItems", READ);
        assert_eq!(read.error_type().as_deref(), Some("TransactionCanceledException"));
        let scan = call(&emulator, "Scan", r#"{"TableName":"table","Select":"COUNT"}"#);
        assert_eq!(&*scan.body, br#"{"Count":1,"ScannedCount":1}"#);
    }
}
