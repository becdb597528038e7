//! Column types that the two databases keep in different ways.
//!
//! | Type | Value | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | [`Id`] | [`DbId`] | `uuid` | blob of 16 bytes |
//! | [`Ts`] | [`Micros`] | `timestamptz` | Unix microseconds |
//! | [`TextArray`] | [`TextList`] | `text[]` | JSON text |
//! | [`JsonDocument`] | [`JsonText`] | `jsonb` | JSON text |

use agentidp_domain::time::Timestamp;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Array, BigInt, Binary, SqlType, Text};
use diesel::sqlite::{Sqlite, SqliteValue};
use serde_json::Value;
use uuid::Uuid;

/// SQL type of identifiers.
#[derive(Clone, Copy, Debug, QueryId, SqlType)]
#[diesel(
    postgres_type(oid = 2950, array_oid = 2951),
    sqlite_type(name = "Binary")
)]
pub struct Id;

/// SQL type of points in time.
#[derive(Clone, Copy, Debug, QueryId, SqlType)]
#[diesel(
    postgres_type(oid = 1184, array_oid = 1185),
    sqlite_type(name = "Long")
)]
pub struct Ts;

/// SQL type of lists of words.
#[derive(Clone, Copy, Debug, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1009, array_oid = 0), sqlite_type(name = "Text"))]
pub struct TextArray;

/// SQL type of JSON documents.
#[derive(Clone, Copy, Debug, QueryId, SqlType)]
#[diesel(
    postgres_type(oid = 3802, array_oid = 3807),
    sqlite_type(name = "Text")
)]
pub struct JsonDocument;

/// A UUID; by default the nil one, the lowest there is.
#[derive(
    AsExpression, Clone, Copy, Debug, Default, Eq, FromSqlRow, Hash, Ord, PartialEq, PartialOrd,
)]
#[diesel(sql_type = Id)]
pub struct DbId(pub Uuid);

impl std::fmt::Display for DbId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl ToSql<Id, Pg> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<diesel::sql_types::Uuid, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Id, Pg> for DbId {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<diesel::sql_types::Uuid, Pg>::from_sql(value).map(Self)
    }
}

impl ToSql<Id, Sqlite> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Id, Sqlite> for DbId {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let bytes: Vec<u8> = FromSql::<Binary, Sqlite>::from_sql(value)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

/// Unix microseconds; exact on both databases, so that an altered audit event
/// is seen as it is.
#[derive(AsExpression, Clone, Copy, Debug, Eq, FromSqlRow, Ord, PartialEq, PartialOrd)]
#[diesel(sql_type = Ts)]
pub struct Micros(pub i64);

impl Micros {
    /// PostgreSQL counts from 2000-01-01.
    const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
    /// 4713 BC, the earliest time PostgreSQL can hold.
    const EARLIEST: i64 = -210_866_803_200_000_000;

    /// The time, cut to milliseconds; `None` outside the calendar.
    pub fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_unix_millis(self.0.div_euclid(1000))
    }
}

impl From<Timestamp> for Micros {
    fn from(time: Timestamp) -> Self {
        Self(time.unix_millis().saturating_mul(1000).max(Self::EARLIEST))
    }
}

impl ToSql<Ts, Pg> for Micros {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let value = self.0.saturating_sub(Self::POSTGRES_EPOCH);
        ToSql::<BigInt, Pg>::to_sql(&value, &mut out.reborrow())
    }
}

impl FromSql<Ts, Pg> for Micros {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let value: i64 = FromSql::<BigInt, Pg>::from_sql(value)?;
        Ok(Self(value.saturating_add(Self::POSTGRES_EPOCH)))
    }
}

impl ToSql<Ts, Sqlite> for Micros {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

impl FromSql<Ts, Sqlite> for Micros {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        FromSql::<BigInt, Sqlite>::from_sql(value).map(Self)
    }
}

/// A list of words; `None` when the stored text is no such list.
#[derive(AsExpression, Clone, Debug, Eq, FromSqlRow, PartialEq)]
#[diesel(sql_type = TextArray)]
pub struct TextList(pub Option<Vec<String>>);

impl<T: AsRef<str>> FromIterator<T> for TextList {
    fn from_iter<I: IntoIterator<Item = T>>(words: I) -> Self {
        Self(Some(
            words
                .into_iter()
                .map(|word| word.as_ref().to_owned())
                .collect(),
        ))
    }
}

impl ToSql<TextArray, Pg> for TextList {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let words = self.0.as_ref().ok_or("an unreadable list is not written")?;
        ToSql::<Array<Text>, Pg>::to_sql(words, out)
    }
}

impl FromSql<TextArray, Pg> for TextList {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let words: Vec<Option<String>> =
            FromSql::<Array<diesel::sql_types::Nullable<Text>>, Pg>::from_sql(value)?;
        Ok(Self(words.into_iter().collect()))
    }
}

impl ToSql<TextArray, Sqlite> for TextList {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        let words = self.0.as_ref().ok_or("an unreadable list is not written")?;
        out.set_value(serde_json::to_string(words)?);
        Ok(IsNull::No)
    }
}

impl FromSql<TextArray, Sqlite> for TextList {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text: String = FromSql::<Text, Sqlite>::from_sql(value)?;
        Ok(Self(serde_json::from_str(&text).ok()))
    }
}

/// The text of a JSON document, parsed only when its row is.
#[derive(AsExpression, Clone, Debug, Eq, FromSqlRow, PartialEq)]
#[diesel(sql_type = JsonDocument)]
pub struct JsonText(pub String);

impl From<&Value> for JsonText {
    fn from(value: &Value) -> Self {
        Self(value.to_string())
    }
}

/// First byte of a `jsonb` value on the wire.
const JSONB_VERSION: u8 = 1;

impl ToSql<JsonDocument, Pg> for JsonText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        use std::io::Write;

        out.write_all(&[JSONB_VERSION])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<JsonDocument, Pg> for JsonText {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes().split_first() {
            Some((&JSONB_VERSION, text)) => Ok(Self(std::str::from_utf8(text)?.to_owned())),
            _ => Err("unknown version of jsonb".into()),
        }
    }
}

impl ToSql<JsonDocument, Sqlite> for JsonText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

impl FromSql<JsonDocument, Sqlite> for JsonText {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        FromSql::<Text, Sqlite>::from_sql(value).map(Self)
    }
}

macro_rules! from_domain_id {
    ($($name:ident),+) => {
        $(
            impl From<agentidp_domain::id::$name> for DbId {
                fn from(id: agentidp_domain::id::$name) -> Self {
                    Self(id.uuid())
                }
            }

            impl From<DbId> for agentidp_domain::id::$name {
                fn from(id: DbId) -> Self {
                    Self::new(id.0)
                }
            }
        )+
    };
}

from_domain_id!(
    AgentId,
    ChainId,
    CredentialId,
    DelegationKeyId,
    DeliveryId,
    DidKeyId,
    VaultRemovalId,
    EventId,
    MemberId,
    OrganizationId,
    PartnerId,
    PlatformEventId,
    SubscriptionId,
    TokenId,
    TrustPolicyId
);
