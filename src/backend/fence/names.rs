//! The names in requests and answers: inside of the fence each has a prefix, outside none.

use std::ops::Range;

use bytes::Bytes;
use http::{HeaderValue, header};

use super::{Made, Outside};
use crate::{
    partiql::tables_named,
    wire::{
        Operation, Request, Response, Target,
        json::{self, Json, Kind, Value},
        profile,
    },
};

/// What is written in place of the ARNs that the target has: cases are written so.
const STAND_IN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/";
/// How the accounts begin that stand for real ones, in cases and in tapes.
const STANDS_IN: &str = "00000000";
const TABLE: &str = ":table/";

/// The shortest and the longest name of a table (the API model).
const SHORTEST: usize = 3;
const LONGEST: usize = 255;

/// What stands at a place of a request.
#[derive(Clone, Copy)]
enum What {
    /// A table's name or ARN.
    Name,
    /// Tables' names or ARNs, as names of members.
    Keys,
    /// An ARN, or a text with one in it.
    Arn,
    /// A PartiQL statement.
    Statement,
}

/// Where requests name tables, of all operations; `*` is any member or element.
const PLACES: [(&[&str], What); 22] = [
    (&["TableName"], What::Name),
    (&["SourceTableName"], What::Name),
    (&["TargetTableName"], What::Name),
    (&["GlobalTableName"], What::Name),
    (&["ExclusiveStartTableName"], What::Name),
    (&["ExclusiveStartGlobalTableName"], What::Name),
    (&["TableCreationParameters", "TableName"], What::Name),
    (&["TransactItems", "*", "*", "TableName"], What::Name),
    (&["RequestItems"], What::Keys),
    (&["TableArn"], What::Arn),
    (&["SourceTableArn"], What::Arn),
    (&["ResourceArn"], What::Arn),
    (&["BackupArn"], What::Arn),
    (&["ExclusiveStartBackupArn"], What::Arn),
    (&["StreamArn"], What::Arn),
    (&["ExclusiveStartStreamArn"], What::Arn),
    (&["ExportArn"], What::Arn),
    (&["ImportArn"], What::Arn),
    (&["ShardIterator"], What::Arn),
    (&["Policy"], What::Arn),
    (&["Statement"], What::Statement),
    (&["*", "*", "Statement"], What::Statement),
];

/// How names go through the fence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    pub(super) prefix: &'a str,
    /// What the ARNs of the target's tables begin with, once it was seen.
    pub(super) home: Option<&'a str>,
}

/// A request as it is sent, and what it makes.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) request: Request,
    pub(super) makes: Vec<Made>,
}

