//! Which words are keywords: no attribute can be called so without quotes.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Each was refused after a dot in both regions where it was tried (aws-facts 10.4, eu-west-2 and
/// us-east-1 2026-10).
const KEYWORDS: &str = "alter and any are as asc assertion at authorization avg bag begin between \
    bigint bit bit_length blob bool boolean by can_cast can_lossless_cast cascade cascaded case \
    cast catalog char char_length character character_length check clob close coalesce collate \
    collation column commit conflict connect connection constraint constraints continue convert \
    corresponding count create cross current current_date current_time current_timestamp \
    current_user cursor date date_add date_diff deallocate dec decimal declare default deferrable \
    deferred delete desc describe descriptor diagnostics disconnect distinct do domain double drop \
    else end escape except exception exec execute exists external extract false fetch first float \
    for foreign found from full get global go goto grant group having identity immediate in index \
    indicator initially inner input insensitive insert int integer integer2 integer4 integer8 \
    intersect interval into is isolation join key language last left let level like limit list \
    local lower match max min missing modified module names national natural nchar new next no not \
    nothing null nullif nulls numeric octet_length of offset old on only open option or order outer \
    output overlaps pad partial pivot position precision prepare preserve primary prior privileges \
    procedure public read real references relative remove restrict returning revoke right rollback \
    rows schema scroll section select session session_user set sexp size smallint some space sql \
    sqlcode sqlerror sqlstate string struct substring sum symbol system_user table temporary then \
    time timestamp to transaction translate trim true tuple union unique unknown unpivot update \
    upper usage user using value values varchar varying view when whenever where with work write";

/// Keywords that call a function when a parenthesis follows. That these are the ones is inferred
/// from the published grammar of PartiQL, which the service's syntax errors follow.
const CALLED: &[&str] = &[
    "size",
    "exists",
    "count",
    "avg",
    "max",
    "min",
    "sum",
    "char_length",
    "character_length",
    "bit_length",
    "octet_length",
    "lower",
    "upper",
    "coalesce",
    "nullif",
    "substring",
    "trim",
    "extract",
    "position",
    "date_add",
    "date_diff",
    "cast",
    "can_cast",
    "can_lossless_cast",
    "translate",
    "convert",
    "overlaps",
];

/// Keywords that are operators.
const OPERATORS: &[&str] = &["and", "or", "not", "in", "is", "like", "between"];

static SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| KEYWORDS.split_whitespace().collect());

/// Whether a word in lower case is a keyword.
pub(super) fn is_keyword(lower: &str) -> bool {
    SET.contains(lower)
}

/// Whether a keyword is an operator.
pub(super) fn is_operator(keyword: &str) -> bool {
    OPERATORS.contains(&keyword)
}

/// Whether a keyword can be called.
pub(super) fn is_called(keyword: &str) -> bool {
    CALLED.contains(&keyword)
}
