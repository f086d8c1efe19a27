"""SAML in the real window, with real identity providers, a person with a keyboard, and the AWS CLI to check."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from odd_pages import HABITS, OddPages
from odd_pages import odd_pages as run_odd_pages
from odd_pages import odd_pages_over_tls
from sign_in_window import SignInWindow, windows_shown
from window import driven, started

from peers.corp_network import corp_proxy, tls_front
from peers.daypass import Daypass
from peers.person import post_of_assertion
from peers.private_desktop import PrivateDesktop, private_desktop
from peers.process import PATIENCE, closed_port, wait_until
from peers.saml import SamlIdp
from peers.sandbox import ROLE, Sandbox
from peers.sts import Sts

NAME = "corp"

PASSING = 6
"""The exit status of temporary failures."""

LIFETIME = 30
"""How many seconds credentials last, so that a renewal is soon due."""


@pytest.fixture
def window(desktop: PrivateDesktop) -> SignInWindow:
    """The only identity's sign-in window."""
    return SignInWindow(desktop, NAME)


@pytest.fixture
def corp(machine: Daypass, simplesamlphp: SamlIdp, moto: Sts) -> Daypass:
    """A machine with one identity, which signs in at SimpleSAMLphp."""
    machine.use(moto.endpoint)
    machine("identity", "add", "saml", NAME, "--start-url", simplesamlphp.start_url())
    return machine


def login(machine: Daypass, identity: str = NAME) -> subprocess.Popen[str]:
    """Begin a sign-in on a terminal, for which the desktop app opens its window."""
    return machine.spawn("identity", "login", identity)


def outcome(begun: subprocess.Popen[str], *, code: int = 0, seconds: float = PATIENCE) -> str:
    """Wait for the command to end. Returns its output."""
    out, err = begun.communicate(timeout=seconds)
    assert begun.returncode == code, f"exit status {begun.returncode}, not {code}\n{out}\n{err}"
    return out + err


def sign_in_as_one(machine: Daypass, window: SignInWindow) -> None:
    """Have the person sign in from a terminal, in the window."""
    begun = login(machine)
    window.shown()
    window.sign_in("one", "one-secret")
    outcome(begun)


def test_from_an_empty_window_to_credentials_and_a_silent_second_sign_in(
    corp: Daypass, desktop: PrivateDesktop, window: SignInWindow, simplesamlphp: SamlIdp, tmp_path: Path
):
    with driven(corp, desktop) as main:
        passwords, answers = simplesamlphp.sign_ins(), simplesamlphp.answers()
        main.begin_sign_in()
        # The page's title is "Enter your username and password", but the window doesn't show that.
        assert window.shown() == f"Sign in to {NAME} · {simplesamlphp.url.removeprefix('http://')}"
        window.ready()
        window.picture("30-saml-sign-in")
        window.sign_in("one", "one-secret")
        main.signed_in()
        window.gone()
        assert simplesamlphp.sign_ins() == passwords + 1

        # Without typing an ARN.
        (role,) = roles(corp)
        corp("start", role, "--profile", "dev")
        assert corp.caller("dev").endswith("assumed-role/Developer/one@example.org")

        with windows_shown(desktop, tmp_path) as shown:
            outcome(login(corp))
            assert shown() == 0, "the identity provider knew the person still"
        assert simplesamlphp.sign_ins() == passwords + 1
        assert simplesamlphp.answers() == answers + 2


def test_an_identity_provider_that_wants_a_request(
    machine: Daypass, desktop: PrivateDesktop, window: SignInWindow, nanoidp_saml: SamlIdp
):
    machine("identity", "add", "saml", NAME, "--sso-url", nanoidp_saml.sso_url)
    with started(machine, desktop):
        begun = login(machine)
        window.shown()
        window.picture("31-saml-nanoidp")
        window.sign_in("alice", "secret", first="Tab")
        outcome(begun)
        assert roles(machine) == set(nanoidp_saml.users["alice"].roles)


def test_a_request_by_post(machine: Daypass, desktop: PrivateDesktop, window: SignInWindow, nanoidp_saml: SamlIdp):
    machine("identity", "add", "saml", NAME, "--sso-url", nanoidp_saml.sso_url, "--post")
    with started(machine, desktop):
        begun = login(machine)
        window.shown()
        window.sign_in("alice", "secret", first="Tab")
        outcome(begun)
        assert roles(machine) == set(nanoidp_saml.users["alice"].roles)


