"""The window, as a person uses it. Only this module of the tests knows the window's labels."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from peers.daypass import Daypass
from peers.oidc_provider import Issuer
from peers.private_desktop import SYSTEM_PYTHON, PrivateDesktop
from peers.process import PATIENCE, TARGET, running, wait_until
from peers.webdriver import SCREENSHOTS, WebDriver, WebDriverError, tauri_window

APP = TARGET / "debug/daypass-desktop"
TITLE = "^Daypass$"
SANDBOX_TITLE = r"^Daypass \(sandbox\)$"
"""Titles, as patterns for `xdotool`."""

ADDRESS = "Paste the address your company gave you"
"""The field on the first screen, and in the dialog that adds an identity."""

EMPTY_WINDOW_BYTES = 16_000
"""A picture of the screen is smaller than this while the window isn't painted yet, and larger afterwards."""

ONLOOKER = Path(__file__).with_name("onlooker.py")


@dataclass(frozen=True)
class Window:
    """The main window, controlled by the driver."""

    page: WebDriver

    # Identities

    def add_identity(self, name: str, issuer: Issuer) -> None:
        """Fill in the form for a new OpenID Connect identity and submit it, which begins a sign-in."""
        self.identity_form(name, issuer.url, issuer.client_id)

    def identity_form(self, name: str, issuer: str, client_id: str) -> None:
        """Open the form for an OpenID Connect identity, fill it in and submit it."""
        self.pick_kind("OpenID Connect")
        self.page.by_role("textbox", "Name", exact=True).fill(name)
        self.page.by_role("textbox", "Issuer URL").fill(issuer)
        self.page.by_role("textbox", "Client ID").fill(client_id)
        self.in_dialog("Save")

    def paste_instead(self, text: str) -> None:
        """Type an address and press Enter, where a person would paste it. Waits until it is read."""
        self.page.by_role("textbox", ADDRESS).fill(text)
        self.page.press("Enter")
        read = lambda: self.page.has("dialog") or self.page.execute("return Boolean(document.querySelector('[role=status] strong'))")  # noqa: E731
        wait_until(read, what="the address to be recognised")

    def pick_kind(self, title: str) -> None:
        """Open the form for a kind of identity, from the first screen or from "Add identity"."""
        if not self.page.has("button", title):
            self.page.by_role("button", "Add identity", exact=True).click()
        self.page.by_role("button", title).click()
        self.page.by_role("dialog", f"Add identity: {title}")

    def begin_sign_in(self) -> None:
        """Press the only identity's Sign in."""
        self.page.by_role("button", "Sign in", exact=True).click()

    def signed_in(self) -> None:
        """Wait until the person is signed in."""
        self.page.by_role("button", "Sign out")
        self.dialog_closed("Sign in")

    # Roles and sessions

    def add_role(self, arn: str, profile: str) -> None:
        """Declare a role. After the first sign-in of an identity without roles, the form is open already."""
        if not self.page.has("dialog", "Add role"):
            self.page.by_role("button", "Add role", exact=True).click()
        self.page.by_role("dialog", "Add role")
        self.page.by_role("textbox", "Role ARN").fill(arn)
        # The page of the role behind the dialog may have a field of that name too.
        self.page.all_by_role("textbox", "Profile", exact=True)[-1].fill(profile)
        self.in_dialog("Save role")
        self.dialog_closed()

    def search(self, query: str) -> None:
        """Type over the search field's text, and wait until the list and the role beside it are those that were found."""
        field = self.page.by_role("combobox", "Search roles")
        if query:
            field.fill(query)
        else:
            field.click()
            self.page.press("Escape")
        answered = "return document.getElementById('roles').dataset.answers === arguments[0]"
        wait_until(lambda: self.page.execute(answered, query), what=f"an answer to {query!r}")
        title = "return document.getElementById('role-title')?.innerText ?? ''"
        beside = lambda: not self.page.execute(title) or self.chosen().split(", ")[0] in ("", self.page.execute(title))  # noqa: E731
        wait_until(beside, what="the chosen role beside the list")

    def total(self) -> str:
        """The number of roles that are found."""
        return self.page.find("search .count").text.split()[0].replace(",", "")

    def chosen(self) -> str:
        """The role that the search field has selected, as a screen reader hears it."""
        return self.page.execute(
            "const id = document.querySelector('#search')?.getAttribute('aria-activedescendant');"
            "return id ? document.getElementById(id).getAttribute('aria-label') : ''"
        )

    def start(self) -> None:
        """Press Start for the chosen role, and wait until its session is active."""
        self.page.by_role("button", "Start", exact=True).click()
        self.active()

    def active(self) -> None:
        """Wait until the chosen role has an active session, which shows its time left."""
        self.page.by_role("timer", "Time left")

    def stop(self) -> None:
        """Press Stop and wait until the role can be started again."""
        self.page.by_role("button", "Stop", exact=True).click()
        self.page.by_role("button", "Start", exact=True)

    # The whole

    def run(self, command: str) -> None:
        """Run the palette's first match."""
        self.page.press("Control+k")
        self.page.by_role("combobox", "Search commands").fill(command)
        self.page.press("Enter")
        self.page.by_role("dialog")

    def leave(self, label: str) -> None:
        """Press a button that ends the program, so that the driver may not get an answer."""
        button = self.page.by_role("button", label)
        with contextlib.suppress(WebDriverError, OSError):
            button.click()

    def picture(self, name: str) -> None:
        """Save what the window shows, once all animations have ended and the result is painted."""
        still = "return document.getAnimations().every((a) => a.effect.getTiming().iterations === Infinity)"
        wait_until(lambda: self.page.execute(still), what="the window to be at rest")
        self.page.execute("return new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))")
        self.page.screenshot(name)

    # Dialogs

    def in_dialog(self, label: str) -> None:
        """Press the button with this label in the open dialog. (The page behind it may have one too.)"""
        pressed = self.page.execute(
            """const dialog = [...document.querySelectorAll('dialog[open], [role=dialog]')].at(-1);
            const button = [...dialog.querySelectorAll('button')].find((b) => b.innerText.trim().startsWith(arguments[0]));
            button?.click();
            return Boolean(button);""",
            label,
        )
        assert pressed, f"no {label} in the dialog:\n{self.page.text}"

    def dialog_closed(self, name: str | None = None) -> None:
        """Wait until no dialog is open, or none with this name."""
        try:
            wait_until(lambda: not self.page.has("dialog", name), what="the dialog to close")
        except TimeoutError:
            raise AssertionError(f"the dialog stayed open:\n{self.page.text}") from None


