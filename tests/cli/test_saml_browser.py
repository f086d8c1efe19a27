"""SAML in the person's own browser, with the command alone: Debian's Chromium on an X server of the test's own.

A program in PATH stands between Daypass and Chromium (tests/peers/browser_between.py). Through it the test is the person,
and knows every order that Daypass gives. The desktop app isn't there.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from odd_pages import OddPages, odd_pages

from peers.daypass import Daypass
from peers.passkeys import PIA, have_passkey, passkey_idp
from peers.person import post_of_assertion
from peers.private_desktop import display
from peers.process import PATIENCE, wait_until
from peers.saml import SamlIdp
from peers.sandbox import ROLE, Sandbox
from peers.sign_in_browser import SignInBrowser, listening_ports
from peers.sts import Sts

NAME = "corp"
FAILED, INVALID, NEEDS_SIGN_IN, NOT_FOUND, REFUSED, PASSING = 1, 2, 3, 4, 5, 6

ALLOWED = {
    "Browser.getVersion", "Browser.setDownloadBehavior", "Fetch.enable", "Target.setDiscoverTargets", "Target.createTarget",
    "Fetch.continueRequest", "Fetch.fulfillRequest", "Browser.close",
}  # fmt: skip
"""All that Daypass may order while a person signs in."""
QUIETLY = ALLOWED | {"Target.attachToTarget", "Page.navigate"}
"""And without them."""


@pytest.fixture
def browser(daypass: Daypass, tmp_path: Path) -> Iterator[SignInBrowser]:
    """Chromium on a machine with a screen."""
    found = SignInBrowser(daypass, tmp_path)
    found.install()
    with display(tmp_path, dict(os.environ), "1000x700x24") as screen:
        daypass.env["DISPLAY"] = screen
        yield found
        daypass.end_background()
        wait_until(found.has_ended, what="every browser to end")


@pytest.fixture
def corp(daypass: Daypass, simplesamlphp: SamlIdp, moto: Sts) -> Daypass:
    """A machine with an identity that signs in at SimpleSAMLphp."""
    daypass.use(moto.endpoint)
    daypass("identity", "add", "saml", NAME, "--start-url", simplesamlphp.start_url())
    return daypass


def begin(daypass: Daypass, *more: str, identity: str = NAME) -> subprocess.Popen[str]:
    """Begin a sign-in on a terminal."""
    return daypass.spawn("identity", "login", identity, *more)


def outcome(begun: subprocess.Popen[str], *, code: int = 0) -> str:
    """Wait for the command to end. Its output."""
    out, err = begun.communicate(timeout=PATIENCE)
    assert begun.returncode == code, f"exit status {begun.returncode}, not {code}\n{out}\n{err}"
    return out + err


def roles(daypass: Daypass) -> set[str]:
    """The ARNs in the catalog."""
    return {role["arn"] for role in daypass("role", "list", "--json").json}


@pytest.mark.parametrize("with_agent", [False, True], ids=["no agent", "agent"])
def test_from_a_command_to_credentials_and_a_second_sign_in_without_a_password(
    corp: Daypass, browser: SignInBrowser, simplesamlphp: SamlIdp, with_agent: bool
):
    if with_agent:
        corp.agent()
    passwords = simplesamlphp.sign_ins()
    begun = begin(corp)
    person = browser.person()
    person.sign_in("loginuserpass", "one", "one-secret")
    said = outcome(begun)
    assert "Continue in the Chromium window that opens (127.0.0.1)" in said and "one@example.org" in said
    (profile,) = browser.profiles(NAME)
    assert profile.name == "chromium-127.0.0.1"
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in (profile, profile.parent, profile.parent.parent))
    (role,) = roles(corp)
    corp("start", role, "--profile", "dev")
    assert corp.caller("dev").endswith("assumed-role/Developer/one@example.org")

    outcome(begin(corp))
    assert simplesamlphp.sign_ins() == passwords + 1, "the profile has the provider's cookies"
    assert set(browser.orders()) <= ALLOWED
    for start in browser.starts():
        assert "http" not in " ".join(start["started"]), "no address stands in the arguments"

    corp("identity", "logout", NAME)
    assert browser.profiles(NAME) == []
    begun = begin(corp)
    browser.person(count=3).sees("loginuserpass", "input[type=password]")
    begun.send_signal(signal.SIGINT)
    begun.wait(PATIENCE)


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_provider_that_wants_a_request(daypass: Daypass, browser: SignInBrowser, nanoidp_saml: SamlIdp, binding: str):
    daypass("identity", "add", "saml", NAME, "--sso-url", nanoidp_saml.sso_url, "--binding", binding)
    begun = begin(daypass)
    browser.person().sign_in("saml/sso", "alice", "secret")
    outcome(begun)
    assert roles(daypass) == set(nanoidp_saml.users["alice"].roles)


def test_cookies_that_are_not_wanted_are_not_kept(daypass: Daypass, browser: SignInBrowser, simplesamlphp: SamlIdp):
    daypass("identity", "add", "saml", NAME, "--start-url", simplesamlphp.start_url(), "--forget-cookies")
    for count in (1, 2):
        begun = begin(daypass)
        browser.person(count=count).sign_in("loginuserpass", "one", "one-secret")
        outcome(begun)
        assert browser.profiles(NAME) == []


def start_with_short_assertions(daypass: Daypass, browser: SignInBrowser, sandbox: Sandbox) -> None:
    """Sign in and start a role, with assertions that are soon spent."""
    sandbox.turn(assertion_seconds=6)
    daypass("identity", "add", "saml", NAME, "--start-url", sandbox.saml_start_url)
    begun = begin(daypass)
    browser.person().sign_in("saml/", "maya", sandbox.issuer.password)
    outcome(begun)
    daypass("start", ROLE, "--profile", "dev")


def test_a_spent_assertion_is_renewed_without_a_window_until_the_provider_wants_the_person(
    daypass: Daypass, browser: SignInBrowser, sandbox: Sandbox
):
    start_with_short_assertions(daypass, browser, sandbox)
    wait_until(lambda: daypass("renew", "dev") and len(browser.starts()) > 1, what="the assertion to be spent")
    shown, *quiet = browser.starts()
    assert "--headless=new" not in shown["started"]
    assert quiet and all("--headless=new" in start["started"] for start in quiet)
    assert set(browser.orders()) <= QUIETLY
    listed = daypass("identity", "list", "--json").json[0]
    assert listed["state"] == "signed-in"

    # From now on the provider doesn't remember the person.
    sandbox.turn(assertion_seconds=6, idp_session_seconds=1)
    wait_until(lambda: daypass("renew", "dev", code=None).code == NEEDS_SIGN_IN, what="the provider to want the person")
    starts = len(browser.starts())
    refused = daypass("renew", "dev", code=NEEDS_SIGN_IN)
    assert f"daypass identity login {NAME}" in refused.err
    assert len(browser.starts()) == starts, "it isn't tried again before the person comes"
    assert daypass("identity", "list", "--json").json[0]["state"] == "needs-sign-in"


def test_a_provider_that_is_away_is_no_reason_to_ask_the_person(daypass: Daypass, browser: SignInBrowser, sandbox: Sandbox):
    start_with_short_assertions(daypass, browser, sandbox)
    # The same machine, without a way to it.
    blocked = " ".join(['--host-resolver-rules="MAP * ~NOTFOUND"', "--proxy-server=127.0.0.1:1"])
    program = browser.folder / "bin/chromium"
    program.write_text(program.read_text().replace('"$@"', f'{blocked} --proxy-bypass-list="<-loopback>" "$@"'))
    away = lambda: (tried := daypass("renew", "dev", code=None)).code == PASSING and tried.err  # noqa: E731
    assert "sign-in-unreachable" in wait_until(away, what="the assertion to be spent")
    assert daypass("identity", "list", "--json").json[0]["state"] == "signed-in"


def test_the_browser_is_told_apart_when_it_is_closed_killed_and_cancelled(corp: Daypass, browser: SignInBrowser):
    begun = begin(corp)
    person = browser.person(count=1)
    person.sees("loginuserpass", "input[type=password]")
    person.close_all()
    assert "was closed" in outcome(begun, code=FAILED)

    begun = begin(corp)
    person = browser.person(count=2)
    person.sees("loginuserpass", "input[type=password]")
    os.kill(person.pid, signal.SIGKILL)
    said = outcome(begun, code=PASSING)
    assert "ended unexpectedly" in said and "signal: 9" in said

    begun = begin(corp)
    browser.person(count=3).sees("loginuserpass", "input[type=password]")
    begun.send_signal(signal.SIGINT)
    begun.wait(PATIENCE)
    wait_until(browser.has_ended, what="the browser to end with the command")

    begun = begin(corp, "--timeout", "15")
    browser.person(count=4).sees("loginuserpass", "input[type=password]")
    outcome(begun, code=FAILED)
    wait_until(browser.has_ended, what="the browser to end with the sign-in")


def test_daypass_that_is_killed_leaves_no_browser_behind(corp: Daypass, browser: SignInBrowser):
    begun = begin(corp)
    browser.person().sees("loginuserpass", "input[type=password]")
    begun.kill()
    begun.wait(PATIENCE)
    wait_until(browser.has_ended, what="the browser to end with its pipe")


def test_no_one_else_gets_to_the_browser(corp: Daypass, browser: SignInBrowser):
    begun = begin(corp)
    person = browser.person()
    person.sees("loginuserpass", "input[type=password]")
    (start,) = browser.starts()
    assert listening_ports(start["pid"]) == [], "it doesn't open a port"
    assert not list(browser.profiles(NAME)[0].rglob("DevToolsActivePort"))
    ends = {os.readlink(f"/proc/{start['pid']}/fd/{number}") for number in (3, 4)}
    holders = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = {os.readlink(link) for link in (process / "fd").iterdir()}
            if held & ends:
                holders.add(os.getpgid(int(process.name)))
        except OSError:
            continue
    assert holders == {os.getpgid(begun.pid), os.getpgid(start["pid"])}, "only Daypass and the browser hold the pipe"
    if os.geteuid() == 0:
        for number in (3, 4):
            tried = subprocess.run(
                ["setpriv", "--reuid=65534", "--clear-groups", "sh", "-c", f"exec 5<>/proc/{start['pid']}/fd/{number}"],
                capture_output=True, text=True,
            )  # fmt: skip
            assert tried.returncode and "ermission denied" in tried.stderr
    person.close_all()
    outcome(begun, code=FAILED)


def test_a_provider_that_wants_a_passkey(daypass: Daypass, browser: SignInBrowser, moto: Sts, tmp_path: Path):
    daypass.use(moto.endpoint)
    with passkey_idp(tmp_path) as idp:
        daypass("identity", "add", "saml", NAME, "--start-url", idp.start_url)
        begun = begin(daypass)
        person = browser.person()
        person.sees("/aws", "#sign-in")
        # The product never has one. The test is the machine's fingerprint reader.
        have_passkey(person)
        person.run("/aws", "void document.querySelector('#register').click()")
        wait_until(lambda: person.run("/aws", "document.title") == "Registered", what="the passkey to be made")
        person.run("/aws", "void document.querySelector('#sign-in').click()")
        assert "pia@example.org" in outcome(begun)
        assert roles(daypass) == set(PIA.roles)
        assert set(browser.orders()) <= ALLOWED
        daypass("start", PIA.roles[0], "--profile", "dev")
        assert daypass.caller("dev").endswith("assumed-role/Developer/pia@example.org")
        outcome(begin(daypass))
        assert idp.answers() == 2, "the second time, the provider knows the browser"


def test_two_sign_ins_at_once(corp: Daypass, browser: SignInBrowser, simplesamlphp: SamlIdp, nanoidp_saml: SamlIdp):
    corp("identity", "add", "saml", "other", "--sso-url", nanoidp_saml.sso_url)
    first = begin(corp)
    person = browser.person(count=1)
    second = begin(corp, identity="other")
    browser.person(count=2).sign_in("saml/sso", "alice", "secret")
    person.sign_in("loginuserpass", "one", "one-secret")
    outcome(first)
    outcome(second)
    assert roles(corp) == {*simplesamlphp.users["one"].roles, *nanoidp_saml.users["alice"].roles}


# Browsers that can't be used.


def test_a_browser_that_is_missing(daypass: Daypass, browser: SignInBrowser, simplesamlphp: SamlIdp):
    daypass("identity", "add", "saml", NAME, "--start-url", simplesamlphp.start_url(), "--browser", "edge")
    refused = daypass("identity", "login", NAME, code=NOT_FOUND)
    assert "isn't installed" in refused.err and "chromium" in refused.err and "window" in refused.err
    assert daypass("identity", "list", "--json").json[0]["settings"]["browser"] == "edge"


def test_the_window_without_the_desktop_app_and_a_browser_without_a_screen(
    daypass: Daypass, browser: SignInBrowser, simplesamlphp: SamlIdp
):
    daypass("identity", "add", "saml", NAME, "--start-url", simplesamlphp.start_url(), "--browser", "window")
    assert "--assertion-file" in daypass("identity", "login", NAME, code=INVALID).err
    daypass("identity", "add", "saml", "other", "--start-url", simplesamlphp.start_url(), "--browser", "chromium")
    refused = daypass("identity", "login", "other", env={"DISPLAY": ""}, code=FAILED)
    assert "without a screen" in refused.err and "--assertion-file" in refused.err
    assert browser.starts() == []


OLD = """
import os
while os.read(3, 65536):
    os.write(4, b'{"id":1,"result":{"product":"Chrome/90.0.4430.212","protocolVersion":"1.3"}}\\0')
