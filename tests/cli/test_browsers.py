"""The console in real browsers: Firefox and Chromium, with their profiles, on an X server of the test's own.

The sandbox's console refuses a second sign-in in a browser that has the first one's cookie, so its journal tells which
pages shared their cookies. Each browser is started by Daypass, through a small program in PATH that notes its process.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.private_desktop import display, session_bus
from peers.process import wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox

PROGRAMS = {
    "firefox": ("/usr/bin/firefox-esr", "/usr/bin/firefox"),
    "chromium": ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"),
}
QUIET = """\
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("browser.startup.homepage_override.mstone", "ignore");
"""


class Machine:
    """A person's machine with browsers and a screen."""

    def __init__(self, daypass: Daypass, sandbox: Sandbox, folder: Path):
        self.daypass, self.sandbox, self.folder = daypass, sandbox, folder
        self.home = Path(daypass.env["HOME"])
        self.started = folder / "browsers"
        self.started.touch()

    def has(self, name: str) -> None:
        """Put a browser into PATH. As root, Chromium needs to be told that it may go without its sandbox."""
        real = next((path for path in PROGRAMS[name] if Path(path).exists()), None)
        assert real, f"{name} is missing: ./dev test cli installs it"
        more = " --no-sandbox --disable-gpu" if name == "chromium" else ""
        program = self.folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "$$ $*" >> {self.started}\nexec {real}{more} "$@"\n')
        program.chmod(0o755)

    def opens(self, profile: str, *more: str) -> str:
        """Open the console, and how its sign-in ended."""
        before = len(self.sign_ins())
        done = self.daypass("console", profile, *more, "--json", seconds=90)
        assert done.json["opened"]
        wait_until(lambda: len(self.sign_ins()) > before, what="the console's sign-in", seconds=60)
        return self.sign_ins()[-1]

    def sign_ins(self) -> list[str]:
        """How sign-ins of browsers ended."""
        mine = (entry for entry in self.sandbox.seen() if entry["action"] in ("login", "choose-role"))
        return [entry["outcome"] for entry in mine]

    def command_lines(self) -> list[str]:
        """What browsers were started with."""
        return [line.split(" ", 1)[1] for line in self.started.read_text().splitlines()]

    def end(self) -> None:
        """End the browsers, and wait until they are gone."""
        pids = [int(line.split()[0]) for line in self.started.read_text().splitlines()]
        for end in (signal.SIGTERM, signal.SIGKILL):
            until = time.monotonic() + 5
            while alive := [pid for pid in pids if is_running(pid)]:
                for pid in alive:
                    os.kill(pid, end)
                if time.monotonic() > until:
                    break
                time.sleep(0.1)


