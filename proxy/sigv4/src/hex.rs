//! SHA-256 values in lower-case hexadecimal digits, the only form in which they are signed.

pub(crate) fn encode(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    base16ct::lower::encode(bytes, &mut text).expect("32 bytes are 64 digits");
    text
}

pub(crate) fn decode(text: &str) -> Option<[u8; 32]> {
    let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    base16ct::lower::decode(text, &mut bytes).ok()?;
    Some(bytes)
}
