//! Tables of fixed widths.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::text;
use crate::ui::{Tone, Ui};

/// What separates columns.
const GAP: &str = "  ";

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its heading.
    pub(crate) heading: &'static str,
    /// Its width in cells of the terminal.
    pub(crate) width: usize,
}

/// A value and what it means.
pub(crate) type Cell = (Tone, String);

/// Prints headings, rows, and a rule below each of the two.
pub(crate) fn print(ui: &Ui, columns: &[Column], rows: &[Vec<Cell>]) {
    let headings = columns.iter().map(|column| (Tone::Label, column.heading));
    ui.talk(line(ui, columns, headings));
    let rule = "─".repeat(total_width(columns));
    ui.talk(&rule);
    for row in rows {
        let cells = row.iter().map(|(tone, text)| (*tone, text.as_str()));
        ui.talk(line(ui, columns, cells));
    }
    ui.talk(&rule);
}

/// Width of all columns with what separates them.
fn total_width(columns: &[Column]) -> usize {
    let gaps = columns.len().saturating_sub(1).saturating_mul(GAP.len());
    columns.iter().map(|column| column.width).sum::<usize>() + gaps
}

fn line<'a>(ui: &Ui, columns: &[Column], cells: impl Iterator<Item = (Tone, &'a str)>) -> String {
    let cells: Vec<String> = columns
        .iter()
        .zip(cells)
        .map(|(column, (tone, value))| ui.paint(tone, &fitted(value, column.width)))
        .collect();
    cells.join(GAP)
}

/// A value on exactly `width` cells: filled up with spaces, or cut to one less
/// and `…`. What is measured is what is shown.
fn fitted(value: &str, width: usize) -> String {
    let shown = text::one_line(value);
    let mut fitted = String::new();
    if shown.width() > width {
        let mut used = 0_usize;
        for c in shown.chars() {
            used = used.saturating_add(c.width().unwrap_or(0));
            if used >= width {
                break;
            }
            fitted.push(c);
        }
        fitted.push('…');
    } else {
        fitted.push_str(&shown);
    }
    let missing = width.saturating_sub(fitted.width());
    fitted.push_str(&" ".repeat(missing));
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fill_their_column_or_are_cut() {
        assert_eq!(fitted("abc", 5), "abc  ");
        assert_eq!(fitted("abcde", 5), "abcde");
        assert_eq!(fitted("abcdef", 5), "abcd…");
        assert_eq!(fitted("", 2), "  ");
    }

    #[test]
    fn wide_letters_count_as_two_cells() {
        assert_eq!(fitted("日本", 5), "日本 ");
        assert_eq!(fitted("日本語", 5), "日本…");
        assert_eq!(fitted("日本語", 4), "日… ");
        for width in 1..8 {
            assert_eq!(fitted("a日本語b", width).width(), width);
        }
    }

    #[test]
    fn what_is_measured_is_what_is_shown() {
        assert_eq!(fitted("a\u{1b}b", 10), "a\\u001bb  ");
        assert_eq!(fitted("a\nb\u{202e}", 6), "a\\nb\\…");
        let hostile = "\u{9b}2K\u{1b}[2J\u{2066}\u{7f}".repeat(3);
        for width in 1..40 {
            let cell = fitted(&hostile, width);
            assert_eq!((cell.width(), cell.chars().count()), (width, width));
        }
    }

    #[test]
    fn the_rule_is_as_wide_as_the_table() {
        let columns = [36, 24, 10, 20].map(|width| Column {
            heading: "X",
            width,
        });
        assert_eq!(total_width(&columns), 96);
    }
}