def test_the_page_is_reached_through_the_company_s_proxy(machine: Daypass, desktop: PrivateDesktop, tmp_path: Path):
    """Up to the certificate, which only the system's store could make trusted."""
    user, password = "ann", "Pl4ntedPassw0rd"
    host = "idp.corp.test"
    with corp_proxy(tmp_path, host, sign_in=(user, password)) as proxy, tls_front(tmp_path, host, proxy.address) as (idp,):
        machine("identity", "add", "saml", NAME, "--start-url", f"{idp.url}/start")
        machine("config", "set", "network.proxy", proxy.address)
        machine("config", "proxy-login", "--user", user, stdin=password)
        with started(machine, desktop):
            told = outcome(login(machine), code=1)
            assert "sign-in-not-trusted" in told and host in told, told
            assert idp.url.removeprefix("https://") in proxy.asked()
            machine("config", "set", "network.proxy", "none")
            assert "sign-in-unreachable" in outcome(login(machine), code=PASSING)


def test_signing_out_forgets_the_cookies(
    corp: Daypass, desktop: PrivateDesktop, window: SignInWindow, simplesamlphp: SamlIdp, tmp_path: Path
):
    with started(corp, desktop):
        sign_in_as_one(corp, window)
        cookies = corp.home / "sign-in" / NAME
        assert cookies.stat().st_mode & 0o077 == 0
        wait_until(lambda: b"SimpleSAMLAuthToken" in everything_in(cookies), what="the cookies to be kept")
        corp("identity", "logout", NAME)
        wait_until(lambda: b"SimpleSAMLAuthToken" not in everything_in(cookies), what="the cookies to go")
        begun = login(corp)
        window.shown()
        window.close()
        assert "was closed" in outcome(begun, code=1)


def test_cookies_outlive_the_app_and_go_with_the_sign_out_also_then(
    corp: Daypass, desktop: PrivateDesktop, window: SignInWindow, tmp_path: Path
):
    with started(corp, desktop):
        sign_in_as_one(corp, window)
        wait_until(lambda: b"SimpleSAMLAuthToken" in everything_in(corp.home / "sign-in" / NAME), what="the cookies to be kept")
    with started(corp, desktop), windows_shown(desktop, tmp_path) as shown:
        outcome(login(corp))
        assert shown() == 0
    with started(corp, desktop):
        corp("identity", "logout", NAME)
        assert not (corp.home / "sign-in" / NAME).exists()


def test_cookies_that_are_not_wanted_are_not_kept(
    machine: Daypass, desktop: PrivateDesktop, window: SignInWindow, simplesamlphp: SamlIdp
):
    machine("identity", "add", "saml", NAME, "--start-url", simplesamlphp.start_url(), "--forget-cookies")
    with started(machine, desktop):
        sign_in_as_one(machine, window)
        assert not (machine.home / "sign-in").exists()
        begun = login(machine)
        window.shown()
        window.close()
        outcome(begun, code=1)


