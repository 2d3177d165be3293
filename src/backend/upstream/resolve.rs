//! Addresses that are told and not looked up, as with curl's `--resolve`.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
    task::{Context, Poll},
    vec,
};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

use crate::backend::BoxFuture;

/// Where hosts are. One that was not told is looked up as usual.
#[derive(Clone, Debug)]
pub struct Resolve {
    told: Arc<[(String, SocketAddr)]>,
    system: GaiResolver,
}

impl Resolve {
    /// Reads texts of the form `HOST=ADDRESS` or `HOST=ADDRESS:PORT`; `None` at one that is none.
    #[must_use]
    pub fn of(texts: &[String]) -> Option<Self> {
        let told = texts.iter().map(|text| {
            let (host, address) = text.split_once('=')?;
            // A port of 0 is the one that the address says.
            let address = SocketAddr::from_str(address)
                .or_else(|_| IpAddr::from_str(address).map(|address| (address, 0).into()));
            (!host.is_empty()).then_some((host.to_ascii_lowercase(), address.ok()?))
        });
        Some(Self { told: told.collect::<Option<Vec<_>>>()?.into(), system: GaiResolver::new() })
    }

    /// Where a host is, if that was told.
    #[must_use]
    pub fn address(&self, host: &str) -> Option<SocketAddr> {
        let mut told = self.told.iter();
        told.find(|(name, _)| name.eq_ignore_ascii_case(host)).map(|(_, address)| *address)
    }
}

impl Default for Resolve {
    fn default() -> Self {
        Self { told: Arc::new([]), system: GaiResolver::new() }
    }
}

impl Service<Name> for Resolve {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, Result<Self::Response, io::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let told = self.address(name.as_str());
        let asked = told.is_none().then(|| self.system.call(name));
        Box::pin(async move {
            let mut found = told.into_iter().collect::<Vec<_>>();
            if let Some(asked) = asked {
                found.extend(asked.await?);
            }
            Ok(found.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_where_it_was_told_to_be() {
        let texts = ["Some.Host=127.0.0.1:99", "other=::1"].map(str::to_owned);
        let resolve = Resolve::of(&texts).expect("two addresses");
        assert_eq!(resolve.address("some.host"), "127.0.0.1:99".parse().ok());
        assert_eq!(resolve.address("other"), "[::1]:0".parse().ok());
        assert_eq!(resolve.address("third"), None);
        for wrong in ["a", "=127.0.0.1", "a=b", "a=127.0.0.1:x"] {
            assert!(Resolve::of(&[wrong.to_owned()]).is_none(), "{wrong}");
        }
    }
}
