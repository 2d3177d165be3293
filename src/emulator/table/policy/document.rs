//! The document of a resource policy: which can be, and how it is shown.

use super::{DocumentError, MOST_BYTES, Owner, PolicyError, pattern};
use crate::wire::json::{Json, Kind, Value, Writer};

/// A policy that can be.
#[derive(Debug)]
pub struct Document {
    json: Json,
}

/// Fields of a statement that come in two forms, in the order in which their absence is told. The
/// effect and the resource were seen; the order, and the others, are inferred.
const FIELDS: [(&str, &str); 3] =
    [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")];

/// Actions on streams, which no policy of a table can name. The first two were seen
/// (aws-service-facts 12.4); that the last is none either is inferred.
const OF_STREAMS: [&str; 3] =
    ["dynamodb:GetRecords", "dynamodb:DescribeStream", "dynamodb:GetShardIterator"];

/// What a policy says that does not say which version of the language it is in
/// (aws-service-facts 12.3).
const OLDEST_VERSION: &str = "2008-10-17";

impl Document {
    /// Reads and checks a policy.
    ///
    /// # Errors
    ///
    /// The first rule it breaks; which of several comes first is inferred.
    pub fn read(text: &str, owner: Owner) -> Result<Self, PolicyError> {
        if text.len() > MOST_BYTES {
            return Err(PolicyError::TooLarge);
        }
        let json = Json::parse(text.as_bytes().to_vec()).map_err(|_| DocumentError::NotJson)?;
        match json.root().kind() {
            Kind::Object => {}
            Kind::Array => return Err(DocumentError::NotJson.into()),
            _ => return Err(DocumentError::NoPolicy.into()),
        }
        let document = Self { json };
        document.check(owner)?;
        Ok(document)
    }

    fn check(&self, owner: Owner) -> Result<(), PolicyError> {
        let root = self.json.root();
        let Some(statement) = root.get("Statement") else {
            // Of `{}` seen, at the end of the text.
            return Err(self.syntax(root).into());
        };
        if statement.kind() == Kind::Array && statement.is_empty() {
            return Err(DocumentError::NoStatement.into());
        }
        let version = root.get("Version");
        if let Some(version) = version
            && !matches!(version.as_str().as_deref(), Some(OLDEST_VERSION | "2012-10-17"))
        {
            return Err(self.syntax(version).into());
        }
        let mut ids: Vec<String> = Vec::new();
        for statement in self.statements() {
            self.check_form(statement)?;
            if let Some(id) = statement.get("Sid").and_then(Value::as_str) {
                if ids.iter().any(|known| *known == *id) {
                    return Err(DocumentError::RepeatedId.into());
                }
                ids.push(id.into_owned());
            }
        }
        for statement in self.statements() {
            check_reach(statement, owner)?;
        }
        self.statements().try_for_each(check_principals)
    }

    /// The fields of one statement are there and of the right kind.
    fn check_form(&self, statement: Value<'_>) -> Result<(), PolicyError> {
        if statement.kind() != Kind::Object {
            return Err(self.syntax(statement).into());
        }
        let effect = statement.get("Effect").ok_or(DocumentError::Missing("Effect"))?;
        if effect_of(effect).is_none() {
            return Err(self.syntax(effect).into());
        }
        for (field, negated) in FIELDS {
            if statement.get(field).or(statement.get(negated)).is_none() {
                return Err(DocumentError::Missing(field).into());
            }
        }
        for principal in [statement.get("Principal"), statement.get("NotPrincipal")] {
            let Some(principal) = principal else { continue };
            let is_one = match principal.kind() {
                Kind::Object => true,
                _ => principal.as_str().as_deref() == Some("*"),
            };
            if !is_one {
                return Err(self.syntax(principal).into());
            }
        }
        Ok(())
    }

    /// A complaint about a value: the place after it. Of `{}` and of a bare account seen; that the
    /// place is the end is inferred.
    fn syntax(&self, value: Value<'_>) -> DocumentError {
        let text = String::from_utf8_lossy(&self.json.text()[..value.span().end]).into_owned();
        let last = text.rsplit('\n').next().unwrap_or_default();
        let line = text.matches('\n').count() + 1;
        DocumentError::Syntax { line, column: last.chars().count() + 1 }
    }

    pub(super) fn statements(&self) -> impl Iterator<Item = Value<'_>> {
        let statement = self.json.root().get("Statement");
        let single = statement.filter(|one| one.kind() != Kind::Array);
        single.into_iter().chain(statement.into_iter().flat_map(Value::elements))
    }

    /// Whether the owner could not change the policy any more: a statement denies its account, or
    /// everybody, just that. Whom a statement with a condition hits is not looked at, nor is a
    /// single user of the account: who calls is not known here.
    #[must_use]
    pub fn locks_out(&self, account: &str, arn: &str) -> bool {
        let root = format!("arn:aws:iam::{account}:root");
        self.statements().any(|statement| {
            let denies = statement.get("Effect").and_then(effect_of) == Some("Deny");
            let everybody = |text: &str| text == "*" || text == account || text == root;
            let principal = match statement.get("Principal") {
                Some(one) => principals(one).any(|(_, text)| everybody(&text)),
                None => false,
            };
            let put = |pattern_: &str| pattern::fits(pattern_, "dynamodb:PutResourcePolicy", true);
            let action = match (statement.get("Action"), statement.get("NotAction")) {
                (Some(actions), _) => texts(actions).any(|action| put(&action)),
                (None, Some(others)) => !texts(others).any(|action| put(&action)),
                (None, None) => false,
            };
            let here = |resource: &str| pattern::fits(resource, arn, false);
            let resource = match (statement.get("Resource"), statement.get("NotResource")) {
                (Some(resources), _) => texts(resources).any(|resource| here(&resource)),
                (None, Some(others)) => !texts(others).any(|resource| here(&resource)),
                (None, None) => false,
            };
            denies && principal && action && resource && statement.get("Condition").is_none()
        })
    }

    /// The document as GetResourcePolicy shows it (aws-service-facts 12.3).
    #[must_use]
    pub fn shown(&self) -> String {
        self.print(true)
    }

    /// Whether another says the same. One that names no version says something else than one that
    /// names the one it is taken for (aws-service-facts 12.3).
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.print(false) == other.print(false)
    }

    pub(super) fn print(&self, versioned: bool) -> String {
        let root = self.json.root();
        let mut json = Writer::new();
        json.object(|json| {
            let version = root.get("Version").and_then(Value::as_str);
            let version = version.or_else(|| versioned.then(|| OLDEST_VERSION.into()));
            for (name, text) in
                [("Version", version), ("Id", root.get("Id").and_then(Value::as_str))]
            {
                if let Some(text) = text {
                    json.key(name);
                    json.string(&text);
                }
            }
            json.key("Statement");
            json.array(|json| self.statements().for_each(|one| print_statement(one, json)));
        });
        String::from_utf8_lossy(&json.into_bytes()).into_owned()
    }
}

