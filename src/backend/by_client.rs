//! A database for each client: for each access key, in each region that it asks in.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use super::{Backend, BackendError, BoxFuture};
use crate::wire::{
    Fault, Request, Response,
    sigv4::{self, Scope},
};

/// Who asks, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// The access key: letters and digits, at least one.
    pub access_key: String,
    /// The region: letters, digits and hyphens, or nothing.
    pub region: String,
}

impl Client {
    /// The client of a signature, if its parts are what they are to be.
    ///
    /// DynamoDB Local, whose way of keeping clients apart this is, takes letters and digits for an
    /// access key, and nothing else (observed of 3.3.1).
    fn of(scope: &Scope<'_>) -> Option<Self> {
        Self::made_of(&scope.access_key, &scope.region)
    }

    fn made_of(access_key: &str, region: &str) -> Option<Self> {
        let is_key =
            !access_key.is_empty() && access_key.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_region = region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let of = || Self { access_key: access_key.to_owned(), region: region.to_owned() };
        (is_key && is_region).then(of)
    }

    /// The client whose name this is ([`fmt::Display`]).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (access_key, region) = name.split_once('_')?;
        Self::made_of(access_key, region)
    }
}

/// `KEY_REGION`, as DynamoDB Local calls its files.
impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.access_key, self.region)
    }
}

/// Where the database of a client comes from.
pub trait Databases: fmt::Debug + Send + Sync {
    /// What answers this client. Asked once for each.
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    fn open(&self, client: &Client) -> Result<Arc<dyn Backend>, BackendError>;
}

/// Asks the database of whoever signed the request.
#[derive(Debug)]
pub struct ByClient {
    databases: Arc<dyn Databases>,
    opened: RwLock<HashMap<Client, Arc<dyn Backend>>>,
    /// Who answers what nobody signed.
    nobody: Arc<dyn Backend>,
}

impl ByClient {
    /// Nobody has asked yet. What is not signed, `nobody` answers.
    #[must_use]
    pub fn new(databases: Arc<dyn Databases>, nobody: Arc<dyn Backend>) -> Self {
        Self { databases, opened: RwLock::default(), nobody }
    }

    /// The database of a client.
    ///
    /// # Errors
    ///
    /// When it is not open yet and cannot be opened.
    pub fn database(&self, client: &Client) -> Result<Arc<dyn Backend>, BackendError> {
        // What a poisoned lock guards is whole: nothing is half inserted.
        let known = self.opened.read().unwrap_or_else(PoisonError::into_inner).get(client).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(meanwhile) = opened.get(client) {
            return Ok(Arc::clone(meanwhile));
        }
        let database = self.databases.open(client)?;
        opened.insert(client.clone(), Arc::clone(&database));
        Ok(database)
    }
}

impl Backend for ByClient {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        let database = match sigv4::authenticate(&request).map(|scope| Client::of(&scope)) {
            Ok(Some(client)) => self.database(&client),
            // DynamoDB Local's answer, which is its own (observed of 3.3.1).
            Ok(None) => {
                let fault = Fault::new(
                    "UnrecognizedClientException",
                    "The Access Key ID or security token is invalid.",
                );
                return Box::pin(std::future::ready(Ok(fault.into_response())));
            }
            Err(_) => Ok(Arc::clone(&self.nobody)),
        };
        Box::pin(async move { database?.call(request).await })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::wire::Operation;

    /// Answers with the name of its client.
    #[derive(Debug)]
    struct Named(String);

    impl Backend for Named {
        fn call(&self, _: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
            Box::pin(std::future::ready(Ok(Response::ok(self.0.clone()))))
        }
    }

    #[derive(Debug, Default)]
    struct Made(std::sync::Mutex<Vec<String>>);

    impl Databases for Made {
        fn open(&self, client: &Client) -> Result<Arc<dyn Backend>, BackendError> {
            self.0.lock().unwrap().push(client.to_string());
            Ok(Arc::new(Named(client.to_string())))
        }
    }

    #[tokio::test]
    async fn each_access_key_in_each_region_has_one_database() {
        let made = Arc::new(Made::default());
        let nobody = Arc::new(Named("nobody".into()));
        let backend = ByClient::new(Arc::clone(&made) as Arc<dyn Databases>, nobody);
        let ask = async |key: &str, region: &str| {
            let mut request = Request::of(Operation::ListTables, "{}").signed_for(region);
            let signed = request.headers["authorization"].to_str().unwrap();
            let signed = signed.replace("=dynatape/", &format!("={key}/"));
            request.headers.insert("authorization", signed.parse().unwrap());
            String::from_utf8(backend.call(request).await.unwrap().body.to_vec()).unwrap()
        };
        assert_eq!(ask("alice", "eu-west-1").await, "alice_eu-west-1");
        assert_eq!(ask("alice", "us-east-1").await, "alice_us-east-1");
        assert_eq!(ask("bob", "us-east-1").await, "bob_us-east-1");
        assert_eq!(ask("alice", "eu-west-1").await, "alice_eu-west-1");
        for (key, region) in [("..", "eu-west-1"), ("", "x"), ("a_b", "x"), ("alice", "../x")] {
            assert!(
                ask(key, region).await.contains("UnrecognizedClientException"),
                "{key} {region}"
            );
        }
        let unsigned = Request::new(HeaderMap::new(), "{}".into());
        assert_eq!(backend.call(unsigned).await.unwrap().body, "nobody");
        let made = made.0.lock().unwrap().clone();
        assert_eq!(made, ["alice_eu-west-1", "alice_us-east-1", "bob_us-east-1"]);
    }

    #[test]
    fn a_client_is_found_by_its_name() {
        let client = Client { access_key: "alice".into(), region: "eu-west-1".into() };
        assert_eq!(Client::named(&client.to_string()), Some(client));
        assert_eq!(Client::named("shared-local-instance"), None);
        assert_eq!(Client::named("../x_y"), None);
    }
}
