//! The known tokens, as digests: a secret in clear is forgotten once it is hashed.

use edgeway_plugin_sdk::{Authorization, ContextEntry};
use sha2::{Digest, Sha256};

/// SHA-256 of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// 64 hexadecimal digits, as `sha256sum` prints them.
    pub(crate) fn parse(hex: &str) -> Option<Self> {
        if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut digest = [0; 32];
        for (at, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(digest))
    }

    /// Takes as long wherever the first difference is.
    fn matches(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        std::hint::black_box(pairs.fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
    }
}

/// What the holder of a token may call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Methods {
    All,
    /// `VERB/path` patterns, which the stage's ARN is put before.
    Matching(Vec<String>),
}

/// Who holds a token, and what for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grant {
    pub(crate) principal: String,
    pub(crate) methods: Methods,
    pub(crate) context: Vec<ContextEntry>,
    pub(crate) usage_identifier_key: Option<String>,
}

impl Grant {
    pub(crate) fn authorization(&self, stage_arn: &str) -> Authorization {
        let mut authorization = match &self.methods {
            Methods::All => Authorization::allow(&self.principal),
            Methods::Matching(patterns) => {
                let arns = patterns.iter().map(|pattern| format!("{stage_arn}{pattern}"));
                Authorization::allow_methods(&self.principal, arns)
            }
        };
        authorization.context.clone_from(&self.context);
        authorization.usage_identifier_key.clone_from(&self.usage_identifier_key);
        authorization
    }
}

/// Every token that is known, each once.
#[derive(Debug)]
pub(crate) struct Tokens(Vec<(TokenDigest, Grant)>);

impl Tokens {
    pub(crate) fn new(tokens: Vec<(TokenDigest, Grant)>) -> Self {
        Self(tokens)
    }

    /// Looks at every token, whichever matches, so that the time does not tell which one did.
    pub(crate) fn find(&self, token: &str) -> Option<&Grant> {
        let presented = TokenDigest::of(token);
        self.0.iter().fold(
            None,
            |found, (digest, grant)| {
                if digest.matches(&presented) { Some(grant) } else { found }
            },
        )
    }
}
