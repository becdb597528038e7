//! Both migration trees make the same tables.

use std::collections::BTreeSet;

use crate::harness::{PostgresDatabase, Raw, SqliteDatabase};

/// Columns and indexes that only one of them needs; SQLite has no indexes of
/// words and of lists.
const ONLY_POSTGRES: &[&str] = &[
    "column change_feed.xid NOT NULL",
    "index agents: capabilities partial",
    "index agents: search_text partial",
    "index change_feed: xid",
];

const COLUMNS: [&str; 2] = [
    "SELECT 'column ' || table_name || '.' || column_name || \
        CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END \
     FROM information_schema.columns WHERE table_schema = 'public' \
     AND table_name <> '__diesel_schema_migrations'",
    "SELECT 'column ' || t.name || '.' || c.name || \
        CASE c.\"notnull\" WHEN 1 THEN ' NOT NULL' ELSE '' END \
     FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' \
     AND t.name <> '__diesel_schema_migrations'",
];

const PRIMARY_KEYS: [&str; 2] = [
    "SELECT 'primary key ' || c.relname || ': ' || string_agg(a.attname, ',' ORDER BY k.n) \
     FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid \
     JOIN pg_namespace AS s ON s.oid = c.relnamespace AND s.nspname = 'public' \
     CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, n) \
     JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum \
     WHERE i.indisprimary AND c.relname <> '__diesel_schema_migrations' GROUP BY c.relname",
    "SELECT 'primary key ' || name || ': ' || group_concat(column_name, ',') FROM \
     (SELECT t.name, c.name AS column_name \
     FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.pk > 0 \
     AND t.name <> '__diesel_schema_migrations' ORDER BY t.name, c.pk) GROUP BY name",
];

// What an expression says is not compared: each database words it differently.
const INDEXES: [&str; 2] = [
    "SELECT CASE WHEN i.indisunique THEN 'unique ' ELSE 'index ' END || c.relname || ': ' || \
        string_agg(COALESCE(a.attname, '(expression)'), ',' ORDER BY k.n) || \
        CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END \
     FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid \
     JOIN pg_namespace AS s ON s.oid = c.relnamespace AND s.nspname = 'public' \
     CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, n) \
     LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum \
     WHERE NOT i.indisprimary GROUP BY i.indexrelid, i.indisunique, i.indpred, c.relname",
    "SELECT CASE u WHEN 1 THEN 'unique ' ELSE 'index ' END || t || ': ' || \
        group_concat(c, ',') || CASE p WHEN 1 THEN ' partial' ELSE '' END FROM \
     (SELECT t.name AS t, i.name AS i, i.\"unique\" AS u, i.partial AS p, \
        COALESCE(x.name, '(expression)') AS c \
     FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS x \
     WHERE t.type = 'table' AND i.origin <> 'pk' ORDER BY i.name, x.seqno) GROUP BY t, i, u, p",
];

const FOREIGN_KEYS: [&str; 2] = [
    "SELECT 'foreign key ' || c.relname || '.' || a.attname || ' -> ' || r.relname \
     FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid \
     JOIN pg_class AS r ON r.oid = k.confrelid \
     JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] \
     WHERE k.contype = 'f'",
    "SELECT 'foreign key ' || t.name || '.' || f.\"from\" || ' -> ' || f.\"table\" \
     FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'",
];

async fn lines(raw: &dyn Raw, database: usize) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for queries in [COLUMNS, PRIMARY_KEYS, INDEXES, FOREIGN_KEYS] {
        let found = raw.texts(queries[database]).await;
        assert!(!found.is_empty());
        lines.extend(found.into_iter().flatten());
    }
    lines
}

#[tokio::test]
async fn both_schemas_are_the_same() {
    let Some(postgres) = PostgresDatabase::migrated().await else {
        return;
    };
    let sqlite = SqliteDatabase::migrated().await;
    let mut of_postgres = lines(postgres.target().await.raw.as_ref(), 0).await;
    for line in ONLY_POSTGRES {
        assert!(of_postgres.remove(*line), "{line}");
    }
    let of_sqlite = lines(sqlite.target().await.raw.as_ref(), 1).await;
    let only_postgres: Vec<_> = of_postgres.difference(&of_sqlite).collect();
    let only_sqlite: Vec<_> = of_sqlite.difference(&of_postgres).collect();
    assert!(
        only_postgres.is_empty() && only_sqlite.is_empty(),
        "only PostgreSQL: {only_postgres:#?}, only SQLite: {only_sqlite:#?}"
    );
}
