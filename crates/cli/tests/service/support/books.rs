//! The books of an installation, read past the program: its tables and its files, as an auditor would.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqliteConnection};

/// The data folder of an installation.
pub(crate) struct Books {
    data: PathBuf,
    database: SqliteConnection,
}

impl Books {
    pub(crate) async fn open(data: &Path) -> Books {
        let options =
            SqliteConnectOptions::new().filename(data.join("covershots.db")).pragma("query_only", "ON");
        Books { data: data.to_owned(), database: options.connect().await.unwrap() }
    }

    /// The rows that a query gives.
    pub(crate) async fn rows(&mut self, query: &str) -> Vec<SqliteRow> {
        sqlx::query(AssertSqlSafe(query.to_owned())).fetch_all(&mut self.database).await.unwrap()
    }

    /// The one number that a query gives.
    pub(crate) async fn number(&mut self, query: &str) -> i64 {
        self.rows(query).await[0].get(0)
    }

    /// Every place in the tables where one of these texts stands.
    pub(crate) async fn places_of(&mut self, texts: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let tables = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'").await;
        assert!(tables.len() > 15, "the tables were found");
        for table in tables.iter().map(|row| row.get::<String, _>(0)) {
            let columns = self.rows(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
            for column in columns.iter().map(|row| row.get::<String, _>(0)) {
                for text in texts {
                    let count =
                        format!("SELECT count(*) FROM \"{table}\" WHERE instr(\"{column}\", '{text}') > 0");
                    if self.number(&count).await > 0 {
                        found.push(format!("{table}.{column}: {text}"));
                    }
                }
            }
        }
        found
    }

    /// Every file of the data folder that has one of these texts in its name or in its bytes.
    pub(crate) fn files_with(&self, texts: &[&str]) -> Vec<String> {
        let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        let mut found = Vec::new();
        for file in files(&self.data) {
            let name = file.strip_prefix(&self.data).unwrap().display().to_string();
            let bytes = std::fs::read(&file).unwrap();
            let texts = texts.iter().filter(|text| has(name.as_bytes(), text) || has(&bytes, text));
            found.extend(texts.map(|text| format!("{name}: {text}")));
        }
        found
    }

    /// The keys of the objects that lie in the folder.
    pub(crate) fn objects(&self) -> BTreeSet<String> {
        let root = self.data.join("objects/objects");
        files(&root).iter().map(|file| file.strip_prefix(&root).unwrap().display().to_string()).collect()
    }

    /// What uploads that were not finished left.
    pub(crate) fn unfinished(&self) -> Vec<PathBuf> {
        files(&self.data.join("objects/incoming"))
    }

    /// The keys of the objects that rows speak of.
    pub(crate) async fn keys(&mut self) -> BTreeSet<String> {
        let keys = "SELECT 'uploads/' || account || '/' || id FROM photos
             UNION ALL SELECT 'results/' || account || '/' || generation || '/' || number
                 FROM images WHERE deleted = 0 AND expired = 0
             UNION ALL SELECT 'previews/' || account || '/' || generation || '/' || number
                 FROM images WHERE deleted = 0";
        self.rows(keys).await.iter().map(|row| row.get(0)).collect()
    }

    /// No file lacks a row or a note that it is to go, and no row a file.
    pub(crate) async fn agree(&mut self) {
        let (objects, keys) = (self.objects(), self.keys().await);
        let going: BTreeSet<String> =
            self.rows("SELECT key FROM deletions").await.iter().map(|row| row.get(0)).collect();
        assert_eq!(
            objects.difference(&keys).filter(|&key| !going.contains(key)).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "files without a row"
        );
        assert_eq!(
            keys.difference(&objects).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "rows without a file"
        );
    }

    /// The ledger of each account adds up: each line to the next, each generation held back and ended once, and nothing held
    /// back for what has ended.
    pub(crate) async fn balance(&mut self) {
        let broken = "SELECT count(*) FROM (SELECT change, balance, debt, sequence,
                 lag(balance, 1, 0) OVER (PARTITION BY account ORDER BY sequence) AS before,
                 row_number() OVER (PARTITION BY account ORDER BY sequence) AS place FROM ledger)
             WHERE before + change <> balance OR sequence <> place OR debt <> 0";
        assert_eq!(self.number(broken).await, 0, "lines that do not follow from the one before");
        // What a generation cost in the end is what its images cost.
        let wrong = "SELECT generations.id, generations.state,
                 (SELECT count(*) FROM ledger WHERE ledger.generation = generations.id AND kind = 'reserve') AS held,
                 (SELECT count(*) FROM ledger WHERE ledger.generation = generations.id
                     AND kind IN ('settle', 'give_back')) AS ended,
                 -(SELECT sum(change) FROM ledger WHERE ledger.generation = generations.id) AS cost,
                 price * (SELECT count(*) FROM images WHERE images.generation = generations.id) AS due
             FROM generations
             WHERE held <> 1 OR ended <> (ended_at IS NOT NULL) OR (ended_at IS NOT NULL AND cost <> due)";
        let wrong: Vec<String> = self.rows(wrong).await.iter().map(described).collect();
        assert_eq!(wrong, Vec::<String>::new(), "generations whose ledger does not add up");
    }
}

fn described(row: &SqliteRow) -> String {
    let number = |name: &str| row.get::<i64, _>(name);
    let (id, state) = (row.get::<String, _>("id"), row.get::<String, _>("state"));
    let (held, ended, cost, due) = (number("held"), number("ended"), number("cost"), number("due"));
    format!("{id} {state}: held back {held} times, ended {ended} times, cost {cost} of {due}")
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