impl Names<'_> {
    /// A request with the names of the fence; `may_pass` judges what they do not show.
    pub(super) fn inside(
        self,
        request: Request,
        may_pass: impl FnOnce(Operation, Value<'_>) -> Result<(), Outside>,
    ) -> Result<Inside, Outside> {
        let operation = match &request.target {
            Target::Known(operation) => *operation,
            Target::Other(other) => return Err(Outside::Unknown(other.to_string())),
            // Without one the service does nothing.
            Target::Missing => return Ok(Inside { request, makes: Vec::new() }),
        };
        let Ok(body) = request.json() else {
            return match says_nothing(request.body()) {
                true => Ok(Inside { request, makes: Vec::new() }),
                false => Err(Outside::Unreadable),
            };
        };
        may_pass(operation, body.root())?;
        let mut edits = Edits { names: self, all: Vec::new() };
        for (path, what) in PLACES {
            edits.walk(body.root(), path, what)?;
        }
        let body = edits.applied(request.body());
        let request = request.with_body(body);
        let makes = makes(operation, &request, self.prefix);
        Ok(Inside { request, makes })
    }

    /// A name or ARN inside of the fence; none: it is none of a table that can be there.
    fn fenced(self, text: &str) -> Result<Option<String>, Outside> {
        if text.contains(TABLE) {
            return self.fenced_arn(text);
        }
        if !is_name(text) {
            return Ok(None);
        }
        let name = format!("{}{text}", self.prefix);
        if name.len() > LONGEST { Err(Outside::TooLong(text.len())) } else { Ok(Some(name)) }
    }

    /// A text with ARNs of tables in it.
    fn fenced_arn(self, text: &str) -> Result<Option<String>, Outside> {
        let mut parts = text.split(TABLE);
        let mut made = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !is_of_name(c)).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            if let (Some(home), Some(start)) = (self.home, made.rfind("arn:"))
                && let Some(owner) = at_home(&made[start..], home)
            {
                made.truncate(start);
                made.push_str(&owner);
            }
            made.push_str(TABLE);
            if is_name(name) {
                if self.prefix.len() + name.len() > LONGEST {
                    return Err(Outside::TooLong(name.len()));
                }
                made.push_str(self.prefix);
            }
            made.push_str(name);
            made.push_str(rest);
        }
        Ok((made != text).then_some(made))
    }

    fn statement(self, text: &str) -> Result<Option<String>, Outside> {
        let named = tables_named(text).ok_or(Outside::Statement)?;
        let mut made = text.to_owned();
        for one in named.iter().rev() {
            let Some(name) = self.fenced(&one.name)? else { continue };
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let bare = !one.quoted && name.chars().all(is_word);
            let name = if bare { name } else { format!("\"{}\"", name.replace('"', "\"\"")) };
            made.replace_range(one.place.clone(), &name);
        }
        Ok((made != text).then_some(made))
    }

    /// An answer without the names of the fence, account and region.
    pub(super) fn outside(self, mut answer: Response) -> Response {
        let Ok(text) = std::str::from_utf8(&answer.body) else { return answer };
        let mut made = text.to_owned();
        if let Some(home) = self.home {
            made = made.replace(home, STAND_IN);
            if let Some(account) = home.split(':').nth(4).filter(|account| !account.is_empty()) {
                made = made.replace(&format!(":{account}:"), ":000000000000:");
            }
        }
        made = made.replace(self.prefix, "");
        if made == text {
            return answer;
        }
        let body = Bytes::from(made);
        // A checksum that was right is right again; one that was not stays wrong.
        let right = profile::crc32(&answer.body).to_string();
        if answer.headers.get(profile::X_AMZ_CRC32).is_some_and(|sum| *sum == *right) {
            let sum = HeaderValue::from(profile::crc32(&body));
            answer.headers.insert(profile::X_AMZ_CRC32, sum);
        }
        if answer.headers.contains_key(header::CONTENT_LENGTH) {
            answer.headers.insert(header::CONTENT_LENGTH, body.len().into());
        }
        Response { body, ..answer }
    }

    /// What the ARNs of the target's tables begin with, if an answer shows it.
    pub(super) fn home_in(self, answer: &Response) -> Option<String> {
        let text = std::str::from_utf8(&answer.body).ok()?;
        let end = text.find(&format!("{TABLE}{}", self.prefix))?;
        let start = text[..end].rfind("\"arn:")? + 1;
        let home = &text[start..end + TABLE.len()];
        (home.split(':').count() == 6 && !home.contains('"')).then(|| home.to_owned())
    }
}

/// What an ARN begins with, up to the account, if that stands for the target's. One that a case has
/// for another region or partition keeps it; those in tapes are of the tape's own.
fn at_home(owner: &str, home: &str) -> Option<String> {
    let account = owner.split(':').nth(4).filter(|account| account.starts_with(STANDS_IN))?;
    let home = home.strip_suffix(TABLE)?;
    let cases = STAND_IN.strip_suffix(TABLE)?;
    if owner == cases || !cases.ends_with(account) {
        return Some(home.to_owned());
    }
    Some(format!("{}{}", owner.strip_suffix(account)?, home.split(':').nth(4)?))
}

/// The changes to a body.
struct Edits<'a> {
    names: Names<'a>,
    all: Vec<(Range<usize>, String)>,
}

