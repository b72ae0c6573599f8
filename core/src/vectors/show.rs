//! Any value on the wire as JSON: by the names of its fields, bytes in hexadecimal.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::ser::{self, Serialize};

use super::json::{Json, hex};

/// Fields that the protocol knows by another name.
const RENAMED: [(&str, &str); 2] = [("type_id", "type"), ("len", "length")];

/// Fields whose own fields stand in their place.
const FLAT: [&str; 3] = ["core", "draft", "bookmark"];

/// The value as JSON.
pub(crate) fn show<T: Serialize + ?Sized>(value: &T) -> Json {
    value.serialize(Show).unwrap()
}

#[derive(Debug)]
pub(crate) struct Never;

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot be shown")
    }
}

impl core::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

struct Show;

/// The elements of a sequence, or the fields of a structure, so far; and the variant they are of.
struct Parts {
    variant: Option<&'static str>,
    items: Vec<Json>,
    fields: Vec<(String, Json)>,
}

impl Parts {
    fn of(variant: Option<&'static str>) -> Self {
        Self { variant, items: Vec::new(), fields: Vec::new() }
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        match show(value) {
            Json::Map(inner) if FLAT.contains(&name) => self.fields.extend(inner),
            shown => {
                let renamed = RENAMED.iter().find(|(ours, _)| *ours == name);
                let name = renamed.map_or(name, |(_, theirs)| theirs);
                self.fields.push((name.to_owned(), shown));
            }
        }
    }

    /// Bytes are bytes, whatever they are made of.
    fn sequence(self) -> Json {
        let bytes = self.items.iter().map(|item| match item {
            Json::Byte(byte) => Some(*byte),
            _ => None,
        });
        match bytes.collect::<Option<Vec<u8>>>() {
            Some(bytes) if !bytes.is_empty() => hex(&bytes),
            _ => Json::List(self.items),
        }
    }

    /// A signature is encoded as two halves.
    fn tuple(self) -> Json {
        match self.sequence() {
            Json::List(items) => match items.as_slice() {
                [Json::Text(one), Json::Text(other)] if one.len() == 64 && other.len() == 64 => {
                    Json::Text([one.as_str(), other].concat())
                }
                _ => Json::List(items),
            },
            shown => shown,
        }
    }
}

fn within(variant: Option<&'static str>, content: Json) -> Json {
    match variant {
        Some(name) => Json::Map([(name.to_owned(), content)].into()),
        None => content,
    }
}

macro_rules! numbers {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<Json, Never> {
            Ok(Json::Number(value.into()))
        }
    )*};
}

impl ser::Serializer for Show {
    type Ok = Json;
    type Error = Never;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = ser::Impossible<Json, Never>;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Parts;

    numbers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    );

    fn serialize_bool(self, value: bool) -> Result<Json, Never> {
        Ok(Json::Bool(value))
    }

    fn serialize_u8(self, value: u8) -> Result<Json, Never> {
        Ok(Json::Byte(value))
    }

    fn serialize_f32(self, _: f32) -> Result<Json, Never> {
        Err(Never)
    }

    fn serialize_f64(self, _: f64) -> Result<Json, Never> {
        Err(Never)
    }

    fn serialize_char(self, value: char) -> Result<Json, Never> {
        Ok(Json::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Json, Never> {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Json, Never> {
        Ok(hex(value))
    }

    fn serialize_none(self) -> Result<Json, Never> {
        Ok(Json::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Json, Never> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Json, Never> {
        Ok(Json::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Json, Never> {
        Ok(Json::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Json, Never> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Json, Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Json, Never> {
        Ok(within(Some(variant), show(value)))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts, Never> {
        Ok(Parts::of(None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts, Never> {
        Ok(Parts::of(None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts, Never> {
        Ok(Parts::of(None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts, Never> {
        Ok(Parts::of(Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Never> {
        Err(Never)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts, Never> {
        Ok(Parts::of(None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts, Never> {
        Ok(Parts::of(Some(variant)))
    }
}

macro_rules! elements {
    ($($trait:ident, $method:ident, $end:expr;)*) => {$(
        impl ser::$trait for Parts {
            type Ok = Json;
            type Error = Never;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
                self.items.push(show(value));
                Ok(())
            }

            fn end(self) -> Result<Json, Never> {
                let variant = self.variant;
                let end: fn(Self) -> Json = $end;
                Ok(within(variant, end(self)))
            }
        }
    )*};
}

elements! {
    SerializeSeq, serialize_element, Parts::sequence;
    SerializeTuple, serialize_element, Parts::tuple;
    SerializeTupleStruct, serialize_field, Parts::tuple;
    SerializeTupleVariant, serialize_field, Parts::tuple;
}

macro_rules! structures {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Parts {
            type Ok = Json;
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Never> {
                self.field(name, value);
                Ok(())
            }

            fn end(self) -> Result<Json, Never> {
                Ok(within(self.variant, Json::Map(self.fields)))
            }
        }
    )*};
}

structures! { SerializeStruct SerializeStructVariant }
