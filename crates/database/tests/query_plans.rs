//! An index for every read: each statement is explained by the database itself, and none may walk through a table that grows.
//!
//! The statements are taken from the sources, so that a new one is looked at without being added to a list.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use database::{Postgres, PostgresOptions, Sqlite, SqliteOptions};
use domain::secret::Secret;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, SqliteConnection};
use standins::PostgresServer;

/// Statements that may walk, by a part of each and why.
const MAY_WALK: [(&str, &str); 11] = [
    ("WINDOW entries", "the audit of the ledger reads all of it"),
    ("WITH timed AS", "tries of a span are found by their index, and then ranked"),
    ("FROM sqlite_schema", "the search through everything"),
    ("information_schema.columns", "the columns of the tables"),
    ("pragma_table_info", "the columns of the tables"),
    ("SELECT * FROM policies ORDER BY", "a handful of rows"),
    ("EXISTS (SELECT 1 FROM accounts)", "it stops at the first row"),
    ("(SELECT count(*) FROM accounts) AS accounts", "the admin's totals"),
    ("coalesce(sum(queued), 0)", "the admin's totals"),
    ("SELECT id FROM accounts WHERE true", "once, after a move"),
    ("AS counted", "once, after a move"),
];

/// Whose a statement is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whose {
    Both,
    Sqlite,
    Postgres,
}

/// The statements of the sources for one of the databases, each with the file that it is from.
fn statements_for(wanted: Whose) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let sources = entries.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let mut found = Vec::new();
    for source in sources {
        for (whose, statement) in statements(&std::fs::read_to_string(&source).unwrap()) {
            let composed = statement.contains('{');
            let may_walk = MAY_WALK.iter().any(|(part, _)| statement.contains(part));
            if (whose == Whose::Both || whose == wanted) && !composed && !may_walk {
                found.push((statement, source.clone()));
            }
        }
    }
    assert!(found.len() > 100, "only {} statements were found", found.len());
    found
}

/// The string literals of a source that are statements, without its tests.
fn statements(source: &str) -> Vec<(Whose, String)> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let (mut found, mut first_of_two) = (Vec::new(), false);
    let mut rest = code.as_str();
    while let Some(start) = rest.find('"') {
        let (mut literal, mut escaped, mut end) = (String::new(), false, rest.len());
        for (i, c) in rest[start + 1..].char_indices() {
            match c {
                '"' if !escaped => {
                    end = start + 1 + i + 1;
                    break;
                }
                '\\' if !escaped => escaped = true,
                c => {
                    literal.push(c);
                    escaped = false;
                }
            }
        }
        let before = rest[..start].trim_end();
        let only_postgres = ["FOR UPDATE", "pg_"].iter().any(|part| literal.contains(part));
        let whose = match () {
            () if before.ends_with("either(") => Whose::Sqlite,
            () if first_of_two || only_postgres => Whose::Postgres,
            () => Whose::Both,
        };
        first_of_two = whose == Whose::Sqlite;
        rest = &rest[end..];
        let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
        if verbs.iter().any(|verb| literal.starts_with(verb)) {
            found.push((whose, literal));
        }
    }
    found
}

async fn plan(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::raw_sql(explained).fetch_all(connection).await;
    rows.unwrap_or_else(|error| panic!("{error}: {statement}")).iter().map(|row| row.get("detail")).collect()
}

#[tokio::test]
async fn no_statement_of_sqlite_walks_through_a_table_that_grows() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("covershots.db");
    Sqlite::open(SqliteOptions::new(&file)).await.unwrap().close().await;
    let mut connection = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    let mut walks = Vec::new();
    for (statement, source) in statements_for(Whose::Sqlite) {
        for step in plan(&mut connection, &statement).await {
            let harmless =
                ["json_each", "VIRTUAL TABLE", "CONSTANT ROW", "SCAN asked", "SCAN few", "(subquery"];
            // A scan of an index that a LIMIT or a partial condition bounds is a walk along what is asked for.
            let walk = step.starts_with("SCAN") && !harmless.iter().any(|part| step.contains(part));
            let bounded =
                step.contains("USING") && (statement.contains("LIMIT") || step.contains("erasures_open"));
            let sorts = step.contains("USE TEMP B-TREE FOR ORDER BY") && !statement.contains("GROUP BY");
            if walk && !bounded || sorts {
                walks.push(format!("{step}\n    {statement}\n    in {}", source.display()));
            }
        }
    }
    assert!(walks.is_empty(), "{} statements walk or sort:\n{}", walks.len(), walks.join("\n"));
}

