//! Which known name someone meant by an unknown one.

use std::cell::Cell;

/// A longer name is not a misspelt setting, and the comparison costs the square of the length.
const NAME_CHARS_MAX: usize = 64;

/// As many names as help a reader.
const NAMES_SHOWN_MAX: usize = 20;

/// A document of nothing but misspelt names must not take long: so many names are compared.
const COMPARISONS_MAX: usize = 50_000;

/// Finds nearest names until the work for one document is done.
#[derive(Debug)]
pub(crate) struct NearestName {
    comparisons_left: Cell<usize>,
}

impl Default for NearestName {
    fn default() -> Self {
        Self { comparisons_left: Cell::new(COMPARISONS_MAX) }
    }
}

impl NearestName {
    /// The known name that takes the fewest edits, if it takes few.
    pub(crate) fn find<'a>(
        &self,
        name: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let name: Vec<char> = name.chars().take(NAME_CHARS_MAX + 1).collect();
        if name.len() > NAME_CHARS_MAX {
            return None;
        }
        let edits_max = |candidate: &str| (name.len().min(candidate.len()) / 4).clamp(1, 3);
        let (_, nearest) = known
            .filter(|candidate| name.len().abs_diff(candidate.len()) <= edits_max(candidate))
            .map_while(|candidate| {
                self.comparisons_left.set(self.comparisons_left.get().checked_sub(1)?);
                Some((edit_distance(&name, candidate), candidate))
            })
            .filter(|(edits, candidate)| *edits <= edits_max(candidate))
            .min_by_key(|(edits, _)| *edits)?;
        Some(nearest)
    }

    /// What to say after "is unknown; ": the nearest name, else all of them.
    pub(crate) fn suggestion<'a>(
        &self,
        name: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> String {
        match self.find(name, known.clone()) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => listing(known),
        }
    }
}

fn listing<'a>(known: impl Iterator<Item = &'a str> + Clone) -> String {
    let shown: Vec<&str> = known.clone().take(NAMES_SHOWN_MAX).collect();
    let omitted = known.skip(NAMES_SHOWN_MAX).count();
    match (shown.is_empty(), omitted) {
        (true, _) => "none is known here".to_owned(),
        (false, 0) => format!("known are {}", shown.join(", ")),
        (false, _) => format!("known are {} and {omitted} more", shown.join(", ")),
    }
}

/// Levenshtein's distance; a change of case costs nothing.
fn edit_distance(name: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (above, candidate_char) in candidate.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, name_char) in name.iter().enumerate() {
            let change = usize::from(!name_char.eq_ignore_ascii_case(&candidate_char));
            let edits = (diagonal + change).min(row[column] + 1).min(row[column + 1] + 1);
            diagonal = row[column + 1];
            row[column + 1] = edits;
        }
    }
    row[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_recognised_and_a_strange_one_is_not() {
        let known = ["timeoutInMillis", "uri", "type"];
        let found = |name: &str| NearestName::default().find(name, known.into_iter());
        assert_eq!(found("timeoutInMilis"), Some("timeoutInMillis"));
        assert_eq!(found("TIMEOUTINMILLIS"), Some("timeoutInMillis"));
        assert_eq!(found("url"), Some("uri"));
        assert_eq!(found("banana"), None);
        assert_eq!(found(""), None);
        assert_eq!(found(&"é".repeat(65)), None);
    }

    #[test]
    fn the_search_ends_when_its_work_is_done() {
        let names = NearestName { comparisons_left: Cell::new(1) };
        assert_eq!(names.find("url", ["uri"].into_iter()), Some("uri"));
        assert_eq!(names.find("url", ["uri"].into_iter()), None);
    }

    #[test]
    fn a_long_list_is_cut() {
        let known: Vec<String> = (100..125).map(|number| format!("name-{number}")).collect();
        let names = NearestName::default();
        let text = names.suggestion("strange", known.iter().map(String::as_str));
        assert!(text.ends_with("name-119 and 5 more"), "{text}");
        assert_eq!(names.suggestion("x", std::iter::empty()), "none is known here");
    }
}
