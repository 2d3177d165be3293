//! Changes of deletion protection, class, encryption and stream (aws-tables-facts 13 to 16).

use super::{Result, UpdateError, UpdateParameterError, apply::Work, error::LimitError};
use crate::emulator::table::{
    Step, Task,
    limits::{
        self, CLASS_CHANGES, CLASS_PERIOD, ENCRYPTION_CHANGES, ENCRYPTION_PAUSE, ENCRYPTION_PERIOD,
        PROTECTION_PAUSE,
    },
};

impl Work<'_> {
    /// The same again is nothing (aws-tables-facts 16; what it is right after a change is
    /// disputed, 24).
    pub(super) fn protection(&mut self) -> Result<()> {
        let Some(protect) = self.change.protection else { return Ok(()) };
        if self.table.definition.deletion_protection.unwrap_or(false) == protect {
            return Ok(());
        }
        let (changed, now) = (self.table.state.protection_changed, self.when.now);
        if let (Some(changed), false, true) =
            (changed, limits::is_over(PROTECTION_PAUSE, changed, now), self.when.timing.pauses)
        {
            let table = self.table.name.clone();
            let again = changed + limits::millis(PROTECTION_PAUSE);
            return Err(UpdateError::ProtectionTooSoon { table, again });
        }
        self.definition.deletion_protection = Some(protect);
        self.state.protection_changed = Some(now);
        Ok(())
    }

    /// The answer shows the class there was (aws-tables-facts 1.9, 15).
    pub(super) fn class(&mut self) -> Result<()> {
        let Some(class) = &self.change.class else { return Ok(()) };
        self.status = Some("UPDATING");
        if self.table.hides_class() {
            return Ok(());
        }
        let current = self.table.definition.class.as_deref();
        if current.is_none() && **class == *"STANDARD" {
            return Ok(());
        }
        let since = self.when.now.saturating_sub(limits::millis(CLASS_PERIOD));
        let changes = &mut self.state.class_changed;
        changes.retain(|changed| *changed > since);
        // Once they are spent, even the same class again is refused (aws-tables-facts 1.3).
        if changes.len() >= CLASS_CHANGES {
            return Err(LimitError::Class.into());
        }
        if current != Some(class) {
            self.start(Step::Class, Task::Class(class.clone()));
        }
        Ok(())
    }

    /// aws-tables-facts 14.1 to 14.3. Which keys there are is not known here: any will do.
    pub(super) fn encryption(&mut self) -> Result<()> {
        let Some(sent) = &self.change.encryption else { return Ok(()) };
        // Whatever else the table is at (aws-tables-facts 1.9).
        self.status = Some("ACTIVE");
        let current = self.table.encryption_key();
        let (off, to) = (sent.is_off(), self.change.encryption_to());
        if self.table.job(|task| matches!(task, Task::Encrypt(running) if *running == to)).is_some()
        {
            return Ok(());
        }
        if off && current.is_none() {
            return Err(UpdateParameterError::EncryptedByDefault.into());
        }
        let same = |arn: &str| arn.starts_with("arn:") && current.as_deref() == Some(arn);
        if !off && sent.key.as_deref().is_some_and(same) {
            return Err(UpdateParameterError::SameKey.into());
        }
        self.count_encryption()?;
        self.start(Step::Encrypt, Task::Encrypt(to));
        Ok(())
    }

    fn count_encryption(&mut self) -> Result<()> {
        let changes = &mut self.state.encryption_changed;
        let end = changes.first().map(|first| first + limits::millis(ENCRYPTION_PERIOD));
        match (end, changes.last().copied()) {
            (Some(end), Some(last)) if self.when.now < end => {
                let next = end.min(last + limits::millis(ENCRYPTION_PAUSE));
                let today = changes.len();
                if today >= ENCRYPTION_CHANGES && self.when.now < next {
                    return Err(LimitError::Encryption { end, today, last, next }.into());
                }
            }
            _ => changes.clear(),
        }
        changes.push(self.when.now);
        Ok(())
    }

    /// A stream that is enabled has a label of its own, even in the same millisecond.
    pub(super) fn stream(&mut self) -> Result<()> {
        let Some((enable, view)) = &self.change.stream else { return Ok(()) };
        let enabled = matches!(self.table.definition.stream, Some((true, _)));
        match (enabled, enable) {
            (true, true) => return Err(UpdateError::StreamEnabled(self.table.name.clone())),
            (false, false) => return Err(UpdateError::NoStream(self.table.name.clone())),
            (false, true) => {
                let last = self.table.state.stream_since.map_or(0, |last| last + 1);
                self.definition.stream = Some((true, view.clone()));
                self.state.stream_since = Some(self.when.now.max(last));
                self.state.stream_tags.clear();
                self.state.stream_policy = None;
            }
            (true, false) => self.definition.stream = None,
        }
        self.start(Step::Stream, Task::Stream { enable: *enable });
        Ok(())
    }
}
