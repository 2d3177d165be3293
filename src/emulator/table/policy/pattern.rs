//! Names with `*` and `?` in them, as policies have.

/// Whether a name fits a pattern. Actions are compared without regard to case (the documentation
/// of IAM policies).
pub(super) fn fits(pattern: &str, name: &str, any_case: bool) -> bool {
    let letters = |text: &str| -> Vec<char> {
        match any_case {
            true => text.to_lowercase().chars().collect(),
            false => text.chars().collect(),
        }
    };
    let (pattern, name) = (letters(pattern), letters(name));
    let (mut at, mut in_name) = (0, 0);
    // Where the last `*` stood, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match star {
                Some((from, taken)) => {
                    star = Some((from, taken + 1));
                    (at, in_name) = (from + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_take_any_number_of_letters_and_question_marks_one() {
        for (pattern, name, does) in [
            ("*", "", true),
            ("dynamodb:*Item", "dynamodb:GetItem", true),
            ("dynamodb:*Item", "dynamodb:GetItems", false),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("DYNAMODB:getitem", "dynamodb:GetItem", true),
        ] {
            assert_eq!(fits(pattern, name, true), does, "{pattern} {name}");
        }
        assert!(!fits("A", "a", false));
    }
}
