//! The Prometheus text exposition format 0.0.4, read to see which families
//! there are and which labels their series have.

use std::collections::{BTreeMap, BTreeSet};

/// A family, without its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The word in `# TYPE`.
    pub kind: String,
    /// Each set of label names that a series has, `le` left out; one set in a
    /// sound family.
    pub labels: BTreeSet<BTreeSet<String>>,
    /// Upper bounds of a histogram, without `+Inf`.
    pub bounds: BTreeSet<String>,
}

/// All families by name.
///
/// # Panics
///
/// When a family is not described by `# HELP` and `# TYPE`, or described
/// twice, and when a line is malformed.
pub fn parse(text: &str) -> BTreeMap<String, Shape> {
    let mut helped = BTreeSet::new();
    let mut families: BTreeMap<String, Shape> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap_or((help, ""));
            assert!(!help.is_empty(), "{name} has an empty help");
            helped.insert(name);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(helped.contains(name), "{name} has no help");
            let shape = Shape {
                kind: kind.to_owned(),
                ..Shape::default()
            };
            let before = families.insert(name.to_owned(), shape);
            assert!(before.is_none(), "{name} is described twice");
        } else {
            let (name, labels) = sample(line);
            add(&mut families, name, labels);
        }
    }
    families
}

/// What differs between two sets of families, one line each.
pub fn differences(
    found: &BTreeMap<String, Shape>,
    wanted: &BTreeMap<String, Shape>,
) -> Vec<String> {
    let names: BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
    let told = names.into_iter().filter_map(|name| {
        let (found, wanted) = (found.get(name), wanted.get(name));
        (found != wanted).then(|| format!("{name}: found {found:?}, wanted {wanted:?}"))
    });
    told.collect()
}

/// Adds a series to its family.
fn add(families: &mut BTreeMap<String, Shape>, name: &str, labels: BTreeMap<&str, &str>) {
    let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| {
        let family = name.strip_suffix(suffix)?;
        (families.get(family)?.kind == "histogram").then_some(family)
    });
    let family = families.get_mut(of_histogram.unwrap_or(name));
    let family = family.unwrap_or_else(|| panic!("{name} is not described"));
    let is_bucket = of_histogram.is_some() && name.ends_with("_bucket");
    let (bound, rest): (Vec<_>, Vec<_>) = labels
        .into_iter()
        .partition(|(label, _)| is_bucket && *label == "le");
    assert_eq!(bound.len(), usize::from(is_bucket), "{name}: {bound:?}");
    let bounds = bound.into_iter().map(|(_, bound)| bound.to_owned());
    family.bounds.extend(bounds.filter(|bound| bound != "+Inf"));
    let names = rest.into_iter().map(|(label, _)| label.to_owned());
    family.labels.insert(names.collect());
}

/// Name and labels of a sample; values of labels as they are written.
fn sample(line: &str) -> (&str, BTreeMap<&str, &str>) {
    let end = line.find(['{', ' ']).unwrap();
    let (name, rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    let Some(mut rest) = rest.strip_prefix('{') else {
        return (name, labels);
    };
    while !rest.starts_with('}') {
        let (label, after) = rest.split_once("=\"").unwrap();
        let (value, after) = after.split_at(end_of_value(after));
        labels.insert(label, value);
        let after = after.strip_prefix('"').unwrap();
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    (name, labels)
}

/// Where the quote is that ends the value of a label.
fn end_of_value(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' if !escaped => return at,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    panic!("a label without end: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
# HELP a_total Things.
# TYPE a_total counter
a_total{x=\"1 } , \\\" \\\\\",y=\"2\"} 1
# HELP b Sizes.
# TYPE b histogram
b_bucket{z=\"1\",le=\"0.5\"} 1
b_bucket{z=\"1\",le=\"+Inf\"} 2
b_sum{z=\"1\"} 0.9
b_count{z=\"1\"} 2
";

    fn labels(names: &[&str]) -> BTreeSet<BTreeSet<String>> {
        BTreeSet::from([names.iter().map(|name| (*name).to_owned()).collect()])
    }

    #[test]
    fn families_are_read_with_labels_and_bounds() {
        let found = parse(GOOD);
        assert_eq!(found["a_total"].kind, "counter");
        assert_eq!(found["a_total"].labels, labels(&["x", "y"]));
        assert_eq!(found["b"].labels, labels(&["z"]));
        assert_eq!(found["b"].bounds, BTreeSet::from(["0.5".to_owned()]));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn every_difference_is_told() {
        let wanted = parse(GOOD);
        assert!(differences(&wanted, &wanted).is_empty());
        let cases = [
            (",y=\"2\"", "", "a_total: "),
            ("a_total counter", "a_total gauge", "a_total: "),
            ("z=\"1\"", "w=\"1\"", "b: "),
            ("0.5", "0.25", "b: "),
        ];
        for (from, to, begin) in cases {
            let told = differences(&parse(&GOOD.replace(from, to)), &wanted);
            assert!(told.len() == 1 && told[0].starts_with(begin), "{told:?}");
        }
        let none = BTreeMap::new();
        assert_eq!(differences(&none, &wanted).len(), 2);
        assert_eq!(differences(&wanted, &none).len(), 2);
    }

    #[test]
    #[should_panic(expected = "c is not described")]
    fn a_series_without_family_is_refused() {
        parse(&format!("{GOOD}c 1\n"));
    }
}
