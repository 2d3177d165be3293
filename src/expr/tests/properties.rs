//! Conditions against a second evaluator that knows nothing of the first: values are spelled as
//! JSON, numbers are whole, and every rule is written out once more.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Tree {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Compare(usize, &'static str, usize),
    Between(usize, usize, usize),
    In(usize, Vec<usize>),
    Exists(usize),
    BeginsWith(usize, usize),
    Contains(usize, usize),
}

/// What an operand is written as, and its type and content; places 0 to 5 are paths.
const OPERANDS: [(&str, &str, &str); 12] = [
    ("a", "S", "ab"),
    ("b", "N", "12"),
    ("c", "S", "a"),
    ("d", "N", "3"),
    ("nope", "", ""),
    ("e", "BOOL", "true"),
    (":s", "S", "ab"),
    (":t", "S", "b"),
    (":n", "N", "12"),
    (":o", "N", "4"),
    (":u", "S", ""),
    (":f", "BOOL", "false"),
];

fn json(range: std::ops::Range<usize>) -> String {
    let members: Vec<_> = OPERANDS[range]
        .iter()
        .filter(|(_, kind, _)| !kind.is_empty())
        .map(|(name, kind, content)| match *kind {
            "BOOL" => format!("\"{name}\":{{\"BOOL\":{content}}}"),
            _ => format!("\"{name}\":{{\"{kind}\":\"{content}\"}}"),
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

impl Tree {
    fn text(&self) -> String {
        let name = |at: &usize| OPERANDS[*at].0;
        match self {
            Self::And(left, right) => format!("{} AND {}", left.grouped(), right.grouped()),
            Self::Or(left, right) => format!("{} OR {}", left.grouped(), right.grouped()),
            Self::Not(inner) => format!("NOT {}", inner.grouped()),
            Self::Compare(left, sign, right) => format!("{} {sign} {}", name(left), name(right)),
            Self::Between(value, lower, upper) => {
                format!("{} BETWEEN {} AND {}", name(value), name(lower), name(upper))
            }
            Self::In(value, list) => {
                let list: Vec<_> = list.iter().map(name).collect();
                format!("{} IN ({})", name(value), list.join(", "))
            }
            Self::Exists(at) => format!("attribute_exists({})", name(at)),
            Self::BeginsWith(value, prefix) => {
                format!("begins_with({}, {})", name(value), name(prefix))
            }
            Self::Contains(value, part) => format!("contains({}, {})", name(value), name(part)),
        }
    }

    fn grouped(&self) -> String {
        format!("({})", self.text())
    }

    fn holds(&self) -> bool {
        match self {
            Self::And(left, right) => left.holds() & right.holds(),
            Self::Or(left, right) => left.holds() | right.holds(),
            Self::Not(inner) => !inner.holds(),
            Self::Compare(left, sign, right) => compare(*left, sign, *right),
            Self::Between(value, lower, upper) => {
                compare(*value, ">=", *lower) && compare(*value, "<=", *upper)
            }
            Self::In(value, list) => list.iter().any(|member| compare(*value, "=", *member)),
            Self::Exists(at) => !OPERANDS[*at].1.is_empty(),
            Self::BeginsWith(value, prefix) => strings(*value, *prefix, |a, b| a.starts_with(b)),
            Self::Contains(value, part) => strings(*value, *part, |a, b| a.contains(b)),
        }
    }
}

fn strings(left: usize, right: usize, test: fn(&str, &str) -> bool) -> bool {
    let (left, right) = (OPERANDS[left], OPERANDS[right]);
    left.1 == "S" && right.1 == "S" && test(left.2, right.2)
}

fn compare(left: usize, sign: &str, right: usize) -> bool {
    let (left, right) = (OPERANDS[left], OPERANDS[right]);
    let there = !left.1.is_empty() && !right.1.is_empty();
    let same = there && left.1 == right.1;
    let equal = same && left.2 == right.2;
    let whole = |text: &str| text.parse::<i64>().unwrap_or_default();
    let less = same
        && match left.1 {
            "S" => left.2 < right.2,
            "N" => whole(left.2) < whole(right.2),
            _ => false,
        };
    let ordered = same && left.1 != "BOOL";
    match sign {
        "=" => equal,
        "<>" => !equal,
        "<" => less,
        "<=" => ordered && (less || equal),
        ">" => ordered && !less && !equal,
        _ => ordered && !less,
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let at = || 0..OPERANDS.len();
    let sign = prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        4 => (at(), sign, at()).prop_map(|(a, sign, b)| Tree::Compare(a, sign, b)),
        1 => (at(), at(), at()).prop_map(|(a, b, c)| Tree::Between(a, b, c)),
        1 => (at(), prop::collection::vec(at(), 1..4)).prop_map(|(a, list)| Tree::In(a, list)),
        1 => (0..6usize).prop_map(Tree::Exists),
        1 => (at(), at()).prop_map(|(a, b)| Tree::BeginsWith(a, b)),
        1 => (at(), at()).prop_map(|(a, b)| Tree::Contains(a, b)),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Tree::And(a.into(), b.into())),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Tree::Or(a.into(), b.into())),
            inner.prop_map(|a| Tree::Not(a.into())),
        ]
    })
}

proptest! {
    #[test]
    fn a_naive_evaluator_agrees(tree in tree()) {
        let text = tree.text();
        let mut some = placeholders(&[], &json(6..OPERANDS.len()));
        // What the checker refuses has no value to compare.
        if let Ok(condition) = parse_condition(ExpressionKind::Filter, &text, &mut some) {
            prop_assert_eq!(condition.holds(&item(&json(0..6))), tree.holds(), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_a_parser_fail_otherwise_than_with_an_error(
        text in "((AND|OR|NOT|IN|BETWEEN|SET|ADD|a|b|#n|:v|:1|size|contains|[0-9]|[()\\[\\].,=<>+é-]) ?){0,12}",
    ) {
        for kind in [
            ExpressionKind::Filter,
            ExpressionKind::KeyCondition,
            ExpressionKind::Projection,
            ExpressionKind::Update,
        ] {
            let _ = refusal(kind, &text);
        }
    }
}
