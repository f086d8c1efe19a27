"""Drives the real window with WebKit's own driver and a small WebDriver client.

It finds elements as a person with a screen reader does, by role and accessible name.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .private_desktop import PrivateDesktop
from .process import PATIENCE, ROOT, free_port, http_answers, running, wait_until

NATIVE_DRIVER = "/usr/bin/WebKitWebDriver"
SCREENSHOTS = ROOT / ".dev/screenshots"
# Paints a pixel over and over, in two colours that look alike.
REPAINT = """
    window.repainted = Object.assign(document.createElement('i'), {ariaHidden: true});
    document.body.append(window.repainted);
    let turn = 0;
    window.repainting = setInterval(() => {
        const colour = `rgb(128 128 128 / ${turn++ % 2 ? 0 : 0.02})`;
        window.repainted.style = `position: fixed; inset: 0 auto auto 0; width: 1px; height: 1px; background: ${colour}`;
    }, 20);
"""
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element reference (WebDriver, section 11)."""

KEYS = {
    "Backspace": "\ue003", "Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Control": "\ue009",
    "Alt": "\ue00a", "Escape": "\ue00c", " ": "\ue00d", "PageUp": "\ue00e", "PageDown": "\ue00f", "End": "\ue010",
    "Home": "\ue011", "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "F10": "\ue03a",
    "Delete": "\ue017", "Meta": "\ue03d",
}  # fmt: skip

BY_ROLE = (Path(__file__).parent / "by_role.js").read_text()


class WebDriverError(RuntimeError):
    """The driver refused a command. `kind` is WebDriver's own error code."""

    def __init__(self, kind: str, message: str):
        super().__init__(f"{kind}: {message}")
        self.kind = kind


@dataclass(frozen=True)
class Element:
    """An element of the page."""

    window: WebDriver
    id: str

    def click(self) -> None:
        """Scroll it into view and click its middle."""
        self._once_interactable("click", {})

    def type(self, text: str) -> None:
        """Type after the existing text."""
        self._once_interactable("value", {"text": text})

    def fill(self, text: str) -> None:
        """Replace the existing text."""
        self._once_interactable("clear", {})
        if text:
            self.type(text)

    def _once_interactable(self, what: str, body: dict) -> None:
        """Send the command as soon as a person could act. A form that is still unfolding has fields without a size."""

        def done() -> bool:
            try:
                self.window.command("POST", f"/element/{self.id}/{what}", body)
            except WebDriverError as error:
                if error.kind != "element not interactable":
                    raise
                return False
            return True

        wait_until(done, what=f"an element that takes a {what}")

    def choose(self, label: str) -> None:
        """Choose an option of a <select> by its label."""
        self.window.execute(
            """const [select, label] = arguments;
            const option = [...select.options].find((o) => o.text.trim() === label);
            if (!option) throw new Error(`no option ${label} in ${[...select.options].map((o) => o.text)}`);
            select.value = option.value;
            select.dispatchEvent(new Event('input', { bubbles: true }));
            select.dispatchEvent(new Event('change', { bubbles: true }));""",
            self,
            label,
        )

    @property
    def text(self) -> str:
        """Its visible text."""
        return self.window.command("GET", f"/element/{self.id}/text")

    @property
    def value(self) -> str:
        """The value of a field."""
        return self.window.command("GET", f"/element/{self.id}/property/value")

    @property
    def enabled(self) -> bool:
        """Whether it is enabled."""
        return self.window.command("GET", f"/element/{self.id}/enabled")

    def attribute(self, name: str) -> str | None:
        """An attribute of the markup."""
        return self.window.command("GET", f"/element/{self.id}/attribute/{name}")