impl Edits<'_> {
    fn walk(&mut self, value: Value<'_>, path: &[&str], what: What) -> Result<(), Outside> {
        let Some((step, rest)) = path.split_first() else { return self.edit(value, what) };
        // A member given twice counts twice: which of them the service takes is its business.
        for (name, inner) in value.members() {
            if *step == "*" || *step == name {
                self.walk(inner, rest, what)?;
            }
        }
        if *step == "*" {
            value.elements().try_for_each(|inner| self.walk(inner, rest, what))?;
        }
        Ok(())
    }

    fn edit(&mut self, value: Value<'_>, what: What) -> Result<(), Outside> {
        if let What::Keys = what {
            if value.kind() == Kind::Object {
                value.names().try_for_each(|name| self.edit(name, What::Name))?;
            }
            return Ok(());
        }
        let Some(text) = value.as_str() else { return Ok(()) };
        let made = match what {
            What::Arn if !text.contains(TABLE) => None,
            What::Name | What::Keys | What::Arn => self.names.fenced(&text)?,
            What::Statement => self.names.statement(&text)?,
        };
        let place = value.span();
        // `Statement` can be reached in two ways.
        if let Some(made) = made.filter(|_| self.all.iter().all(|(known, _)| *known != place)) {
            self.all.push((place, made));
        }
        Ok(())
    }

    fn applied(mut self, body: &Bytes) -> Bytes {
        self.all.sort_by_key(|(place, _)| place.start);
        let mut made = Vec::with_capacity(body.len());
        let mut at = 0;
        for (place, text) in self.all {
            made.extend_from_slice(&body[at..place.start]);
            json::write_string(&mut made, &text);
            at = place.end;
        }
        made.extend_from_slice(&body[at..]);
        made.into()
    }
}

/// What a request makes, by the names of the fence.
fn makes(operation: Operation, request: &Request, prefix: &str) -> Vec<Made> {
    use Operation as O;
    let (member, made): (_, fn(String) -> Made) = match operation {
        O::CreateTable => ("TableName", Made::Table),
        O::RestoreTableFromBackup | O::RestoreTableToPointInTime => {
            ("TargetTableName", Made::Table)
        }
        O::CreateBackup => ("TableName", Made::BackupOf),
        _ => return Vec::new(),
    };
    let Ok(body) = request.json().map(Json::root) else { return Vec::new() };
    let names = body.members().filter(|(name, _)| name == member);
    let names = names.filter_map(|(_, value)| {
        let text = value.as_str()?;
        Some(text.rsplit_once(TABLE).map_or(&*text, |(_, name)| name).to_owned())
    });
    names.filter(|name| name.starts_with(prefix)).map(made).collect()
}

/// Whether a body that is no JSON cannot name anything either: none of the members that do, and no
/// escapes that could spell one.
fn says_nothing(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    !["Name", "Arn", "Items", "Statement", "Iterator", "\\"].iter().any(|word| text.contains(word))
}

