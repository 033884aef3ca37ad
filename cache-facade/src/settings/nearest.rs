//! The right name for a misspelt one.

/// The name that is nearest to a wrong one, if it is near at all: a third of its letters may
/// differ. The names that are right are public, so nothing is told that may be a secret.
pub(crate) fn nearest<'a>(
    wrong: &str,
    right: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = normal(wrong);
    let distances = right.into_iter().map(|name| {
        let name_as_compared = normal(name);
        let distance = strsim::osa_distance(&wrong, &name_as_compared);
        let allowed = name_as_compared.chars().count().min(wrong.chars().count()).div_ceil(3);
        (distance, allowed, name)
    });
    let near = distances.filter(|(distance, allowed, _)| distance <= allowed);
    near.min_by_key(|(distance, ..)| *distance).map(|(.., name)| name)
}

/// Words are joined in one way or another: `maxWeight`, `max-weight`, `max_weight`.
fn normal(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["type", "default_ttl", "namespace", "max_weight"];

    #[test]
    fn misspelt_name_is_found() {
        for (wrong, right) in [
            ("tpye", "type"),
            ("typ", "type"),
            ("name_space", "namespace"),
            ("maxWeight", "max_weight"),
            ("MAX-WEIGTH", "max_weight"),
            ("default_tll", "default_ttl"),
        ] {
            assert_eq!(nearest(wrong, NAMES), Some(right), "{wrong}");
        }
    }

    #[test]
    fn name_that_is_far_from_all_is_not_guessed() {
        for wrong in ["", "x", "colour", "password", "hunter2-sentinel"] {
            assert_eq!(nearest(wrong, NAMES), None, "{wrong}");
        }
    }
}