def is_running(pid: int) -> bool:
    """Whether the process exists and isn't a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def machine(daypass: Daypass, sandbox: Sandbox, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(daypass, sandbox, tmp_path)
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "other"))
    (tmp_path / "runtime_dir").mkdir(mode=0o700)
    # A second Firefox reaches the first one over the session's bus.
    with display(tmp_path, dict(os.environ), "1000x700x24") as screen, session_bus(tmp_path, dict(os.environ), tmp_path) as bus:
        daypass.env |= {
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "DISPLAY": screen,
            "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(tmp_path / "runtime_dir"),
            "NO_AT_BRIDGE": "1",
            "MOZ_CRASHREPORTER_DISABLE": "1",
        }
        try:
            yield machine
        finally:
            machine.end()


@pytest.mark.parametrize("browser", ["firefox", "chromium"])
def test_each_account_has_cookies_of_its_own(machine: Machine, browser: str):
    machine.has(browser)
    machine.daypass("browser", "use", browser, "--isolated")
    assert machine.opens("dev") == "ok"
    assert machine.opens("other") == "ok", "another account, and another profile"
    assert machine.opens("other") == "refused", "the same profile has the cookie"
    folders = {path.name for path in (machine.daypass.home / "browsers" / browser).iterdir()}
    assert folders == {role.split(":")[4] for role in (ROLE, OTHER_ROLE)}
    # No one who lists processes gets an address that signs in.
    for line in machine.command_lines():
        assert "/open/" in line and "SigninToken" not in line and "federation" not in line, line


def test_a_named_profile_of_firefox_and_a_private_window(machine: Machine):
    machine.has("firefox")
    profile = machine.home / ".mozilla/firefox/x.work"
    profile.mkdir(parents=True)
    (profile / "user.js").write_text(QUIET)
    ini = "[Profile0]\nName=default\nIsRelative=1\nPath=x.default\nDefault=1\n[Profile1]\nName=Work\nIsRelative=1\nPath=x.work\n"
    (profile.parent / "profiles.ini").write_text(ini)
    listed = machine.daypass("browser", "list", "--json").json
    assert [each["name"] for each in listed[0]["profiles"]] == ["default", "Work"]
    work = ("--browser", "firefox", "--browser-profile", "Work")
    assert machine.opens("dev", *work) == "ok"
    assert (profile / "cookies.sqlite").exists()
    assert machine.opens("other", *work, "--private") == "ok", "a private window has no cookies yet"
    assert machine.opens("other", *work) == "refused"
    refused = machine.daypass("console", "dev", "--browser", "firefox", "--browser-profile", "Home", code=None)
    assert "browser-profile-not-found" in refused.err and "Work" in refused.err
    contained = machine.daypass("console", "dev", "--browser", "firefox", "--container", "x", code=None)
    assert "browser-cant" in contained.err and "addons.mozilla.org" in contained.err


def test_a_named_profile_of_chromium_and_a_private_window(machine: Machine):
    machine.has("chromium")
    data = machine.home / ".config/chromium"
    data.mkdir(parents=True)
    info = {"Default": {"name": "Home"}, "Profile 1": {"name": "Work"}}
    (data / "Local State").write_text(json.dumps({"profile": {"info_cache": info, "last_used": "Default"}}))
    (data / "First Run").touch()
    work = ("--browser", "chromium", "--browser-profile", "Work")
    assert machine.opens("dev", *work) == "ok"
    assert (data / "Profile 1").is_dir() and "--profile-directory=Profile 1" in machine.command_lines()[0]
    assert machine.opens("other", *work, "--private") == "ok", "a private window has no cookies yet"
    assert machine.opens("other", *work) == "refused"


@pytest.mark.parametrize("browser", ["firefox", "chromium"])
def test_a_browser_posts_the_assertion_to_aws(machine: Machine, browser: str):
    machine.has(browser)
    machine.daypass.sign_in_with_saml(machine.sandbox)
    machine.daypass("browser", "use", browser, "--isolated", "--identity", "corp")
    assert machine.opens(f"corp:{ROLE.split(':')[4]}/Developer", "--sign-in", "assertion") == "ok", "the page with the roles"
    assert all("/open/" in line and "SAMLResponse" not in line for line in machine.command_lines())


CONTAINERS = {
    "manifest.json": json.dumps(
        {
            "manifest_version": 2,
            "name": "Containers of the test",
            "version": "1",
            "applications": {"gecko": {"id": "{f069aec0-43c5-4bbf-b6b4-df95c4326b98}"}},
            "permissions": ["contextualIdentities", "cookies", "tabs"],
            "background": {"scripts": ["idle.js"]},
            "protocol_handlers": [{"protocol": "ext+container", "name": "x", "uriTemplate": "/open.html#%s"}],
        }
    ),
    "idle.js": "",
    "open.html": '<!doctype html><script src="open.js"></script>',
    "open.js": """
        const wanted = new URLSearchParams(decodeURIComponent(location.hash).replace('#ext+container:', ''));
        (async () => {
          const name = wanted.get('name');
          const [known] = await browser.contextualIdentities.query({ name });
          const container = known || await browser.contextualIdentities.create({ name, color: 'red', icon: 'cart' });
          await browser.tabs.create({ url: wanted.get('url'), cookieStoreId: container.cookieStoreId });
        })();
    """,
}
"""What the known extension does, in short: it isn't among Debian's packages, and Firefox installs it from its store alone."""


def test_a_container_of_firefox(machine: Machine):
    machine.has("firefox")
    profile = machine.home / ".mozilla/firefox/x.work"
    (profile / "extensions").mkdir(parents=True)
    more = """\
user_pref("xpinstall.signatures.required", false);
user_pref("extensions.autoDisableScopes", 0);
user_pref("privacy.userContext.enabled", true);
"""
    (profile / "user.js").write_text(QUIET + more)
    (profile.parent / "profiles.ini").write_text("[Profile0]\nName=Work\nIsRelative=1\nPath=x.work\nDefault=1\n")
    with zipfile.ZipFile(profile / "extensions/{f069aec0-43c5-4bbf-b6b4-df95c4326b98}.xpi", "w") as extension:
        for name, text in CONTAINERS.items():
            extension.writestr(name, text)
    work = ("--browser", "firefox", "--browser-profile", "Work")
    # Firefox lists the extension when it has started once.
    assert machine.opens("dev", *work) == "ok"
    listed = profile / "extensions.json"
    is_active = lambda: listed.exists() and any(  # noqa: E731
        addon["id"].startswith("{f069aec0") and addon["active"] for addon in json.loads(listed.read_text())["addons"]
    )
    wait_until(is_active, what="Firefox to list the extension", seconds=30)
    assert machine.daypass("browser", "list", "--json").json[0]["profiles"][0]["containers"]
    contained = (*work, "--container", "{account}/{role}")
    assert machine.opens("other", *contained) == "ok", "a container has cookies of its own"
    assert machine.opens("other", *contained) == "refused"
    # Firefox writes its list some time after it has made a container.
    kept = profile / "containers.json"
    is_named = lambda: kept.exists() and any(  # noqa: E731
        each.get("name", "").endswith("/ReadOnly") for each in json.loads(kept.read_text())["identities"]
    )
    wait_until(is_named, what="Firefox to keep the container", seconds=30)
    assert "SigninToken" not in "".join(machine.command_lines())


def test_a_browser_that_is_not_here(machine: Machine):
    refused = machine.daypass("console", "dev", "--browser", "edge", code=None)
    assert "browser-not-found" in refused.err
    # What a shared file names is a browser that is found here, and never a program.
    machine.daypass.config.write_text(f'[settings.console]\nbrowser = "{shutil.which("true")}"\n' + machine.daypass.config.read_text())
    refused = machine.daypass("status", "--json", code=2)
    assert json.loads(refused.err)["code"] == "config-mistake" and "line 2" in refused.err