fn is_name(text: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&text.len()) && text.chars().all(is_of_name)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'static> =
        Names { prefix: "f_1_", home: Some("arn:aws:dynamodb:eu-west-1:987654321098:table/") };

    fn sent(operation: Operation, body: &str) -> Result<String, Outside> {
        let inside = NAMES.inside(Request::of(operation, body.to_owned()), |_, _| Ok(()))?.request;
        Ok(String::from_utf8(inside.body().to_vec()).expect("text"))
    }

    #[test]
    fn every_name_of_a_table_gets_the_prefix_and_nothing_else_changes() {
        use Operation as O;
        for (operation, body, becomes) in [
            (
                O::GetItem,
                r#"{ "TableName" : "users", "Key":{"TableName":{"S":"users"}} }"#,
                r#"{ "TableName" : "f_1_users", "Key":{"TableName":{"S":"users"}} }"#,
            ),
            (
                O::DeleteTable,
                r#"{"TableName":"a","TableName":"abc"}"#,
                r#"{"TableName":"a","TableName":"f_1_abc"}"#,
            ),
            (O::DeleteTable, r#"{"\u0054ableName":"\u0061bc"}"#, r#"{"\u0054ableName":"f_1_abc"}"#),
            (
                O::BatchGetItem,
                r#"{"RequestItems":{"abc":{"Keys":[]},"x y":{}}}"#,
                r#"{"RequestItems":{"f_1_abc":{"Keys":[]},"x y":{}}}"#,
            ),
            (
                O::TransactWriteItems,
                r#"{"TransactItems":[{"Put":{"TableName":"abc","Item":{}}}]}"#,
                r#"{"TransactItems":[{"Put":{"TableName":"f_1_abc","Item":{}}}]}"#,
            ),
            (
                O::TagResource,
                r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/abc/index/i"}"#,
                r#"{"ResourceArn":"arn:aws:dynamodb:eu-west-1:987654321098:table/f_1_abc/index/i"}"#,
            ),
            (
                O::GetItem,
                r#"{"TableName":"arn:aws:dynamodb:us-east-1:444455556666:table/abc"}"#,
                r#"{"TableName":"arn:aws:dynamodb:us-east-1:444455556666:table/f_1_abc"}"#,
            ),
            (O::TagResource, r#"{"ResourceArn":"abc"}"#, r#"{"ResourceArn":"abc"}"#),
            (
                O::ExecuteStatement,
                r#"{"Statement":"SELECT * FROM abc WHERE a = 'FROM abc'"}"#,
                r#"{"Statement":"SELECT * FROM f_1_abc WHERE a = 'FROM abc'"}"#,
            ),
            (
                O::BatchExecuteStatement,
                r#"{"Statements":[{"Statement":"DELETE FROM \"a-b\""}]}"#,
                r#"{"Statements":[{"Statement":"DELETE FROM \"f_1_a-b\""}]}"#,
            ),
            (
                O::ExecuteTransaction,
                r#"{"TransactStatements":[{"Statement":"UPDATE abc SET a=1"}]}"#,
                r#"{"TransactStatements":[{"Statement":"UPDATE f_1_abc SET a=1"}]}"#,
            ),
        ] {
            assert_eq!(sent(operation, body).as_deref(), Ok(becomes));
        }
    }

    #[test]
    fn an_arn_is_the_targets_own_unless_it_is_meant_to_be_anothers() {
        let home = "arn:aws:dynamodb:eu-west-1:987654321098:table/f_1_abc";
        for (owner, becomes) in [
            ("arn:aws:dynamodb:us-east-1:000000000000", home),
            ("arn:aws:dynamodb:us-west-2:000000000007", home),
            (
                "arn:aws:dynamodb:us-west-2:000000000000",
                "arn:aws:dynamodb:us-west-2:987654321098:table/f_1_abc",
            ),
            (
                "arn:aws:dynamodb:us-east-1:444455556666",
                "arn:aws:dynamodb:us-east-1:444455556666:table/f_1_abc",
            ),
        ] {
            let policy = format!(r#"{{"Policy":"{{\"Resource\":\"{owner}:table/abc\"}}"}}"#);
            let sent = sent(Operation::PutResourcePolicy, &policy).expect("sent");
            assert_eq!(sent, format!(r#"{{"Policy":"{{\"Resource\":\"{becomes}\"}}"}}"#));
        }
    }

    #[test]
    fn what_cannot_be_renamed_is_not_sent() {
        let long = format!(r#"{{"TableName":"{}"}}"#, "x".repeat(252));
        for (operation, body) in [
            (Operation::DeleteTable, r#"{"TableName":"abc"#),
            (Operation::DeleteTable, r#"{"\u0054able":"#),
            (Operation::DeleteTable, &*long),
            (Operation::ExecuteStatement, r#"{"Statement":"DELETE FROM 'abc'"}"#),
        ] {
            assert!(sent(operation, body).is_err(), "{body}");
        }
        assert_eq!(sent(Operation::DeleteTable, "no json").as_deref(), Ok("no json"));
        let mut unknown = Request::of(Operation::DeleteTable, r#"{"TableName":"abc"}"#);
        unknown.target = Target::Other("DynamoDB_20120810.DropTable".into());
        assert!(NAMES.inside(unknown, |_, _| Ok(())).is_err());
    }

    #[test]
    fn answers_have_the_names_that_were_asked_for_and_a_right_checksum() {
        let body = r#"{"T":"f_1_abc","A":"arn:aws:dynamodb:eu-west-1:987654321098:table/f_1_abc"}"#;
        let mut answer = Response::ok(body);
        assert_eq!(NAMES.home_in(&answer).as_deref(), NAMES.home);
        let sum = profile::crc32(body.as_bytes());
        answer.headers.insert(profile::X_AMZ_CRC32, sum.into());
        let outside = NAMES.outside(answer.clone());
        let told = r#"{"T":"abc","A":"arn:aws:dynamodb:us-east-1:000000000000:table/abc"}"#;
        assert_eq!(outside.body, told);
        assert_eq!(
            outside.headers[profile::X_AMZ_CRC32],
            profile::crc32(told.as_bytes()).to_string()
        );
        answer.headers.insert(profile::X_AMZ_CRC32, 1.into());
        assert_eq!(NAMES.outside(answer).headers[profile::X_AMZ_CRC32], "1");
    }
}
