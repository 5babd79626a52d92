//! Comma-separated values (RFC 4180): rows of fields, which quotes may stand around.

/// The rows of a text. Blank lines are none.
///
/// # Errors
/// The line where quotes are not closed, or stand within a field.
pub(super) fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut rows = Vec::new();
    let mut row = Row::default();
    let mut line = 1;
    let mut characters = text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable();
    while let Some(character) = characters.next() {
        line += usize::from(character == '\n');
        match (&row.quotes, character) {
            (Quotes::Open, '"') if characters.next_if_eq(&'"').is_some() => row.field.push('"'),
            (Quotes::Open, '"') => row.quotes = Quotes::Closed,
            (Quotes::Open, other) => row.field.push(other),
            (_, ',') => row.end_field(),
            (_, '\r') if characters.peek() == Some(&'\n') => {}
            (_, '\n' | '\r') => rows.extend(row.end()),
            (Quotes::None, '"') if row.field.is_empty() => row.quotes = Quotes::Open,
            (Quotes::None, other) if other != '"' => row.field.push(other),
            _ => return Err(format!("quotes are out of place in line {line}")),
        }
    }
    if matches!(row.quotes, Quotes::Open) {
        return Err("quotes are not closed".to_owned());
    }
    rows.extend(row.end());
    Ok(rows)
}

#[derive(Default)]
enum Quotes {
    Closed,
    #[default]
    None,
    Open,
}

#[derive(Default)]
struct Row {
    fields: Vec<String>,
    field: String,
    quotes: Quotes,
}

impl Row {
    fn end_field(&mut self) {
        self.fields.push(std::mem::take(&mut self.field));
        self.quotes = Quotes::None;
    }

    /// None if the line was blank.
    fn end(&mut self) -> Option<Vec<String>> {
        self.end_field();
        let fields = std::mem::take(&mut self.fields);
        (fields.len() > 1 || !fields[0].is_empty()).then_some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn fields_are_read_with_and_without_quotes() {
        let text = "\u{feff}a,b\r\n\r\n\"1,\"\"2\"\"\",\"two\nlines\"\n,x\n";
        assert_eq!(rows(text).unwrap(), [["a", "b"], ["1,\"2\"", "two\nlines"], ["", "x"]]);
        assert_eq!(rows("").unwrap(), Vec::<Vec<String>>::new());
    }

    #[test]
    fn quotes_that_are_out_of_place_are_told() {
        assert_eq!(rows("a\nb\"c\"").unwrap_err(), "quotes are out of place in line 2");
        assert_eq!(rows("\"a\"b").unwrap_err(), "quotes are out of place in line 1");
        assert_eq!(rows("a,\"b").unwrap_err(), "quotes are not closed");
    }
}
