//! Indexes are built once at the end, in a fraction of the time that keeping
//! them through millions of insertions takes.

use tokio_postgres::Client;

use crate::Outcome;

/// Every index and key of the large tables, with the statements that drop and
/// make it, except the keys that foreign keys of other tables refer to.
const QUERY: &str = "\
    SELECT CASE WHEN own.oid IS NULL \
            THEN format('DROP INDEX %s', idx.indexrelid::regclass) \
            ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', own.conrelid::regclass, own.conname) \
        END, \
        CASE WHEN own.oid IS NULL THEN pg_get_indexdef(idx.indexrelid) \
            ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', own.conrelid::regclass, \
                own.conname, pg_get_constraintdef(own.oid)) \
        END \
    FROM pg_index AS idx \
    LEFT JOIN pg_constraint AS own \
        ON own.conindid = idx.indexrelid AND own.contype IN ('p', 'u') \
    WHERE idx.indrelid IN ('agents'::regclass, 'credentials'::regclass, \
            'audit_events'::regclass, 'usage_events'::regclass) \
        AND NOT EXISTS (SELECT FROM pg_constraint AS other \
            WHERE other.conindid = idx.indexrelid AND other.contype = 'f') \
    ORDER BY idx.indexrelid";

/// Dropped indexes.
pub struct Indexes(Vec<String>);

impl Indexes {
    /// Drops them.
    ///
    /// # Errors
    ///
    /// When the role does not own the tables.
    pub async fn drop(client: &Client) -> Outcome<Self> {
        let mut definitions = Vec::new();
        for row in client.query(QUERY, &[]).await? {
            let statement: &str = row.try_get(0)?;
            client.batch_execute(statement).await?;
            definitions.push(row.try_get(1)?);
        }
        Ok(Self(definitions))
    }

    /// Makes them again, after `note` was told which one is next.
    ///
    /// # Errors
    ///
    /// When a key does not hold.
    pub async fn create(self, client: &Client, note: impl Fn(&str)) -> Outcome<()> {
        for definition in self.0 {
            note(&definition);
            client.batch_execute(&definition).await?;
        }
        Ok(())
    }
}
