"""What three_ways.py checks. Each function gives (good, figures, detail)."""

import base64
import difflib
import json
import os
import re

# What a second recording may change: the service really answers these differently each time.
ANSWERED_ANEW = re.compile(r"DateTime|TableId|StreamLabel|StreamArn")


def succeeded(program):
    """Nothing printed is no success: two empty outputs are equal."""
    last_words = "\n".join(program.errors.splitlines()[-20:])
    return program.code == 0 and program.lines() > 0, f"exit code {program.code}, {program.lines()} lines", last_words


def same_text(expected, seen):
    if expected.output == seen.output:
        return True, f"{expected.lines()} lines", ""
    diff = list(difflib.unified_diff(expected.output.splitlines(), seen.output.splitlines(), "direct", "seen", "", "", 0))
    changed = sum(line[0] in "+-" for line in diff[2:])
    return False, f"{changed} lines differ", "\n".join(diff)


def same_bodies(recorded, replayed):
    figures = f"{len(recorded)} recorded, {len(replayed)} replayed, {sum(map(len, map(body, replayed)))} bytes"
    for number, (there, here) in enumerate(zip(recorded, replayed), 1):
        if (there[0], there[1], there[4]) != (here[0], here[1], here[4]):
            same = len(os.path.commonprefix([body(there), body(here)]))
            return False, f"{figures}, first difference in answer {number} at byte {same}", "\n".join(
                f"{way} {answer[0]} {answer[1]} ...{body(answer)[max(0, same - 40):same + 80]!r}"
                for way, answer in (("recorded", there), ("replayed", here)))
    return len(recorded) == len(replayed) > 0, figures, ""


def body(answer):
    return base64.b64decode(answer[4])


def checksums(answers_seen, absent_is_fine):
    absent = [answer for answer in answers_seen if answer[2] == "-"]
    wrong = [answer for answer in answers_seen if answer[2] != "-" and answer[3] != "yes"]
    figures = f"{len(answers_seen) - len(absent) - len(wrong)} right, {len(absent)} absent, {len(wrong)} wrong"
    bad = wrong if absent_is_fine else wrong + absent
    return bool(answers_seen) and not bad, figures, "\n".join(" ".join(answer[:4]) for answer in bad)


def changed_lines(before, after):
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), "first", "second", "", "", 0)
    changed = [line for line in list(diff)[2:] if line[0] in "+-"]
    noise = [line for line in changed if not ANSWERED_ANEW.search(line)]
    figures = f"{len(changed)} changed of {len(after.splitlines())}"
    if changed and not noise:
        figures += ", all of them dates and ids"
    return not noise, figures, "\n".join(noise)


def leaks(tape, hidden):
    found = []
    for name, value in {**hidden, "signing algorithm": "AWS4-HMAC-SHA256"}.items():
        found += [f"{name} {form}" for form, text in disguises(value.encode()) if text in tape]
    return not found, f"{len(hidden)} secrets, each raw, in base64 and in hex", "\n".join(found)


def disguises(value):
    yield "raw", value
    yield "as JSON text", json.dumps(value.decode()).strip('"').replace("/", "\\/").encode()
    yield "in hex", value.hex().encode()
    yield "in upper case hex", value.hex().upper().encode()
    # Inside a longer text base64 has three alignments; the characters mixed with neighbours are cut off.
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + value)
        text = encoded[(0, 2, 3)[shift]:].rstrip(b"=")
        text = text[:-1] if (shift + len(value)) % 3 else text
        yield f"in base64, shifted by {shift}", text
        yield f"in url base64, shifted by {shift}", text.replace(b"+", b"-").replace(b"/", b"_")