/// The effect in its own spelling: `allow` is one (aws-service-facts 12.3).
pub(super) fn effect_of(value: Value<'_>) -> Option<&'static str> {
    let text = value.as_str()?;
    ["Allow", "Deny"].into_iter().find(|effect| text.eq_ignore_ascii_case(effect))
}

/// A text, or the texts of a list.
pub(super) fn texts(value: Value<'_>) -> impl Iterator<Item = String> {
    let texts = value.as_str().into_iter().chain(value.elements().filter_map(Value::as_str));
    texts.map(std::borrow::Cow::into_owned)
}

/// Principals by kind: `AWS`, `Service`. Everybody is `*` of kind `AWS`.
pub(super) fn principals(value: Value<'_>) -> impl Iterator<Item = (String, String)> {
    let everybody = value.as_str().map(|text| ("AWS".to_owned(), text.into_owned()));
    let kinds = value
        .members()
        .flat_map(|(kind, names)| texts(names).map(move |name| (kind.to_string(), name)));
    everybody.into_iter().chain(kinds)
}

/// What a statement is about is something that a policy of this owner can be about.
fn check_reach(statement: Value<'_>, owner: Owner) -> Result<(), DocumentError> {
    if owner == Owner::Stream {
        return Ok(());
    }
    let actions = [statement.get("Action"), statement.get("NotAction")].into_iter().flatten();
    let foreign: Vec<String> = actions
        .flat_map(texts)
        .filter(|action| OF_STREAMS.iter().any(|known| known.eq_ignore_ascii_case(action)))
        .map(|action| format!("\"{action}\""))
        .collect();
    if !foreign.is_empty() {
        return Err(DocumentError::Actions(foreign.join(", ")));
    }
    let resources = [statement.get("Resource"), statement.get("NotResource")];
    for arn in resources.into_iter().flatten().flat_map(texts) {
        let relative = arn.splitn(6, ':').nth(5).unwrap_or_default().to_owned();
        if relative.starts_with("table/") && relative.contains("/stream/") {
            return Err(DocumentError::Relative { relative, arn });
        }
    }
    Ok(())
}

/// The principals of a statement can be, and are not everybody, who may do something without a
/// condition. That a condition makes it bounded is inferred.
fn check_principals(statement: Value<'_>) -> Result<(), PolicyError> {
    let named = [statement.get("Principal"), statement.get("NotPrincipal")];
    for (kind, name) in named.into_iter().flatten().flat_map(principals) {
        if kind == "AWS" && name != "*" && !is_principal(&name) {
            return Err(PolicyError::Principal);
        }
    }
    let allows = statement.get("Effect").and_then(effect_of) == Some("Allow");
    let everybody = |value| principals(value).any(|(kind, name)| kind == "AWS" && name == "*");
    let unbounded = statement.get("Principal").is_some_and(everybody);
    if allows && unbounded && statement.get("Condition").is_none() {
        return Err(PolicyError::Unbounded);
    }
    Ok(())
}

/// Whether an account, or somebody in one, can have this name; who there is, is not known here.
fn is_principal(name: &str) -> bool {
    let is_account =
        |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account(name) {
        return true;
    }
    match *name.splitn(6, ':').collect::<Vec<_>>() {
        ["arn", _, "iam" | "sts", "", account, who] => is_account(account) && !who.is_empty(),
        _ => false,
    }
}

/// A statement in the service's order of fields.
fn print_statement(statement: Value<'_>, json: &mut Writer) {
    json.object(|json| {
        if let Some(id) = statement.get("Sid").and_then(Value::as_str) {
            json.key("Sid");
            json.string(&id);
        }
        if let Some(effect) = statement.get("Effect").and_then(effect_of) {
            json.key("Effect");
            json.string(effect);
        }
        for name in ["Principal", "NotPrincipal"] {
            let Some(principal) = statement.get(name) else { continue };
            json.key(name);
            match principal.as_str() {
                Some(everybody) => json.string(&everybody),
                None => json.object(|json| {
                    for (kind, names) in principal.members() {
                        json.key(&kind);
                        print_texts(&distinct(texts(names).map(whole_principal)), json);
                    }
                }),
            }
        }
        for name in ["Action", "NotAction", "Resource", "NotResource"] {
            if let Some(value) = statement.get(name) {
                json.key(name);
                print_texts(&texts(value).collect::<Vec<_>>(), json);
            }
        }
        let Some(condition) = statement.get("Condition") else { return };
        json.key("Condition");
        json.object(|json| {
            for (operator, keys) in condition.members() {
                json.key(&operator);
                json.object(|json| {
                    for (key, values) in keys.members() {
                        json.key(&key);
                        print_values(values, json);
                    }
                });
            }
        });
    });
}

/// An account stands for all in it.
fn whole_principal(name: String) -> String {
    match name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("arn:aws:iam::{name}:root"),
        false => name,
    }
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// A list of one is its element.
fn print_texts(texts: &[String], json: &mut Writer) {
    match texts {
        [text] => json.string(text),
        _ => json.array(|json| texts.iter().for_each(|text| json.string(text))),
    }
}

/// Values of a condition, which need not be texts.
fn print_values(values: Value<'_>, json: &mut Writer) {
    let print = |value: Value<'_>, json: &mut Writer| match value.as_str() {
        Some(text) => json.string(&text),
        None => json.raw(value.raw().as_bytes()),
    };
    let elements: Vec<_> = values.elements().collect();
    match (values.kind(), &*elements) {
        (Kind::Array, [one]) => print(*one, json),
        (Kind::Array, all) => json.array(|json| all.iter().for_each(|one| print(*one, json))),
        _ => print(values, json),
    }
}
