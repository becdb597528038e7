//! Rows in the text format of PostgreSQL's `COPY`.

use std::fmt::{self, Display, Write};
use std::io::Cursor;
use std::pin::Pin;

use futures_util::SinkExt;
use tokio_postgres::{Client, CopyInSink};

use crate::Outcome;

/// Bytes that are sent at once.
const FULL: usize = 256 * 1024;

/// Rows on their way into a table. Nothing has arrived for certain before
/// [`CopyIn::finish`].
pub struct CopyIn {
    sink: Pin<Box<CopyInSink<Cursor<Vec<u8>>>>>,
    lines: String,
    rows: u64,
}

impl CopyIn {
    /// Begins to copy into `target`, a table with its columns.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn begin(client: &Client, target: &str) -> Outcome<Self> {
        let statement = format!("COPY {target} FROM STDIN");
        Ok(Self {
            sink: Box::pin(client.copy_in(statement.as_str()).await?),
            lines: String::with_capacity(2 * FULL),
            rows: 0,
        })
    }

    /// Adds a row of fields that are written as they are; see [`Escaped`] and
    /// [`Maybe`].
    ///
    /// # Errors
    ///
    /// When the database has given up.
    pub async fn row(&mut self, fields: &[&dyn Display]) -> Outcome<()> {
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                self.lines.push('\t');
            }
            write!(self.lines, "{field}")?;
        }
        self.lines.push('\n');
        self.rows += 1;
        if self.lines.len() >= FULL {
            self.send().await?;
        }
        Ok(())
    }

    /// Sends the rest and waits until all rows are in the table.
    ///
    /// # Errors
    ///
    /// When a row was refused.
    pub async fn finish(mut self) -> Outcome<()> {
        self.send().await?;
        let arrived = self.sink.as_mut().finish().await?;
        if arrived == self.rows {
            return Ok(());
        }
        Err(format!("{arrived} of {} rows arrived", self.rows).into())
    }

    async fn send(&mut self) -> Outcome<()> {
        let empty = String::with_capacity(2 * FULL);
        let lines = std::mem::replace(&mut self.lines, empty);
        Ok(self.sink.send(Cursor::new(lines.into_bytes())).await?)
    }
}

/// A text that may hold characters with a meaning in the format.
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['\\', '\n', '\r', '\t']) {
            let (plain, special) = rest.split_at(at);
            f.write_str(plain)?;
            let mut characters = special.chars();
            f.write_str(match characters.next() {
                Some('\n') => "\\n",
                Some('\r') => "\\r",
                Some('\t') => "\\t",
                _ => "\\\\",
            })?;
            rest = characters.as_str();
        }
        f.write_str(rest)
    }
}

/// A value that may be absent.
pub struct Maybe<T>(pub Option<T>);

impl<T: Display> Display for Maybe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("\\N"),
        }
    }
}

/// Words without commas, quotes and the like, as an array.
pub struct Words<'a>(pub Vec<&'a str>);

impl Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(Escaped("a\tb\\c\nd\re").to_string(), "a\\tb\\\\c\\nd\\re");
        assert_eq!(Escaped("plain").to_string(), "plain");
        assert_eq!(Maybe(None::<u8>).to_string(), "\\N");
        assert_eq!(Words(vec!["a:b", "c"]).to_string(), "{a:b,c}");
    }
}
