//! The API's document, held against what is sent and answered.

use std::{collections::BTreeSet, sync::Mutex};

use serde_json::Value;

pub(super) struct Document {
    json: Value,
    /// The operations that were done.
    done: Mutex<BTreeSet<String>>,
}

impl Document {
    pub(super) fn new(json: Value) -> Self {
        Self { json, done: Mutex::default() }
    }

    /// Every operation there is.
    pub(super) fn operations(&self) -> BTreeSet<String> {
        let paths = self.json["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|path| path.as_object().unwrap().values());
        operations
            .filter_map(|operation| operation["operationId"].as_str().map(str::to_owned))
            .collect()
    }

    pub(super) fn done(&self) -> BTreeSet<String> {
        self.done.lock().unwrap().clone()
    }

    /// What was answered is what the document says, and so is what was sent and accepted.
    #[track_caller]
    pub(super) fn check(&self, method: &str, path: &str, sent: &str, status: u16, answer: &Value) {
        let place = format!("{method} {path} {status}");
        let Some(operation) = self.operation(method, path) else {
            assert!(status >= 400, "{place} is not described");
            let error = &self.json["components"]["schemas"]["Error"];
            return self.fits(answer, error, &place);
        };
        let responses = &operation["responses"];
        let response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
        let response = self.resolved(response);
        self.fits(answer, &response["content"]["application/json"]["schema"], &place);
        if status >= 400 {
            return;
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            assert_eq!(sent, "", "{place} takes no body");
        } else {
            self.fits(&serde_json::from_str(sent).unwrap(), schema, &format!("{place} (sent)"));
        }
        let id = operation["operationId"].as_str().unwrap();
        self.done.lock().unwrap().insert(id.to_owned());
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let parts: Vec<_> = path.split('/').collect();
        let described = self.json["paths"].as_object().unwrap();
        let (_, methods) = described.iter().find(|(template, _)| {
            let template: Vec<_> = template.split('/').collect();
            let mut pairs = template.iter().zip(&parts);
            template.len() == parts.len() && pairs.all(|(a, b)| a.starts_with('{') || a == b)
        })?;
        methods.get(method.to_lowercase())
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref") {
            Some(target) => {
                let pointer = target.as_str().unwrap().strip_prefix('#').unwrap();
                self.json.pointer(pointer).unwrap_or_else(|| panic!("{target} is not there"))
            }
            None => value,
        }
    }

    #[track_caller]
    fn fits(&self, value: &Value, schema: &Value, place: &str) {
        let schema = self.resolved(schema).as_object().unwrap();
        for (keyword, said) in schema {
            let fits = match keyword.as_str() {
                "type" => match said.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "number" => value.is_number(),
                    other => panic!("{other} is no type"),
                },
                "enum" => said.as_array().unwrap().contains(value),
                "minimum" => value.as_f64() >= said.as_f64(),
                "maximum" => value.as_f64() <= said.as_f64(),
                "required" => {
                    let mut names = said.as_array().unwrap().iter();
                    names.all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "items" => {
                    for element in value.as_array().unwrap() {
                        self.fits(element, said, place);
                    }
                    true
                }
                "properties" | "additionalProperties" => {
                    self.members_fit(value, schema, place);
                    true
                }
                // Nothing to be held against a value, or (the pattern) told in the answer anyway.
                "description" | "example" | "pattern" => true,
                other => panic!("{other} is not known to this test"),
            };
            assert!(fits, "{place}: {keyword} {said} does not fit {value}");
        }
    }

    #[track_caller]
    fn members_fit(&self, value: &Value, schema: &serde_json::Map<String, Value>, place: &str) {
        let nothing = serde_json::Map::new();
        let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
        for (name, member) in value.as_object().unwrap() {
            let others = schema.get("additionalProperties").unwrap_or(&Value::Bool(true));
            match (known.get(name), others) {
                (Some(schema), _) => self.fits(member, schema, place),
                (None, Value::Bool(true)) => {}
                (None, Value::Bool(false)) => panic!("{place}: {name} is not described"),
                (None, schema) => self.fits(member, schema, place),
            }
        }
    }
}
