//! `Bearer <token>` (RFC 6750, section 2.1).

/// The token; none if the credentials are of another scheme or there is no token in them.
pub(crate) fn token(credentials: &str) -> Option<&str> {
    let (scheme, token) = credentials.trim().split_once(' ')?;
    // RFC 9110, section 11.1: the name of a scheme is compared without case.
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let token = token.trim_start();
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn token_follows_the_scheme_in_any_case() {
        assert_eq!(token("Bearer abc"), Some("abc"));
        assert_eq!(token("bEARER   abc "), Some("abc"));
    }

    #[test]
    fn other_credentials_hold_no_token() {
        for credentials in ["", "abc", "Bearer", "Bearer ", "Basic YTpi", "Bearerabc"] {
            assert_eq!(token(credentials), None, "{credentials:?}");
        }
    }
}