def app_env(daypass: Daypass) -> dict[str, str]:
    """The app's environment: the machine's, without the variables that the desktop sets."""
    return {k: v for k, v in daypass.env.items() if k not in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}


@contextlib.contextmanager
def driven(daypass: Daypass, desktop: PrivateDesktop, *args: str) -> Iterator[Window]:
    """Start the app with the driver."""
    with tauri_window(APP, desktop, daypass.folder, env=app_env(daypass), args=args) as page:
        wait_until(lambda: page.text.strip(), what="the window to show anything")
        yield Window(page)


@contextlib.contextmanager
def copied(desktop: PrivateDesktop, text: str) -> Iterator[None]:
    """Have a text on the desktop's clipboard, as if the person had copied it from an e-mail."""
    argv = [SYSTEM_PYTHON, ONLOOKER, "copy", text]
    with subprocess.Popen(argv, env=desktop.env, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "copied\n"
        try:
            yield
        finally:
            program.kill()


def clipboard(desktop: PrivateDesktop) -> str:
    """The text on the desktop's clipboard."""
    return _onlooker(desktop, "clipboard")


def screen(desktop: PrivateDesktop, name: str, *, empty: int = EMPTY_WINDOW_BYTES) -> None:
    """Save the whole screen, for a window without the driver, as soon as it shows more than an empty one."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    saved = SCREENSHOTS / f"{name}.png"

    def full() -> bool:
        _onlooker(desktop, "screenshot", str(saved))
        return saved.stat().st_size > empty

    wait_until(full, what="the window to be painted", every=0.5)


def _onlooker(desktop: PrivateDesktop, *args: str) -> str:
    done = subprocess.run(
        [SYSTEM_PYTHON, ONLOOKER, *args], env=desktop.env, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    return done.stdout.removesuffix("\n")


def launch(daypass: Daypass, desktop: PrivateDesktop, *args: str) -> subprocess.Popen:
    """Start the app without waiting. The caller ends it, or it hands over to a running one."""
    env = desktop.env | app_env(daypass)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([APP, *args], env=env, start_new_session=True, **quiet)


@contextlib.contextmanager
def started(daypass: Daypass, desktop: PrivateDesktop, *args: str):
    """Start the app as a person does, without the driver."""
    shown = lambda: desktop.visible_windows(TITLE)  # noqa: E731
    env = desktop.env | app_env(daypass)
    with running("app", [APP, *args], logs=daypass.folder, env=env, ready=shown) as process:
        yield process
