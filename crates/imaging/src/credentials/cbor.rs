//! As much of CBOR ([RFC 8949](https://www.rfc-editor.org/rfc/rfc8949)) as content credentials need: written in its shortest form, read
//! with limits from strangers' files.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A whole number.
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Value>),
    /// In the order in which it stands.
    Map(Vec<(Value, Value)>),
    Null,
    Bool(bool),
    /// Anything else: a number that is not whole, or a simple value without use here.
    Other,
}

/// Deeper than this nothing of ours or of honest others is nested.
const DEPTH: usize = 24;

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// A map with words for keys.
    pub(super) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.into_iter().map(|(key, value)| (Value::text(key), value)).collect())
    }

    /// The value of a key that is a word.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let Value::Map(entries) = self else { return None };
        entries.iter().find(|(k, _)| matches!(k, Value::Text(k) if k == key)).map(|(_, value)| value)
    }

    /// The value of a key that is a number.
    pub(super) fn at(&self, key: i64) -> Option<&Value> {
        let Value::Map(entries) = self else { return None };
        entries.iter().find(|(k, _)| *k == Value::Int(key)).map(|(_, value)| value)
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn as_bytes(&self) -> Option<&[u8]> {
        if let Value::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub(super) fn as_size(&self) -> Option<usize> {
        if let Value::Int(int) = self { usize::try_from(*int).ok() } else { None }
    }

    /// Its elements; none where it is no array.
    pub(super) fn items(&self) -> &[Value] {
        if let Value::Array(items) = self { items } else { &[] }
    }

    /// Writes it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::Int(int) if *int >= 0 => head(out, 0, int.unsigned_abs()),
            Value::Int(int) => head(out, 1, int.unsigned_abs() - 1),
            Value::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Value::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
            Value::Array(items) => {
                head(out, 4, items.len() as u64);
                items.iter().for_each(|item| item.write(out));
            }
            Value::Map(entries) => {
                head(out, 5, entries.len() as u64);
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
            Value::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
            Value::Null | Value::Other => out.push(0xf6),
        }
    }

    /// The bytes of it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// Reads one value; what follows it is passed over. `None` for what is broken, or of a form that nobody uses here.
    pub(super) fn read(bytes: &[u8]) -> Option<Value> {
        Reader { rest: bytes }.value(DEPTH)
    }
}

/// A kind with its number.
pub(super) fn head(out: &mut Vec<u8>, kind: u8, number: u64) {
    let kind = kind << 5;
    match number {
        0..24 => out.push(kind | number as u8),
        24..0x100 => out.extend_from_slice(&[kind | 24, number as u8]),
        0x100..0x1_0000 => {
            out.push(kind | 25);
            out.extend_from_slice(&(number as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(kind | 26);
            out.extend_from_slice(&(number as u32).to_be_bytes());
        }
        _ => {
            out.push(kind | 27);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let first = *self.take(1)?.first()?;
        let (kind, short) = (first >> 5, first & 0x1f);
        let number = match short {
            0..24 => u64::from(short),
            24..=27 => {
                let bytes = self.take(1 << (short - 24))?;
                bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            // Without an end that is told: nobody who signs writes so.
            _ => return None,
        };
        let count = || usize::try_from(number).ok();
        Some(match kind {
            0 => Value::Int(i64::try_from(number).ok()?),
            1 => Value::Int(-1 - i64::try_from(number).ok()?),
            2 => Value::Bytes(self.take(count()?)?.to_vec()),
            3 => Value::Text(String::from_utf8(self.take(count()?)?.to_vec()).ok()?),
            4 => {
                let mut items = Vec::new();
                for _ in 0..number {
                    items.push(self.value(depth)?);
                }
                Value::Array(items)
            }
            5 => {
                let mut entries = Vec::new();
                for _ in 0..number {
                    entries.push((self.value(depth)?, self.value(depth)?));
                }
                Value::Map(entries)
            }
            // A tag says how to understand what follows, which is known here.
            6 => self.value(depth)?,
            _ => match (short, number) {
                (20, _) => Value::Bool(false),
                (21, _) => Value::Bool(true),
                (22, _) => Value::Null,
                _ => Value::Other,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let numbers = [0, 23, 24, 255, 256, 65_535, 65_536, 1 << 33, -1, -7, -300];
        let value = Value::map([
            ("numbers", Value::Array(numbers.map(Value::Int).to_vec())),
            ("bytes", Value::Bytes(vec![7; 300])),
            ("none", Value::Null),
            ("yes", Value::Bool(true)),
        ]);
        assert_eq!(Value::read(&value.to_bytes()), Some(value));
        assert_eq!(Value::Int(-7).to_bytes(), [0x26]);
    }

    #[test]
    fn what_is_broken_or_endless_is_nothing() {
        for bytes in
            [&[][..], &[0x5f], &[0x42, 1], &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255], &[0x81; 100]]
        {
            assert_eq!(Value::read(bytes), None);
        }
    }
}