"""
"""A browser of 2021, as far as the pipe goes."""


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(f"exec {sys.executable} {{folder}}/old.py", "too old", id="too old"),
        pytest.param("exit 21", "exit status: 21", id="ends at once"),
        pytest.param("exec sleep 600", "chrome://policy", id="never answers"),
    ],
)
def test_a_browser_that_cannot_be_used(corp: Daypass, browser: SignInBrowser, script: str, words: str):
    (browser.folder / "old.py").write_text(OLD)
    browser.program(script.format(folder=browser.folder))
    refused = corp("identity", "login", NAME, code=None)
    assert refused.code in (FAILED, INVALID) and words in refused.err and "window" in refused.err, refused.err


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs a mount namespace of its own")
def test_a_policy_that_forbids_remote_debugging(corp: Daypass, browser: SignInBrowser):
    etc = Path("/etc/chromium")
    assert etc.is_dir(), "Debian's Chromium has it"
    managed = browser.folder / "chromium/policies/managed"
    managed.mkdir(parents=True)
    (managed / "corp.json").write_text('{"RemoteDebuggingAllowed": false}')
    mounted = f'mount --bind {browser.folder / "chromium"} {etc} && exec "$@"'
    refused = corp("identity", "login", NAME, wrap=("unshare", "--mount", "sh", "-c", mounted, "--"), code=REFUSED)
    assert "RemoteDebuggingAllowed" in refused.err and "corp.json" in refused.err and "window" in refused.err
    assert browser.starts() == []


# Pages that behave in odd ways.


@pytest.fixture(scope="module")
def pages() -> Iterator[OddPages]:
    """The odd identity provider. A browser may send its forms."""
    with odd_pages(forms="https:") as running:
        yield running


def odd(daypass: Daypass, pages: OddPages, idp: SamlIdp, name: str, *, pad: int = 0) -> subprocess.Popen[str]:
    """Begin a sign-in at one of its pages, with a real assertion made longer by a comment."""
    honest = post_of_assertion(idp.start_url(), "several", "several-secret").saml_response
    if pad:
        xml = base64.b64decode(honest).decode()
        honest = base64.b64encode(xml.replace("</samlp:Response>", f"<!--{'x' * pad}--></samlp:Response>").encode()).decode()
    pages.saml_response = honest
    pages.reports.clear()
    daypass("identity", "add", "saml", NAME, "--start-url", pages.page(name))
    return begin(daypass)


WAYS = [
    "submit", "click", "requestSubmit", "fields with the form's own names", "a button with its own address",
    "an assertion that is put in at the last moment", "a listener that swallows the event", "a form in a shadow tree",
    "a frame", "a frame of another site", "two pages on the way",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_aws_is_caught(daypass: Daypass, browser: SignInBrowser, pages: OddPages, simplesamlphp: SamlIdp, way: str):
    outcome(odd(daypass, pages, simplesamlphp, way))
    assert roles(daypass) == set(simplesamlphp.users["several"].roles)


def test_a_popup_is_followed(daypass: Daypass, browser: SignInBrowser, pages: OddPages, simplesamlphp: SamlIdp):
    begun = odd(daypass, pages, simplesamlphp, "answers in a window")
    person = browser.person()
    person.sees("/answers-in-a-window", "button")
    person.run("/answers-in-a-window", "void document.querySelector('button').click()")
    outcome(begun)
    assert roles(daypass) == set(simplesamlphp.users["several"].roles)


def test_closing_one_of_several_tabs_ends_nothing(
    daypass: Daypass, browser: SignInBrowser, pages: OddPages, simplesamlphp: SamlIdp
):
    begun = odd(daypass, pages, simplesamlphp, "asks in a window")
    person = browser.person()
    person.sees("/asks-in-a-window", "button")
    person.run("/asks-in-a-window", "void document.querySelector('button').click()")
    person.sees("/asked", "button")
    person.run("/asked", "void document.querySelector('button').click()")
    outcome(begun)
    assert pages.reports == [{"cookie": "flavour=vanilla", "opened": True}], "the second page closed itself"


def test_a_look_alike_gets_its_form_and_we_do_not(
    daypass: Daypass, browser: SignInBrowser, pages: OddPages, simplesamlphp: SamlIdp
):
    begun = odd(daypass, pages, simplesamlphp, "look-alike")
    person = browser.person()
    wait_until(lambda: any("daypass.invalid" in page["url"] for page in person.pages()), what="the look-alike's page", every=0.1)
    assert begun.poll() is None and "Fetch.fulfillRequest" not in browser.orders()
    person.close_all()
    assert "was closed" in outcome(begun, code=FAILED)
    assert roles(daypass) == set()


def test_a_form_without_an_assertion_ends_the_sign_in(
    daypass: Daypass, browser: SignInBrowser, pages: OddPages, simplesamlphp: SamlIdp
):
    assert "without a SAMLResponse" in outcome(odd(daypass, pages, simplesamlphp, "empty"), code=FAILED)


def test_a_page_that_never_posts_is_waited_for_until_the_time_is_up(
    daypass: Daypass, browser: SignInBrowser, pages: OddPages
):
    daypass("identity", "add", "saml", NAME, "--start-url", pages.page("silence"))
    begun = begin(daypass, "--timeout", "10")
    browser.person().sees("/silence", "p")
    outcome(begun, code=FAILED)
    wait_until(browser.has_ended, what="the browser to end with the sign-in")


def test_a_long_assertion_arrives_whole(daypass: Daypass, browser: SignInBrowser, pages: OddPages, simplesamlphp: SamlIdp):
    outcome(odd(daypass, pages, simplesamlphp, "submit", pad=50_000))
    assert roles(daypass) == set(simplesamlphp.users["several"].roles)
    daypass("identity", "remove", NAME, "--yes")
    # Longer than STS takes, and whole all the same.
    said = outcome(odd(daypass, pages, simplesamlphp, "submit", pad=80_000), code=INVALID)
    assert f"{len(pages.saml_response)} characters" in said and len(pages.saml_response) > 110_000


def test_downloads_are_refused(daypass: Daypass, browser: SignInBrowser, pages: OddPages, simplesamlphp: SamlIdp):
    begun = odd(daypass, pages, simplesamlphp, "download")
    person = browser.person()
    person.sees("/download", "a")
    person.run("/download", "void document.querySelector('a').click()")
    person.run("/download", "fetch('/report', { method: 'POST', body: '[]' })")
    wait_until(lambda: pages.reports, what="the page to go on")
    assert not list(Path(daypass.env["HOME"]).rglob("taken*"))
    person.close_all()
    outcome(begun, code=FAILED)