class WebDriver:
    """One session with one window."""

    def __init__(self, url: str, capabilities: dict):
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._session = ""
        made = self.command("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._session = f"/session/{made['sessionId']}"

    def command(self, method: str, path: str, body: dict | None = None):
        """Send one command (WebDriver, section 6) and return its value."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        with contextlib.closing(connection):
            payload = json.dumps(body, default=self._reference) if body is not None else None
            connection.request(method, self._session + path, payload, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            value = json.loads(answer.read() or b'{"value": null}')["value"]
        if answer.status >= 400:
            raise WebDriverError(value.get("error", str(answer.status)), value.get("message", ""))
        return self._hydrate(value)

    def _reference(self, value):
        if isinstance(value, Element):
            return {ELEMENT: value.id}
        raise TypeError(type(value))

    def _hydrate(self, value):
        if isinstance(value, dict) and ELEMENT in value:
            return Element(self, value[ELEMENT])
        if isinstance(value, list):
            return [self._hydrate(v) for v in value]
        return value

    # Looking

    @property
    def title(self) -> str:
        """The document's title."""
        return self.command("GET", "/title")

    @property
    def text(self) -> str:
        """All visible text."""
        return self.execute("return document.body.innerText")

    def execute(self, script: str, *args):
        """Run a function body in the page, with `arguments`."""
        return self.command("POST", "/execute/sync", {"script": script, "args": list(args)})

    def find(self, css: str) -> Element:
        """The first element that matches a CSS selector."""
        return self.command("POST", "/element", {"using": "css selector", "value": css})

    def all_by_role(self, role: str, name: str | None = None, *, exact: bool = False) -> list[Element]:
        """All visible elements with an ARIA role whose accessible name contains (or equals) `name`, ignoring case."""
        while True:
            try:
                return self.execute(BY_ROLE, role, name, exact)
            except WebDriverError as error:
                # The script found an element that left the page before the driver could return it. Look again.
                if error.kind != "stale element reference":
                    raise

    def by_role(self, role: str, name: str | None = None, *, exact: bool = False, seconds: float = PATIENCE) -> Element:
        """Wait for the first of `all_by_role`."""
        try:
            return wait_until(
                lambda: next(iter(self.all_by_role(role, name, exact=exact)), None),
                seconds=seconds,
                what=f"a {role} named {name!r}",
            )
        except TimeoutError as missing:
            raise AssertionError(f"{missing}; the window shows:\n{self.text}") from None

    def has(self, role: str, name: str | None = None) -> bool:
        """Whether such an element is visible now."""
        return bool(self.all_by_role(role, name))

    def wait_for_text(self, text: str, *, seconds: float = PATIENCE) -> None:
        """Wait until the window shows this text."""
        try:
            wait_until(lambda: text.lower() in self.text.lower(), seconds=seconds, what=repr(text))
        except TimeoutError as missing:
            raise AssertionError(f"{missing}; the window shows:\n{self.text}") from None

    @property
    def active(self) -> Element:
        """The focused element."""
        return self.command("GET", "/element/active")

    def screenshot(self, name: str) -> Path:
        """Save what the window shows as .dev/screenshots/NAME.png."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        saved = SCREENSHOTS / f"{name}.png"
        # WebKit takes the picture after it next paints. Without a compositor, a page that is still never does.
        self.execute(REPAINT)
        try:
            saved.write_bytes(base64.b64decode(self.command("GET", "/screenshot")))
        finally:
            self.execute("clearInterval(window.repainting); window.repainted.remove()")
        return saved

    # Doing

    def open(self, url: str) -> None:
        """Go to a page."""
        self.command("POST", "/url", {"url": url})

    def press(self, chord: str) -> None:
        """Press keys, such as `Enter`, `Control+k` or `a`."""
        keys = [KEYS.get(k, k) for k in (chord.split("+") if len(chord) > 1 else [chord])]
        down = [{"type": "keyDown", "value": k} for k in keys]
        up = [{"type": "keyUp", "value": k} for k in reversed(keys)]
        self.command("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": down + up}]})

    def type(self, text: str) -> None:
        """Type into the focused element."""
        for letter in text:
            self.press(letter)

    def close(self) -> None:
        """End the session, which ends the program."""
        with contextlib.suppress(WebDriverError, OSError):
            self.command("DELETE", "")


@contextlib.contextmanager
def native_driver(logs: Path, env: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen, str]]:
    """Run WebKit's own driver. Yields its process and its URL. The programs it starts inherit `env`.

    Tauri's own tauri-driver forwards each command over a connection that it keeps open, and fails when WebKit's driver
    has just closed that connection. All it adds are this variable and the name of an option.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    argv = [NATIVE_DRIVER, f"--port={port}", "--host=127.0.0.1"]
    env = dict(env) | {"TAURI_WEBVIEW_AUTOMATION": "true"}
    with running("webkit-driver", argv, logs=logs, env=env, ready=http_answers(f"{url}/status")) as driver:
        yield driver, url


def wanted(program: Path, args: Sequence[str] = ()) -> dict:
    """The capabilities that tell the driver to start a Tauri program."""
    return {"browserName": "wry", "webkitgtk:browserOptions": {"binary": str(program), "args": list(args)}}


@contextlib.contextmanager
def tauri_window(
    app: Path, desktop: PrivateDesktop, logs: Path, *, env: dict[str, str], args: tuple[str, ...] = ()
) -> Iterator[WebDriver]:
    """Start a Tauri program on the desktop and drive its window; `env` is the program's."""
    with native_driver(logs, desktop.env | env) as (_, url):
        window = WebDriver(url, wanted(app, args))
        try:
            yield window
        finally:
            window.close()


@contextlib.contextmanager
def webkit_page(desktop: PrivateDesktop, logs: Path) -> Iterator[WebDriver]:
    """WebKit's own minimal browser, to check the driver and the client."""
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
    options = {"binary": str(browser), "args": ["--automation"]}
    with native_driver(logs, os.environ | desktop.env) as (_, url):
        window = WebDriver(url, {"webkitgtk:browserOptions": options})
        try:
            yield window
        finally:
            window.close()
