//! An index for every read: each statement of the SQLite backend is explained by SQLite itself, and none may walk through a
//! table that grows.
//!
//! The statements are taken from the sources, so that a new one is looked at without being added to a list.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use database::{Sqlite, SqliteOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqliteConnection};

/// Statements that may walk, by a part of each and why.
const MAY_WALK: [(&str, &str); 7] = [
    ("WINDOW entries", "the audit of the ledger reads all of it"),
    ("WITH timed AS", "tries of a span are found by their index, and then ranked"),
    ("FROM sqlite_schema", "the search through everything"),
    ("SELECT * FROM policies ORDER BY", "a handful of rows"),
    ("EXISTS (SELECT 1 FROM accounts)", "it stops at the first row"),
    ("(SELECT count(*) FROM accounts) AS accounts", "the admin's totals"),
    ("ifnull(sum(queued), 0)", "the admin's totals"),
];

fn sources() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql/sqlite");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "rs")).collect()
}

/// The string literals of a source that are statements, without its tests.
fn statements(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let mut found = Vec::new();
    let mut rest = code;
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
        rest = &rest[end..];
        if ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|verb| literal.starts_with(verb))
        {
            found.push(literal);
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
async fn no_statement_walks_through_a_table_that_grows() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("covershots.db");
    Sqlite::open(SqliteOptions::new(&file)).await.unwrap().close().await;
    let mut connection = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    let (mut looked_at, mut walks) = (0, Vec::new());
    for source in sources() {
        for statement in statements(&std::fs::read_to_string(&source).unwrap()) {
            if statement.contains("{table}") || MAY_WALK.iter().any(|(part, _)| statement.contains(part)) {
                continue;
            }
            looked_at += 1;
            for step in plan(&mut connection, &statement).await {
                let harmless = ["json_each", "CONSTANT ROW", "SCAN asked", "(subquery"];
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
    }
    assert!(looked_at > 100, "only {looked_at} statements were found");
    assert!(walks.is_empty(), "{} statements walk or sort:\n{}", walks.len(), walks.join("\n"));
}
