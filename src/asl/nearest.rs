//! The name that was probably meant.

/// Names longer than this are not compared; nobody mistypes them one letter at a time.
const COMPARED_MAX: usize = 80;
/// How many candidates are looked at.
const CANDIDATES_MAX: usize = 200;

/// `did you mean "Charge"?`, when a candidate is near enough.
pub(super) fn suggestion<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let near = (wrong.chars().count() / 3).max(1);
    candidates
        .take(CANDIDATES_MAX)
        .filter(|name| name.len().abs_diff(wrong.len()) <= near * 4)
        .filter_map(|name| Some((distance(wrong, name)?, name)))
        .filter(|(distance, _)| *distance <= near)
        .min()
        .map(|(_, name)| format!("did you mean {name:?}?"))
}

/// How many letters to insert, delete, replace or swap with their neighbour; case counts for nothing.
fn distance(left: &str, right: &str) -> Option<usize> {
    let fold = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (left, right) = (fold(left), fold(right));
    if left.len() > COMPARED_MAX || right.len() > COMPARED_MAX {
        return None;
    }
    let mut before = vec![0; right.len() + 1];
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, &letter) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &other) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && letter == right[column - 1] && left[row - 1] == other {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut last, current);
    }
    last.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_letters_are_one_mistake() {
        assert_eq!(distance("Chrage", "Charge"), Some(1));
        assert_eq!(suggestion("Chrage", ["Price", "Charge"].into_iter()).as_deref(), Some("did you mean \"Charge\"?"));
    }

    #[test]
    fn a_name_far_from_all_others_gets_no_suggestion() {
        assert_eq!(suggestion("Ship", ["Charge", "Price"].into_iter()), None);
    }
}
