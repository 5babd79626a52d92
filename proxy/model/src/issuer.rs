//! Who issues tokens: user pools, and any other issuer of OpenID Connect.
//!
//! Source: OpenID Connect Discovery 1.0 section 4.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;

use crate::UriTemplate;

/// An issuer of tokens.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Issuer {
    /// `iss` of its tokens.
    pub name: String,
    /// Where its keys are.
    pub keys: KeyLocation,
    /// Whether they may come from another machine in clear text.
    is_in_clear_text: bool,
}

/// Where the keys of an issuer are.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum KeyLocation {
    /// What this document names as `jwks_uri`.
    Discovered(String),
    /// Here.
    KeySet(String),
}

/// What a node's configuration says of user pools, by their id.
pub type UserPools = HashMap<String, Arc<Issuer>>;

impl Issuer {
    /// By its name, and the address of its keys, if that is not to be discovered.
    ///
    /// # Errors
    /// What is wrong with either, as the end of a sentence.
    pub fn new(name: &str, key_set: Option<&str>) -> Result<Self, String> {
        let issuer = Self::in_clear_text(name, key_set)?;
        let issuer = Self { is_in_clear_text: false, ..issuer };
        let (KeyLocation::Discovered(uri) | KeyLocation::KeySet(uri)) = &issuer.keys;
        if issuer.may_fetch(uri) {
            return Ok(issuer);
        }
        Err(format!(
            "has its keys at {uri}, in clear text, where whoever is on the way can hand out others; use \
             https://, or let the node trust that way: --insecure-issuer {name}"
        ))
    }

    /// The same, of an issuer whose keys may come from another machine in clear text.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn in_clear_text(name: &str, key_set: Option<&str>) -> Result<Self, String> {
        let keys = match key_set {
            Some(uri) => KeyLocation::KeySet(checked(uri)?),
            None => {
                let name = name.trim_end_matches('/');
                KeyLocation::Discovered(checked(&format!(
                    "{name}/.well-known/openid-configuration"
                ))?)
            }
        };
        if name.is_empty() {
            return Err("must have a name".to_owned());
        }
        Ok(Self { name: name.to_owned(), keys, is_in_clear_text: true })
    }

    /// Whether keys may come from there: over TLS, from this machine, or from where it was allowed.
    pub fn may_fetch(&self, uri: &str) -> bool {
        self.is_in_clear_text || uri.starts_with("https://") || is_of_this_machine(uri)
    }
}

fn is_of_this_machine(uri: &str) -> bool {
    let uri: Option<Uri> = uri.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn checked(uri: &str) -> Result<String, String> {
    let template = UriTemplate::parse(uri).map_err(|error| error.to_string())?;
    if template.literal().is_none() {
        return Err(format!("must have no placeholders, got {uri:?}"));
    }
    Ok(uri.to_owned())
}

/// The pool that an ARN names.
///
/// # Errors
/// What is wrong with it, as the end of a sentence about it.
pub fn user_pool(arn: &str, pools: &UserPools) -> Result<Arc<Issuer>, String> {
    let shown = || arn.chars().take(200).collect::<String>();
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let id = match parts.as_slice() {
        ["arn", _, "cognito-idp", _, _, resource] => resource.strip_prefix("userpool/"),
        _ => None,
    };
    let id = id.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| format!("names {:?}, which is no ARN of a user pool", shown()))?;
    pools.get(id).cloned().ok_or_else(|| {
        format!(
            "names the user pool {id:?}, which this node does not know; tell it who issues its tokens: \
             --user-pool {id}=https://ISSUER"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_where_its_name_says_or_its_keys_are() {
        let at = |name, keys| Issuer::new(name, keys).map(|issuer| issuer.keys);
        assert_eq!(
            at("https://a.example/b/", None),
            Ok(KeyLocation::Discovered(
                "https://a.example/b/.well-known/openid-configuration".to_owned()
            ))
        );
        assert_eq!(
            at("accounts.example", Some("http://127.0.0.1:5000/jwks")),
            Ok(KeyLocation::KeySet("http://127.0.0.1:5000/jwks".to_owned()))
        );
        assert!(at("accounts.example", None).unwrap_err().contains("must be http://host/path"));
        assert!(at("https://a.example/{b}", None).is_err());
        assert!(at("", Some("http://127.0.0.1:5000/jwks")).is_err());
    }

    #[test]
    fn keys_come_over_tls_or_from_this_machine_unless_it_is_allowed() {
        for name in [
            "https://a.example",
            "http://127.0.0.1:5000/a",
            "http://[::1]:5000",
            "http://LOCALHOST",
        ] {
            let issuer = Issuer::new(name, None).unwrap();
            assert!(!issuer.may_fetch("http://a.example/keys"), "{name}");
        }
        let others = [
            "http://a.example",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://127.0.0.1.nip.io",
        ];
        for name in others {
            let problem = Issuer::new(name, None).unwrap_err();
            assert!(problem.contains(&format!("--insecure-issuer {name}")), "{problem}");
            assert!(Issuer::new("https://a.example", Some(&format!("{name}/keys"))).is_err());
            assert!(Issuer::in_clear_text(name, None).unwrap().may_fetch(name));
        }
    }

    #[test]
    fn user_pools_are_found_by_their_arn() {
        let issuer = Arc::new(Issuer::new("https://a.example", None).unwrap());
        let pools = UserPools::from([("us-east-1_A".to_owned(), issuer)]);
        let find = |arn| user_pool(arn, &pools).map(|issuer| issuer.name.clone());
        let arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_A";
        assert_eq!(find(arn), Ok("https://a.example".to_owned()));
        let other = find("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_B");
        assert!(other.unwrap_err().contains("--user-pool us-east-1_B=https://ISSUER"));
        for arn in ["us-east-1_A", "arn:aws:cognito-idp:a:b:userpool/", "arn:aws:lambda:a:b:c"] {
            assert!(find(arn).unwrap_err().contains("no ARN of a user pool"), "{arn}");
        }
    }
}
