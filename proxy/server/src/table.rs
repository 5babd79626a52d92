//! A table for a terminal: columns as wide as what is in them.

use std::fmt;

/// Between two columns.
const GAP: &str = "  ";

/// Rows of cells, the first of which is the head.
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn new<const COLUMNS: usize>(head: [&str; COLUMNS]) -> Self {
        let mut table = Self(Vec::new());
        table.add(head);
        table
    }

    pub(crate) fn add<const COLUMNS: usize>(&mut self, cells: [&str; COLUMNS]) {
        self.0.push(cells.into_iter().map(printable).collect());
    }
}

/// A terminal does what control characters say.
fn printable(cell: &str) -> String {
    let mut printable = String::with_capacity(cell.len());
    for character in cell.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let columns = self.0.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.0 {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            let line = cells.collect::<Vec<_>>().join(GAP);
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
