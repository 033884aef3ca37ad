//! Options as serde reads them.
//!
//! A variable is text, and so is a password in it that looks like a number. So text is read by
//! what is asked for: it stays text where text is asked for, and is parsed where a number is.

use figment::value::{Empty, Num, Value};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};

use super::names;
use super::refusal::Refusal;
use crate::settings::merged::Located;

/// The names of a struct's fields.
type Names = Option<&'static [&'static str]>;

/// A value that knows where it was set.
pub(super) struct Options<'a> {
    at: Located<'a>,
    /// Its name and the fields of the struct that it is in, where it is in one.
    field: Option<(&'a str, &'static [&'static str])>,
}

impl<'a> Options<'a> {
    pub(super) fn of(at: Located<'a>) -> Self {
        Self { at, field: None }
    }

    fn text(&self) -> Option<&'a str> {
        match self.at.value {
            Value::String(_, text) => Some(text),
            Value::Char(..)
            | Value::Bool(..)
            | Value::Num(..)
            | Value::Empty(..)
            | Value::Dict(..)
            | Value::Array(..) => None,
        }
    }

    /// The value as it stands there. `fields` are those that are asked for, if it is a table.
    fn visit<'de, V: Visitor<'de>>(self, fields: Names, visitor: V) -> Result<V::Value, Refusal> {
        let at = self.at;
        let answer = match at.value {
            Value::String(_, text) => visitor.visit_str(text),
            Value::Char(_, character) => visitor.visit_char(*character),
            Value::Bool(_, yes) => visitor.visit_bool(*yes),
            Value::Num(_, number) => visit_number(*number, visitor),
            Value::Empty(..) => visitor.visit_unit(),
            Value::Dict(..) => visitor.visit_map(Table::of(&at, fields)),
            Value::Array(_, items) => visit_list(&at, items, visitor),
        };
        answer.map_err(|refusal| refusal.at(&at))
    }
}

/// Integers arrive as 64 bits and fractions as such; the visitor checks the range.
fn visit_number<'de, V: Visitor<'de>>(number: Num, visitor: V) -> Result<V::Value, Refusal> {
    let signed = number.to_i128().or_else(|| i128::try_from(number.to_u128()?).ok());
    match (signed, number.to_f64()) {
        (Some(number), _) => match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => visitor.visit_u64(number),
            (_, Ok(number)) => visitor.visit_i64(number),
            _ => visitor.visit_i128(number),
        },
        (None, Some(number)) => visitor.visit_f64(number),
        (None, None) => Err(Refusal::invalid_value(Unexpected::Other("a number"), &visitor)),
    }
}

/// A list that is longer than what is asked for is refused, not cut.
fn visit_list<'de, V: Visitor<'de>>(
    at: &Located<'_>,
    items: &[Value],
    visitor: V,
) -> Result<V::Value, Refusal> {
    let mut list = List { items: &mut at.items(items) };
    let answer = visitor.visit_seq(&mut list)?;
    match list.items.count() {
        0 => Ok(answer),
        unread => Err(Refusal::told(format!("expected a list shorter by {unread}"))),
    }
}

/// A table for an enum has one key, the name of the variant. What stands beside it is refused, not
/// dropped.
fn check_one_key(at: &Located<'_>, variants: &[&str]) -> Result<(), Refusal> {
    let Some(entries) = at.entries() else { return Ok(()) };
    let mut entries: Vec<_> = entries.collect();
    // What is no variant is the one that is too much.
    entries.sort_by_key(|(name, _)| !variants.contains(name));
    let expected = format!("expected one of {} and nothing beside it", variants.join(", "));
    match &*entries {
        [] => Err(Refusal::told(expected).at(at)),
        [_] => Ok(()),
        [.., (_, extra)] => Err(Refusal::told(expected).at(extra)),
    }
}

