"""What a ledger of another emulator says of a case that is new in it: the group it belongs to by what was answered.

A group says what is seen, step by step: both answers are errors of one type whose texts differ, an error where the
service succeeds, and so on. A case whose steps differ in several ways is in several groups. Members of successes are
told apart by what they are about; a difference in one that no group names is for somebody to look at.
"""

import json
import re
import tomllib

NOT_EXAMINED = "not examined"
ALL = ["status", "type", "message", "fields", "values", "number-text", "order", "headers", "crc", "wire"]

INTERNAL = "it fails with an internal error"
ACCEPTS = "it accepts what the service refuses"
REFUSES = "it refuses what the service accepts"
OTHER_STATUS = "it refuses with another status"
OTHER_TYPE = "it refuses with another type: its checks come in another order, or are others"
OWN_WORDS = "it refuses as the service does, in words of its own"
MEDIA_TYPE = "errors come as application/json, not as application/x-amz-json-1.0"
CANCELLATION = "cancellation reasons have words of their own, or are others"
NO_ITEM = "a failed condition does not show the item, or another"
NUMBERS = "numbers are given in another form than the service's, most as they were sent"

# Of successes: what the path is about, the most particular first.
ABOUT = [
    (r"ConsumedCapacity", "consumed capacity is counted or shown otherwise"),
    (r"ItemCollectionMetrics", "item collection metrics are shown otherwise"),
    (r"WarmThroughput", "warm throughput is not shown, or otherwise"),
    (r"(Table|Index|Backfill\w*)Status|Backfilling", "tables and indexes pass from state to state at once, or later"),
    (r"^\$\.(Table|TableDescription)\b", "a table is described with other members or values"),
    (r"^\$\.Records\b", "records of streams are others, or have other members or values"),
    (r"^\$\.(StreamDescription|Streams|LastEvaluatedStreamArn)\b", "streams are described or listed otherwise"),
    (r"^\$\.(Backup\w+|LastEvaluatedBackupArn)\b", "backups are described or listed otherwise"),
    (r"^\$\.(Policy|RevisionId)\b", "a resource policy is given back in another form"),
    (r"^\$\.Tags\b", "tags are kept or listed otherwise"),
    (r"^\$$", "a success that has no body comes with one"),
]
# Of statements: what is in place of the items.
STATEMENTS = {
    "BatchExecuteStatement": "statements of a batch fail with other words or reasons, or do not fail",
    "ExecuteStatement": "statements find or change other items, or end a page elsewhere",
    "ExecuteTransaction": "statements find or change other items, or end a page elsewhere",
}
# What could not be measured says why in words of the target; said once, without those.
UNMEASURED = {
    "what is given could not be made": "what the cases begin from cannot be made",
    "cannot fill in": "an earlier answer lacks what the case goes on with",
}


def sort_new(path, run):
    """Moves what is not examined into groups, as far as it fits one. Returns what stays."""
    ledger = tomllib.loads(path.read_text())
    entries = ledger.get("accept", [])
    new = [entry for entry in entries if entry["reason"] == NOT_EXAMINED]
    entries = said_once([entry for entry in entries if entry["reason"] != NOT_EXAMINED])
    played = {f"{key_of(tape)}/{one['id']}": one for tape in run["tapes"] for one in tape["interactions"]}
    stay = []
    for entry in new:
        for case in entry["ids"]:
            groups = groups_of(played[case]) if case in played else None
            if groups is None:
                stay.append(case)
                continue
            for reason, layers in groups.items():
                add(entries, reason, layers, case)
    if stay:
        entries.append({"reason": NOT_EXAMINED, "why": "target", "ids": stay})
    about = "".join(line + "\n" for line in path.read_text().splitlines() if line.startswith("#"))
    path.write_text(about + "".join(written(entry) for entry in entries))
    return stay


def said_once(entries):
    kept = []
    for entry in entries:
        short = next((short for start, short in UNMEASURED.items()
                      if entry["reason"].startswith(start) and entry["why"] == "unmeasurable"), None)
        same = next((one for one in kept if one["reason"] == short and one["why"] == entry["why"]), None)
        if same:
            same["ids"] = sorted({*same["ids"], *entry["ids"]})
        else:
            kept.append({**entry, "reason": short or entry["reason"]})
    return kept


def key_of(tape):
    """What ledgers call a file of cases: `PutItem/booleans`."""
    return "/".join(tape["file"].removesuffix(".case").split("/")[-2:])


def groups_of(played):
    """The groups of a case and the layers in which it differs so; None where there is one that nobody has named."""
    answers = {exchange["label"]: exchange for exchange in played.get("exchanges", [])}
    groups = {}
    for finding in played["findings"]:
        if finding["matters"] and not finding["follows"]:
            label, path = re.fullmatch(r"((?:given|step) \d+) (.*)", finding["path"]).groups()
            reason = group_of(finding, path, answers.get(label))
            if reason is None:
                return None
            groups.setdefault(reason, set()).add(finding["layer"])
    return groups or None


def group_of(finding, path, exchange):
    if exchange is None or "expected" not in exchange or "actual" not in exchange:
        return None
    expected, actual = exchange["expected"]["status"], exchange["actual"]["status"]
    if actual >= 500 or "InternalFailure" in exchange["actual"]["body"][:200]:
        return INTERNAL
    if finding["layer"] == "headers" and "json" in finding["actual"]:
        return MEDIA_TYPE
    if expected == 200:
        if actual != 200:
            return REFUSES
        if finding["layer"] == "number-text":
            return NUMBERS
        about = (reason for pattern, reason in ABOUT if re.search(pattern, path))
        return next(about, STATEMENTS.get(exchange["request"]["operation"]))
    if actual == 200:
        return ACCEPTS
    if actual != expected:
        return OTHER_STATUS
    if kind(exchange["actual"]) != kind(exchange["expected"]):
        return OTHER_TYPE
    if path.startswith("$.CancellationReasons"):
        return CANCELLATION
    if re.match(r"\$\.Item\b", path):
        return NO_ITEM
    return OWN_WORDS if finding["layer"] == "message" else None


def kind(answer):
    """The type that an error names, without its prefix."""
    try:
        return json.loads(answer["body"]).get("__type", "").rpartition("#")[2]
    except (ValueError, AttributeError):
        return None


# ---- the file

def add(entries, reason, layers, case):
    """Into the group, which tells more layers then if it names any."""
    for entry in entries:
        if entry["reason"] == reason and "paths" not in entry and entry["why"] == "target":
            if "layers" in entry:
                entry["layers"] = [layer for layer in ALL if layer in layers or layer in entry["layers"]]
            if case not in entry["ids"]:
                entry["ids"] = sorted([*entry["ids"], case])
            return
    layers = [layer for layer in ALL if layer in layers]
    entries.append({"reason": reason, "why": "target", "layers": layers, "ids": [case]})


def written(entry):
    """As dynatape writes an entry."""
    lines = ["", "[[accept]]"]
    for name in ("reason", "why", "type", "issue", "until"):
        if name in entry:
            lines.append(f"{name} = {quoted(entry[name])}")
    for name in ("layers", "paths"):
        if name in entry:
            lines.append(f"{name} = [{', '.join(map(quoted, entry[name]))}]")
    return "\n".join([*lines, "ids = [", *(f"  {quoted(one)}," for one in entry["ids"]), "]", ""])


def quoted(text):
    return json.dumps(text, ensure_ascii=False)