def test_a_spent_assertion_is_renewed_unseen_or_asked_for_by_a_notification(
    machine: Daypass, desktop: PrivateDesktop, window: SignInWindow, sandbox: Sandbox, tmp_path: Path
):
    # Half the time until a renewal is due, so every renewal finds the assertion expired.
    short = {"lifetime_seconds": LIFETIME, "assertion_seconds": LIFETIME // 3}
    sandbox.turn(**short)
    machine("identity", "add", "saml", NAME, "--start-url", sandbox.saml_start_url)
    with started(machine, desktop):
        begun = login(machine)
        window.shown()
        pick_maya(window, sandbox)
        outcome(begun)
        machine("start", ROLE, "--profile", "dev")
        with windows_shown(desktop, tmp_path) as shown:
            wait_until(lambda: machine.session("dev")["renewals"] > 0, seconds=LIFETIME + PATIENCE, what="a renewal", every=0.5)
            # The provider still remembered the person. From now on it doesn't.
            sandbox.turn(**short, idp_session_seconds=1)
            assert "assumed-role/Developer/" in machine.caller("dev")
            told = desktop.wait_for_notification(f"Sign in to {NAME}", seconds=LIFETIME + PATIENCE)
            assert "dev" in told.body
            assert shown() == 0, "work in the background opens no window"
        desktop.press(told, "Sign in")
        window.shown()
        pick_maya(window, sandbox)
        window.gone()
        wait_until(lambda: machine.session("dev")["state"] == "active", what="the session to be renewed")
        assert "assumed-role/Developer/" in machine.caller("dev")


def pick_maya(window: SignInWindow, sandbox: Sandbox) -> None:
    """Sign in at the sandbox's provider. Its first person is already selected, and the password has the focus."""
    window.ready()
    window.type(sandbox.issuer.password)
    window.press("Return")


# All pages share one app, so the next page would notice any damage.


@pytest.fixture(scope="module")
def pages() -> Iterator[OddPages]:
    """The odd identity provider."""
    with run_odd_pages() as running:
        yield running


@pytest.fixture(scope="module")
def open_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daypass, PrivateDesktop]]:
    """A running app on a desktop."""
    folder = tmp_path_factory.mktemp("odd")
    with private_desktop(folder / "desktop") as desktop:
        machine = Daypass(folder)
        machine.config.unlink()
        machine.env |= {n: desktop.env[n] for n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY")}
        with started(machine, desktop):
            yield machine, desktop
        machine.end_background()


@pytest.fixture
def odd(
    open_app: tuple[Daypass, PrivateDesktop], pages: OddPages, simplesamlphp: SamlIdp, request: pytest.FixtureRequest
) -> Iterator[tuple[Daypass, SignInWindow]]:
    """The app with an identity whose page is the test's parameter, and that identity's window."""
    machine, desktop = open_app
    pages.saml_response = post_of_assertion(simplesamlphp.start_url(), "several", "several-secret").saml_response
    pages.reports.clear()
    machine("identity", "add", "saml", NAME, "--start-url", pages.page(request.param))
    yield machine, SignInWindow(desktop, NAME)
    machine("identity", "remove", NAME, "--yes")


@pytest.mark.parametrize("odd", sorted(HABITS.keys() - {"second"}), indirect=True)
def test_whatever_way_a_page_goes_to_aws_it_is_caught_and_never_seen(
    odd: tuple[Daypass, SignInWindow], simplesamlphp: SamlIdp, tmp_path: Path
):
    machine, window = odd
    with windows_shown(window.desktop, tmp_path) as shown:
        outcome(login(machine))
        assert shown() == 0
    assert roles(machine) == set(simplesamlphp.users["several"].roles)


@pytest.mark.parametrize("odd", ["prying", "pries in a window"], indirect=True)
def test_a_page_can_ask_the_app_for_nothing_and_go_nowhere_but_to_web_pages(
    odd: tuple[Daypass, SignInWindow], pages: OddPages, request: pytest.FixtureRequest
):
    machine, window = odd
    begun = login(machine)
    if request.node.callspec.params["odd"] == "pries in a window":
        window.shown()
        window.ready()
        window.press("Return")
    outcome(begun)
    (found,) = pages.reports
    # Identifies itself like any browser with this engine, because some providers turn others away.
    assert re.fullmatch(
        r"at Mozilla/5\.0 \(X11; [^)]+\) AppleWebKit/[\d.]+ \(KHTML, like Gecko\) Version/[\d.]+ Safari/[\d.]+",
        found.pop("engine"),
    )
    at = {name: said for name, said in found.items() if said.startswith("at ")}
    assert at.keys() == {"tauri://localhost/", "file:///etc/hostname", "data:text/html,gone"}
    assert set(at.values()) == {f"at {pages.url.removeprefix('http://')}"}, "it stayed where it was"
    for name in found.keys() - at.keys():
        assert found[name].startswith("refused: "), f"{name}: {found[name]}"
    if request.node.callspec.params["odd"] == "prying":
        # In a window that a page opened, there isn't even an answer.
        assert "not allowed" in found["snapshot"] and "not allowed" in found["listen"], found


@pytest.mark.parametrize("odd", ["watching"], indirect=True)
def test_a_page_does_not_see_the_assertion_of_a_frame_of_another_site(
    odd: tuple[Daypass, SignInWindow], pages: OddPages
):
    machine, _ = odd
    outcome(login(machine))
    assert pages.reports
    seen = str(pages.reports)
    assert "at http" in seen
    assert pages.saml_response[:40] not in seen and "assertion=" not in seen, seen


@pytest.mark.parametrize("odd", ["look-alike"], indirect=True)
def test_an_address_that_looks_like_aws_gets_its_form_and_we_do_not(odd: tuple[Daypass, SignInWindow]):
    machine, _ = odd
    said = outcome(login(machine), code=PASSING)
    assert "can't load the sign-in page at signin.aws.amazon.com.daypass.invalid" in said
    assert roles(machine) == set()


@pytest.mark.parametrize("odd", ["empty"], indirect=True)
def test_a_form_without_an_assertion_does_not_get_to_aws(odd: tuple[Daypass, SignInWindow]):
    machine, _ = odd
    assert "without a SAMLResponse" in outcome(login(machine), code=1)


@pytest.mark.parametrize("odd", ["link", "answers in a window"], indirect=True)
def test_what_goes_on_in_a_window_of_its_own_is_caught_there(odd: tuple[Daypass, SignInWindow], tmp_path: Path):
    machine, window = odd
    with windows_shown(window.desktop, tmp_path) as shown:
        begun = login(machine)
        window.shown()
        window.ready()
        window.press("Return")
        outcome(begun)
        assert shown() <= 2
    wait_until(lambda: window.count() == 0, what="all windows to go")


@pytest.mark.parametrize("odd", ["asks in a window", "asks in an empty window"], indirect=True)
def test_a_page_may_ask_another_one_in_a_window_and_is_told(odd: tuple[Daypass, SignInWindow], pages: OddPages):
    machine, window = odd
    begun = login(machine)
    title = window.shown()
    window.ready()
    window.press("Return")
    wait_until(lambda: window.count() == 2, what="the second window")
    wait_until(lambda: window.active() == title, what="the second window to be the active one, with the host in its title")
    # Only the second window reports.
    wait_until(lambda: window.press("Return") or pages.reports, every=0.5, what="the second page's answer")
    assert pages.reports == [{"cookie": "flavour=vanilla", "opened": True}]
    outcome(begun)
    wait_until(lambda: window.count() == 0, what="all windows to go")


@pytest.mark.parametrize("odd", ["asks in a window"], indirect=True)
def test_closing_the_second_window_ends_nothing_and_closing_the_first_ends_both(odd: tuple[Daypass, SignInWindow]):
    machine, window = odd
    begun = login(machine)
    window.shown()
    for newest, left in ((True, 1), (False, 0)):
        window.ready()
        assert begun.poll() is None
        press_until(window, 2)
        window.close(newest=newest)
        wait_until(lambda n=left: window.count() == n, what=f"{left} windows")
    assert "was closed" in outcome(begun, code=1)


@pytest.mark.parametrize("odd", ["opens what nobody asked for"], indirect=True)
def test_a_window_that_the_person_did_not_cause_is_not_opened(odd: tuple[Daypass, SignInWindow], pages: OddPages, tmp_path: Path):
    machine, window = odd
    with windows_shown(window.desktop, tmp_path) as shown:
        outcome(login(machine))
        assert shown() == 0
    assert pages.reports == [{"opened": False}]


@pytest.mark.parametrize("odd", ["chain"], indirect=True)
def test_there_are_never_more_than_four_windows(odd: tuple[Daypass, SignInWindow]):
    machine, window = odd
    begun = login(machine)
    window.shown()
    for windows in (2, 3, 4):
        press_until(window, windows)
    for _ in range(3):
        window.press("Return")
        time.sleep(0.3)
    assert window.count() == 4
    window.close()
    outcome(begun, code=1)
    wait_until(lambda: window.count() == 0, what="all windows to go")


@pytest.mark.parametrize("odd", ["login"], indirect=True)
def test_a_page_whose_engine_dies_ends_the_sign_in(odd: tuple[Daypass, SignInWindow]):
    machine, window = odd
    before = web_processes(machine)
    begun = login(machine)
    window.shown()
    for its in web_processes(machine) - before:
        os.kill(its, signal.SIGKILL)
    said = outcome(begun, code=PASSING)
    assert "the sign-in window's browser engine crashed" in said and "hint: sign in again" in said
    window.gone()
    assert machine("identity", "list", "--json").json, "the app keeps running"


@pytest.mark.skipif(not shutil.which("bwrap"), reason="WebKitGTK's sandbox needs bubblewrap")
@pytest.mark.parametrize("odd", ["login"], indirect=True)
def test_pages_run_in_the_engines_sandbox(odd: tuple[Daypass, SignInWindow]):
    """The page's process has processes and files of its own: it sees neither ours nor the person's."""
    machine, window = odd
    before = web_processes(machine)
    begun = login(machine)
    window.shown()
    pages = web_processes(machine)
    assert pages - before, "the sign-in's page has a process of its own"
    for page, kind in itertools.product(pages, ("pid", "mnt")):
        assert os.readlink(f"/proc/{page}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}"), f"{page}: {kind}"
    # It sees the folder of the engine's own data, and nothing else of the person's.
    root = Path(f"/proc/{min(pages - before)}/root")
    for file in (machine.config, machine.credentials):
        assert file.exists() and not (root / file.relative_to("/")).exists(), f"it sees {file}"
    begun.terminate()
    window.gone()


@pytest.mark.parametrize("odd", ["silence"], indirect=True)
def test_a_provider_that_is_not_trusted_is_named_with_the_reason(odd: tuple[Daypass, SignInWindow], tmp_path: Path):
    machine, window = odd
    with odd_pages_over_tls(tmp_path) as url, windows_shown(window.desktop, tmp_path) as shown:
        machine("identity", "add", "saml", "distrusted", "--start-url", url)
        said = outcome(login(machine, "distrusted"), code=1)
        assert shown() == 0
    assert "the certificate of localhost isn't trusted: its issuer is unknown to this machine" in said
    assert "add its authority to the system" in said
    machine("identity", "remove", "distrusted", "--yes")


@pytest.mark.parametrize("odd", ["silence"], indirect=True)
def test_a_request_by_post_brings_the_providers_own_cookies(
    odd: tuple[Daypass, SignInWindow], pages: OddPages, simplesamlphp: SamlIdp, tmp_path: Path
):
    """Django's session cookies and others' are `SameSite=Lax`, and a browser doesn't send those with another site's form."""
    machine, window = odd
    machine("identity", "add", "saml", "posted", "--sso-url", pages.page("sso"), "--binding", "post")
    posted = SignInWindow(window.desktop, "posted")
    begun = login(machine, "posted")
    assert posted.shown() == f"Sign in to posted · {pages.url.removeprefix('http://')}"
    posted.ready()
    posted.press("Return")
    outcome(begun)
    with windows_shown(window.desktop, tmp_path) as shown:
        outcome(login(machine, "posted"))
        assert shown() == 0, "the identity provider knew the person still"
    assert pages.reports == [{"known": False, "asked": True}, {"known": True, "asked": True}]
    assert roles(machine) == set(simplesamlphp.users["several"].roles)
    machine("identity", "remove", "posted", "--yes")


def press_until(window: SignInWindow, windows: int) -> None:
    """Press the focused element, once something has the focus, until at least this many windows are open."""
    wait_until(lambda: window.count() >= windows or window.press("Return"), every=1.5, what=f"{windows} windows")


def web_processes(machine: Daypass) -> set[int]:
    """The web processes of this machine's app."""
    home = f"DAYPASS_HOME={machine.home}".encode()
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_engine = (process / "comm").read_text().strip().startswith("WebKitWebProces")
            if is_engine and home in (process / "environ").read_bytes().split(b"\0"):
                found.add(int(process.name))
    return found


@pytest.mark.parametrize("odd", ["download"], indirect=True)
def test_nothing_is_downloaded(odd: tuple[Daypass, SignInWindow]):
    machine, window = odd
    begun = login(machine)
    window.shown()
    window.ready()
    window.press("Return")
    time.sleep(1)
    window.close()
    outcome(begun, code=1)
    assert not [*machine.folder.rglob("taken*"), *Path.home().rglob("taken.txt")]


@pytest.mark.parametrize("odd", ["login"], indirect=True)
def test_a_page_cannot_write_the_title(odd: tuple[Daypass, SignInWindow], pages: OddPages):
    machine, window = odd
    begun = login(machine)
    assert window.shown() == f"Sign in to {NAME} · {pages.url.removeprefix('http://')}"
    window.close()
    assert "was closed" in outcome(begun, code=1)


@pytest.mark.parametrize("odd", ["silence"], indirect=True)
def test_the_window_goes_when_the_terminal_gives_up(odd: tuple[Daypass, SignInWindow]):
    machine, window = odd
    begun = login(machine)
    window.shown()
    begun.terminate()
    begun.communicate(timeout=PATIENCE)
    window.gone()


@pytest.mark.parametrize("odd", ["silence"], indirect=True)
def test_an_unreachable_address_is_reported_at_once(odd: tuple[Daypass, SignInWindow], tmp_path: Path):
    machine, window = odd
    machine("identity", "add", "saml", "nobody", "--start-url", f"http://127.0.0.1:{closed_port()}/")
    with windows_shown(window.desktop, tmp_path) as shown:
        said = outcome(login(machine, "nobody"), code=PASSING)
        assert "can't load the sign-in page at 127.0.0.1" in said
        assert shown() == 0
    machine("identity", "remove", "nobody", "--yes")


def roles(machine: Daypass) -> set[str]:
    """The ARNs of the roles in the catalog."""
    return {role["arn"] for role in machine("role", "list", "--json").json}


def everything_in(folder: Path) -> bytes:
    """The contents of all files below a folder. The engine may create and remove some meanwhile."""
    found = b""
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                found += Path(parent, name).read_bytes()
    return found
