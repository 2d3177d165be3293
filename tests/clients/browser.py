"""A Chromium without a window, spoken to through a pipe: no driver and no port is needed."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE = 60


class Page:
    """One page; `problems` are its errors, `asked` what it asked the network for."""

    def __init__(self, to, back):
        self.to, self.back, self.buffer, self.number = to, back, b"", 0
        self.problems, self.asked, self.session = [], [], None
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.tell(f"{domain}.enable")

    def tell(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.hear()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def hear(self):
        until = time.monotonic() + PATIENCE
        while b"\0" not in self.buffer:
            if not select.select([self.back], [], [], max(0, until - time.monotonic()))[0]:
                raise AssertionError("the browser does not answer")
            more = os.read(self.back, 1 << 20)
            if not more:
                raise AssertionError("the browser ended")
            self.buffer += more
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        params = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.problems.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.problems.append(f"console: {params['args']}")
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.problems.append(f"log: {params['entry']['text']}")
            case "Network.requestWillBeSent":
                self.asked.append(params["request"]["url"])
        return message

    def open(self, url):
        """Goes there and waits until everything has run. Another fragment of the same page is no loading."""
        self.tell("Page.navigate", url=url)
        until = time.monotonic() + PATIENCE
        while self.run("document.readyState") != "complete" and time.monotonic() < until:
            time.sleep(0.02)

    def run(self, script):
        """The value of an expression in the page."""
        result = self.tell("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, script):
        """Waits until an expression holds: what follows an event follows it a little later."""
        until = time.monotonic() + 10
        while not self.run(script):
            assert time.monotonic() < until, f"never: {script}"
            time.sleep(0.02)

    def press(self, key, text=""):
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "/": 191}
        text = text or {"Enter": "\r", "/": "/"}.get(key, "")
        common = {"key": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        self.tell("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
        self.tell("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.tell("Input.insertText", text=text)

    def sized(self, width, height=900, dark=False):
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.tell("Emulation.setEmulatedMedia", features=features)


@contextlib.contextmanager
def browser():
    """A page of a browser that is ended with the block."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("no chromium is installed")
    from_us, to = os.pipe()
    back, to_us = os.pipe()
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as profile:
        # It reads its third file and writes its fourth. The sandbox needs rights that containers do not give.
        command = ["bash", "-c", f'exec "$@" 3<&{from_us} 4>&{to_us}', "-", program, "--headless", "--no-sandbox",
                   "--disable-gpu", "--no-first-run", "--disable-background-networking", "--remote-debugging-pipe",
                   f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, pass_fds=(from_us, to_us), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        try:
            yield Page(to, back)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            os.close(to)
            os.close(back)