/// What PostgreSQL would do, whatever the values, if it could help walking.
async fn postgres_plan(connection: &mut PgConnection, statement: &str) -> Vec<String> {
    let values = (1..).take_while(|n| statement.contains(&format!("${n}"))).count();
    let nulls = vec!["NULL"; values].join(", ");
    let asked = if values == 0 { String::new() } else { format!("({nulls})") };
    let steps = format!(
        "DEALLOCATE ALL; PREPARE looked_at AS {statement}; EXPLAIN (COSTS off) EXECUTE looked_at{asked}"
    );
    let rows = sqlx::raw_sql(AssertSqlSafe(steps)).fetch_all(connection).await;
    rows.unwrap_or_else(|error| panic!("{error}: {statement}")).iter().map(|row| row.get(0)).collect()
}

/// Rows in every table, a hundred accounts' and more than the planner would rather read from one end to the other.
const FILL: &str = "DO $$
DECLARE
    it record;
    filled text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR it IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
              WHERE contype = 'c' AND connamespace = current_schema()::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.of, it.conname);
    END LOOP;
    FOR it IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        SELECT string_agg(CASE
            WHEN column_name IN ('expired', 'deleted', 'favourite') THEN '0'
            WHEN column_name = 'account' THEN 'lpad((n % 100)::text, 26, ''0'')'
            WHEN data_type = 'text' THEN 'lpad(n::text, 26, ''0'')'
            ELSE 'n' END, ', ' ORDER BY ordinal_position)
        INTO filled FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = it.tablename;
        EXECUTE format('INSERT INTO %I SELECT %s FROM generate_series(1, 5000) AS n ON CONFLICT DO NOTHING',
            it.tablename, filled);
        EXECUTE format('ANALYZE %I', it.tablename);
    END LOOP;
END $$";

#[tokio::test]
async fn no_statement_of_postgres_walks_through_a_table_that_grows() {
    let server = PostgresServer::shared();
    let schema = server.schema();
    let options =
        PostgresOptions { schema: Some(schema.clone()), ..PostgresOptions::new(Secret::new(server.url())) };
    Postgres::open(options).await.unwrap().close().await;
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let begin = format!(
        "SET search_path = {schema}; SET plan_cache_mode = force_generic_plan;
         SET enable_seqscan = off; SET enable_bitmapscan = off;
         SET enable_hashjoin = off; SET enable_mergejoin = off"
    );
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut connection).await.unwrap();
    sqlx::raw_sql(FILL).execute(&mut connection).await.unwrap();
    let mut walks = Vec::new();
    for (statement, source) in statements_for(Whose::Postgres) {
        let steps = postgres_plan(&mut connection, &statement).await;
        for (n, step) in steps.iter().enumerate() {
            let below = steps[n + 1..].iter().take_while(|step| !step.contains("->")).collect::<Vec<_>>();
            let sought = below.iter().any(|step| step.contains("Index Cond"));
            // A scan of an index that a LIMIT or a partial condition bounds is a walk along what is asked for.
            let bounded = statement.contains("LIMIT") || step.contains("erasures_open");
            let through_index = step.contains("Index Scan") || step.contains("Index Only Scan");
            if step.contains("Seq Scan on") || through_index && !sought && !bounded {
                walks.push(format!("{}\n    {statement}\n    in {}", steps.join("\n"), source.display()));
            }
        }
    }
    assert!(walks.is_empty(), "{} statements walk:\n{}", walks.len(), walks.join("\n"));
}