/// Text is parsed where something else is asked for; what cannot be parsed is given as it is, and
/// the visitor says what it expected.
macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            match self.text().map(str::parse::<$type>) {
                Some(Ok(value)) => visitor.$visit(value).map_err(|refusal: Refusal| refusal.at(&self.at)),
                Some(Err(_)) | None => self.visit(None, visitor),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Options<'_> {
    type Error = Refusal;

    parsed! {
        deserialize_bool visit_bool bool,
        deserialize_i8 visit_i64 i64,
        deserialize_i16 visit_i64 i64,
        deserialize_i32 visit_i64 i64,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u64 u64,
        deserialize_u16 visit_u64 u64,
        deserialize_u32 visit_u64 u64,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
        deserialize_f32 visit_f64 f64,
        deserialize_f64 visit_f64 f64,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.visit(None, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.at.value {
            Value::Empty(_, Empty::None) => visitor.visit_none(),
            Value::Empty(_, Empty::Unit)
            | Value::String(..)
            | Value::Char(..)
            | Value::Bool(..)
            | Value::Num(..)
            | Value::Dict(..)
            | Value::Array(..) => visitor.visit_some(self),
        }
    }

    /// An empty table is nothing too: no options at all are one.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let Some(mut options) = self.at.entries() else { return self.visit(None, visitor) };
        match options.next() {
            None => visitor.visit_unit(),
            Some((_, option)) => Err(Refusal::unknown(&[]).at(&option)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    /// Text is a list whose items are separated by commas.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let Some(text) = self.text() else { return self.visit(None, visitor) };
        let tag = self.at.value.tag();
        let items = text.split(',').map(str::trim).filter(|_| !text.trim().is_empty());
        let items: Vec<_> = items.map(|item| Value::String(tag, item.to_owned())).collect();
        visit_list(&self.at, &items, visitor).map_err(|refusal| refusal.at(&self.at))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match names::spelled(&self.at, fields).map_err(|refusal| refusal.at(&self.at))? {
            Some(table) => Options::of(self.at.with(&table)).visit(Some(fields), visitor),
            None => self.visit(Some(fields), visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        check_one_key(&self.at, variants)?;
        let answer = match self.at.value {
            Value::String(_, name) => {
                let name: StrDeserializer<'_, Refusal> = name.as_str().into_deserializer();
                visitor.visit_enum(name)
            }
            Value::Dict(..) => {
                visitor.visit_enum(MapAccessDeserializer::new(Table::of(&self.at, None)))
            }
            Value::Char(..)
            | Value::Bool(..)
            | Value::Num(..)
            | Value::Empty(..)
            | Value::Array(..) => {
                Err(Refusal::invalid_type(Unexpected::Other("a value"), &visitor))
            }
        };
        answer.map_err(|refusal| refusal.at(&self.at))
    }

    /// What a struct would ignore is a key that it does not have.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.field {
            Some((name, fields)) if !fields.contains(&name) => {
                Err(Refusal::unknown(fields).at(&self.at))
            }
            _ => visitor.visit_unit(),
        }
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf map identifier
    }
}

/// The entries of a table.
struct Table<'a> {
    entries: std::vec::IntoIter<(&'a str, Located<'a>)>,
    /// The one whose key was read, and whose value comes next.
    next: Option<(&'a str, Located<'a>)>,
    fields: Names,
}

impl<'a> Table<'a> {
    fn of(at: &Located<'a>, fields: Names) -> Self {
        let entries: Vec<_> = at.entries().into_iter().flatten().collect();
        Self { entries: entries.into_iter(), next: None, fields }
    }
}

impl<'de> MapAccess<'de> for Table<'_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refusal> {
        let Some((name, at)) = self.entries.next() else { return Ok(None) };
        let key = seed
            .deserialize(StrDeserializer::new(name))
            .map_err(|refusal: Refusal| refusal.at(&at))?;
        self.next = Some((name, at));
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        match self.next.take() {
            Some((name, at)) => {
                let field = self.fields.map(|fields| (name, fields));
                let value = seed.deserialize(Options { at: at.clone(), field });
                value.map_err(|refusal| refusal.at(&at))
            }
            None => Err(Refusal::told("its value was asked for before its key".to_owned())),
        }
    }
}

/// The items of a list.
struct List<'i, I> {
    items: &'i mut I,
}

impl<'de, 'a, I: Iterator<Item = Located<'a>>> SeqAccess<'de> for &mut List<'_, I> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refusal> {
        let Some(at) = self.items.next() else { return Ok(None) };
        let item = seed.deserialize(Options::of(at.clone()));
        item.map(Some).map_err(|refusal| refusal.at(&at))
    }
}
