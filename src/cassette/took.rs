//! How long an answer took, as coarse as it is worth keeping: exact times would be other ones in
//! every recording.

use std::time::Duration;

/// The time that an answer took, in milliseconds: 1, 2, 5, 10, 20, 50 and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Took(u32);

impl Took {
    /// The least of the steps that is not shorter.
    #[must_use]
    pub fn of(time: Duration) -> Self {
        let micros = time.as_micros();
        let mut decade = 1;
        loop {
            for step in [1, 2, 5] {
                let millis = decade * step;
                // The longest fits; nobody waits for a month.
                if micros <= u128::from(millis) * 1_000 || decade == 100_000_000 {
                    return Self(millis);
                }
            }
            decade *= 10;
        }
    }

    /// Any number of milliseconds, as it stands in a tape.
    #[must_use]
    pub(super) const fn millis(millis: u32) -> Self {
        Self(millis)
    }

    /// In milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u32 {
        self.0
    }
}

impl From<Took> for Duration {
    fn from(took: Took) -> Self {
        Self::from_millis(took.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_up_to_steps_that_two_recordings_share() {
        let step = |micros| Took::of(Duration::from_micros(micros)).as_millis();
        let given = [0, 900, 1_000, 1_001, 2_100, 5_000, 5_001, 14_000, 21_000, 480_000_000];
        assert_eq!(given.map(step), [1, 1, 1, 2, 5, 5, 10, 20, 50, 500_000]);
        assert_eq!(Took::of(Duration::MAX).as_millis(), 100_000_000);
    }
}
