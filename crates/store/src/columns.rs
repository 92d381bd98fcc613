//! How values of the domain stand in a column, the same on both databases.

use countersign_domain::{Assurance, Factor, FirstSign, Instant, KeyKind, MethodSet, Role, Stage};
use serde_json::Value;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

/// An instant, as microseconds in a 64-bit integer.
#[derive(Clone, Copy)]
pub(crate) struct Micros(pub(crate) Instant);

impl<DB: Database> Type<DB> for Micros
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }

    fn compatible(column: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(column)
    }
}

impl<'q, DB: Database> Encode<'q, DB> for Micros
where
    i64: Encode<'q, DB>,
{
    fn encode_by_ref(&self, arguments: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.as_micros().encode_by_ref(arguments)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Micros
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        i64::decode(value).map(|micros| Self(Instant::from_micros(micros)))
    }
}

/// One of a closed set of words.
pub(crate) trait FromCode: Sized {
    /// The value of a stored word.
    fn from_code(code: &str) -> Option<Self>;
}

macro_rules! from_code {
    ($($name:ident),+) => {
        $(impl FromCode for $name {
            fn from_code(code: &str) -> Option<Self> {
                Self::from_code(code)
            }
        })+
    };
}

from_code!(Assurance, Factor, FirstSign, KeyKind, Role, Stage);

/// A value read from its stable word. It is written by binding `code()`.
#[derive(Clone, Copy)]
pub(crate) struct Code<T>(pub(crate) T);

impl<DB: Database, T> Type<DB> for Code<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }

    fn compatible(column: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(column)
    }
}

impl<'r, DB: Database, T: FromCode> Decode<'r, DB> for Code<T>
where
    String: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let code = String::decode(value)?;
        T::from_code(&code).map(Self).ok_or_else(|| format!("unknown word {code:?}").into())
    }
}

/// JSON kept as text, because only one of the databases has a type for it.
pub(crate) struct JsonText(pub(crate) Value);

impl<DB: Database> Type<DB> for JsonText
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }

    fn compatible(column: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(column)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for JsonText
where
    String: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(&String::decode(value)?)?))
    }
}

/// A set of methods, read from its bits. It is written by binding `bits()`.
#[derive(Clone, Copy)]
pub(crate) struct Methods(pub(crate) MethodSet);

impl<DB: Database> Type<DB> for Methods
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }

    fn compatible(column: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(column)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Methods
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let bits = i64::decode(value)?;
        MethodSet::from_bits(bits).map(Self).ok_or_else(|| format!("{bits} is no set of methods").into())
    }
}
