//! Forms as Stripe takes them: `a[b][0][c]=v`, percent-encoded.

/// A form, or the query of an address.
#[derive(Clone, Default)]
pub(super) struct Form(String);

impl Form {
    pub(super) fn new() -> Self {
        Form::default()
    }

    /// The form with one more field.
    pub(super) fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        encode(&mut self.0, name);
        self.0.push('=');
        encode(&mut self.0, value.as_ref());
        self
    }

    /// The form as it is sent.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Percent-encodes all but the unreserved characters, <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>.
fn encode(into: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => into.push(byte.into()),
            _ => {
                into.push('%');
                into.push(DIGITS[usize::from(byte >> 4)].into());
                into.push(DIGITS[usize::from(byte & 15)].into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded() {
        let form = Form::new().with("a[b][0]", "x y&z=é").with("plain", "A-1._~");
        assert_eq!(form.as_str(), "a%5Bb%5D%5B0%5D=x%20y%26z%3D%C3%A9&plain=A-1._~");
    }
}
