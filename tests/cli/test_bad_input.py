"""Failures caused by the person, the provider or AWS: the exit status, the message, and that nothing is lost.

Exit statuses: 1 failed, 2 usage, 3 needs sign-in, 4 not found, 5 refused, 6 passing.
"""

from __future__ import annotations

import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from peers.crooked_issuer import crooked_issuer
from peers.daypass import Daypass, Outcome
from peers.oidc_provider import Issuer
from peers.oidc_provider import oidc_provider as run_oidc_provider
from peers.process import PATIENCE, closed_port, free_port, wait_until
from peers.sandbox import ROLE, Sandbox
from peers.tls import self_signed


def says(outcome: Outcome, *words: str) -> None:
    """Standard error ends with a message in the agreed form that contains each of the words and a hint."""
    _, form, message = f"\n{outcome.err}".rpartition("\ndaypass: ")
    assert form, outcome.err
    assert "\n  hint: " in message, f"no hint in:\n{outcome.err}"
    assert "panicked" not in outcome.err, outcome.err
    assert message.count("daypass identity login") <= 1, message
    missing = [w for w in words if w.lower() not in message.lower()]
    assert not missing, f"{missing} not in:\n{message}"


def login(daypass: Daypass, issuer: Issuer, *options: str, code: int) -> Outcome:
    """Add the identity, fail to sign in, and check that it isn't signed in."""
    daypass.add_identity(issuer)
    outcome = daypass("identity", "login", "work", "--timeout", "60", *options, code=code)
    assert daypass("identity", "list", "--json").json[0]["state"] != "signed-in"
    assert daypass.untouched()
    return outcome


class TestTheIssuer:
    """Discovery and sign-in."""

    def test_whose_discovery_names_another_issuer(self, daypass: Daypass):
        with crooked_issuer("issuer") as issuer:
            says(login(daypass, issuer, code=2), issuer.url, "somebody-else.example", "issuer")

    def test_that_cannot_be_reached(self, daypass: Daypass):
        nowhere = Issuer(f"http://127.0.0.1:{closed_port()}", "daypass", "alice", "secret")
        says(login(daypass, nowhere, code=6), nowhere.url)

    def test_with_an_untrusted_certificate(self, daypass: Daypass, peer_logs: Path, tmp_path: Path):
        made = self_signed(tmp_path)
        with run_oidc_provider(peer_logs, certificate=made) as issuer:
            says(login(daypass, issuer, code=2), issuer.url, "certificate", "ca_file")
            daypass("identity", "remove", "work", "--yes")
            daypass.add_identity(issuer, "--ca-file", str(made.cert))
            daypass("identity", "login", "work", "--timeout", "60")

    def test_that_does_not_speak_openid(self, daypass: Daypass, sandbox: Sandbox):
        elsewhere = Issuer(f"{sandbox.sts}/nowhere", "daypass", "alice", "secret")
        says(login(daypass, elsewhere, code=2), elsewhere.url, ".well-known/openid-configuration")

    @pytest.mark.parametrize("url", ["not a url", "ftp://issuer.example", "http://issuer.example"])
    def test_that_is_no_address_to_trust(self, daypass: Daypass, url: str):
        refused = daypass("identity", "add", "oidc", "work", "--issuer", url, "--client-id", "x", code=2)
        assert url in refused.err
        assert daypass("identity", "list", "--json").json == []


class TestTheSignIn:
    """What comes back from the browser."""

    def test_refused_by_the_person(self, daypass: Daypass, oidc_provider: Issuer):
        daypass.env["PERSON_DENY"] = "1"
        says(login(daypass, oidc_provider, code=5), oidc_provider.url, "refused", "sign in again")

    def test_left_by_the_person(self, daypass: Daypass, oidc_provider: Issuer):
        daypass.env["PERSON_STOP"] = "login"
        daypass.add_identity(oidc_provider)
        says(daypass("identity", "login", "work", "--timeout", "2", code=1), "within 2 seconds", "again")

    def test_without_a_browser_ends_at_once(self, daypass: Daypass, sandbox: Sandbox):
        daypass.add_identity(sandbox.issuer)
        daypass.env["BROWSER"] = "/nonexistent/browser %s"
        refused = daypass("identity", "login", "work", "--timeout", "600", code=1)
        says(refused, "BROWSER=/nonexistent/browser %s", "--print-url")
        assert "code: no-browser" in refused.err
        assert "none of its programs is installed" in daypass("doctor", code=1).out
        # A person at a terminal can open the address, which is waited for.
        command = shlex.join([str(daypass.binary), "identity", "login", "work", "--timeout", "3"])
        terminal = ["script", "-qec", command, "/dev/null"]
        env = daypass.env
        done = subprocess.run(terminal, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)
        assert "Open this address yourself" in done.stdout and "within 3 seconds" in done.stdout, done.stdout

    def test_with_a_state_that_is_not_ours_is_ignored(self, daypass: Daypass, oidc_provider: Issuer):
        daypass.env["PERSON_TAMPER"] = "state=forged"
        daypass.add_identity(oidc_provider)
        waiting = daypass.spawn("identity", "login", "work", "--timeout", "60")
        wait_until(lambda: "\nend " in daypass.visits(), what="the person's last page")
        assert "\nend 4" in daypass.visits(), "the forged request was to be refused with a page that says so"
        assert waiting.poll() is None, "no forged request ends a sign-in"
        waiting.kill()
        waiting.communicate(timeout=PATIENCE)
        assert daypass("identity", "list", "--json").json[0]["state"] == "signed-out"

    def test_goes_on_after_a_local_program_knocked_at_the_callback(self, daypass: Daypass, oidc_provider: Issuer):
        port = free_port()
        daypass.env["PERSON_STOP"] = "url"  # the browser opens, but this test sends the requests itself
        daypass.add_identity(Issuer(oidc_provider.url, oidc_provider.client_id, "alice", "secret", port))
        waiting = daypass.spawn("identity", "login", "work", "--print-url", "--timeout", "90")
        wait_until(lambda: knock(port, "GET /callback?code=x&state=y HTTP/1.1"), what="the callback to listen")
        for request in (
            "GET /callback?error=access_denied HTTP/1.1",
            "GET /callback?error=access_denied&state=forged HTTP/1.1",
            "POST /callback HTTP/1.1",
            "GET /favicon.ico HTTP/1.1",
            "nonsense",
        ):
            knock(port, request)
        knock(port, "GET /callback?code=x&state=y HTTP/1.1", host="evil.example")
        assert waiting.poll() is None, "no local program may end a sign-in"

        url = next(line for line in iter(waiting.stdout.readline, "") if "http" in line).split()[-1]
        walk(daypass, url)
        assert waiting.wait(timeout=60) == 0, waiting.stderr.read()

    @pytest.mark.parametrize(
        ("lie", "word", "code"),
        [
            ("nonce", "nonce", 5),
            ("signature", "signature", 5),
            ("no signature", "isn't signed", 5),
            ("audience", "another-client", 5),
            ("token issuer", "somebody-else.example", 5),
            ("expired", "expired", 1),
            ("no token", "no ID token", 2),
        ],
    )
    def test_with_a_forged_token(self, daypass: Daypass, lie, word: str, code: int):
        with crooked_issuer(lie) as issuer:
            says(login(daypass, issuer, code=code), issuer.url, word)
        daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev")
        says(daypass("start", "dev", code=3), "you aren't signed in", "daypass identity login work")

    def test_with_an_honest_token_of_the_same_provider(self, daypass: Daypass):
        """Shows that the forged ones fail because of their lie and for no other reason."""
        with crooked_issuer("nothing") as issuer:
            daypass.add_identity(issuer)
            daypass("identity", "login", "work", "--timeout", "60")

    def test_on_a_port_that_is_taken(self, daypass: Daypass, oidc_provider: Issuer):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            issuer = Issuer(oidc_provider.url, oidc_provider.client_id, "alice", "secret", port)
            says(login(daypass, issuer, code=1), str(port), "redirect_port")
        assert not daypass.browser_opened(), "the port is bound before the browser opens"


class TestTheProof:
    """Refresh tokens, and STS's opinion of the ID token."""

    def test_whose_refresh_token_expired(self, daypass: Daypass, sandbox: Sandbox):
        # Daypass doesn't use an ID token in its last 30 seconds.
        sandbox.turn(id_token_seconds=20)
        daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
        sandbox.turn(refresh="expired")
        says(daypass("start", "dev", code=3), sandbox.issuer.url, "daypass identity login work")
        assert daypass("identity", "list", "--json").json[0]["state"] == "needs-sign-in"
        says(daypass("start", "dev", code=3), "work", "daypass identity login work")
        assert daypass.untouched()

    def test_that_sts_does_not_take(self, daypass: Daypass, sandbox: Sandbox, oidc_provider: Issuer):
        daypass.sign_in(oidc_provider, (ROLE, "dev"))  # the sandbox's accounts do not trust this provider
        # Signing in again wouldn't help, because the account has to be set up.
        says(daypass("start", "dev", code=5), "InvalidIdentityToken", ROLE, oidc_provider.url, "IAM OIDC identity provider")
        assert daypass.untouched()

    def test_that_was_never_given(self, daypass: Daypass, sandbox: Sandbox):
        daypass.add_identity(sandbox.issuer)
        says(daypass("start", ROLE, "--profile", "dev", code=None), "daypass")
        daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev")
        says(daypass("start", "dev", code=3), "daypass identity login work")
        says(daypass("credential-process", "--profile", "dev", code=3), "daypass identity login work")
        assert daypass.browser_opened() == 0, "work in the background never opens a browser"


class TestSts:
    """The exchange."""

    @pytest.fixture(autouse=True)
    def signed_in(self, daypass: Daypass, sandbox: Sandbox):
        daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
        yield
        assert daypass.untouched()

    def test_denies(self, daypass: Daypass, sandbox: Sandbox):
        sandbox.turn(deny_next=9)
        says(daypass("start", "dev", code=5), "AccessDenied", ROLE)

    def test_throttles_for_a_moment(self, daypass: Daypass, sandbox: Sandbox):
        sandbox.turn(throttle_next=2)
        daypass("start", "dev")
        daypass("stop", "dev")

    def test_throttles_without_end(self, daypass: Daypass, sandbox: Sandbox):
        sandbox.turn(throttle_next=999)
        says(daypass("start", "dev", code=6), "Throttling", ROLE)

    @pytest.mark.parametrize("status", [500, 503])
    def test_is_ill(self, daypass: Daypass, sandbox: Sandbox, status: int):
        sandbox.turn(fail_next=999, fail_status=status)
        says(daypass("start", "dev", code=6), ROLE)

    def test_cannot_be_reached(self, daypass: Daypass, sandbox: Sandbox):
        nowhere = f"http://127.0.0.1:{closed_port()}"
        daypass.use(nowhere)
        says(daypass("start", "dev", code=6), nowhere)

    def test_never_answers(self, daypass: Daypass, sandbox: Sandbox):
        sandbox.turn(hang_next=9)
        says(daypass("start", "dev", code=6), sandbox.sts, "didn't answer")

    def test_does_not_know_the_role(self, daypass: Daypass, sandbox: Sandbox):
        arn = "arn:aws:iam::444455556666:role/Nobody"
        daypass("role", "add", arn, "--identity", "work", "--profile", "nobody")
        says(daypass("start", "nobody", code=5), arn)


class TestNames:
    """What the person types."""

    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:iam::12345:role/dev",
            "arn:aws:iam::123456789012:group/dev",
            "arn:aws:iam:eu-west-1:123456789012:role/dev",
            "arn:aws:s3:::bucket",
            "role/dev",
            "",
        ],
    )
    def test_a_malformed_role_arn(self, daypass: Daypass, sandbox: Sandbox, arn: str):
        daypass.add_identity(sandbox.issuer)
        refused = daypass("role", "add", arn, "--identity", "work", code=2)
        assert "arn:aws:iam::" in refused.err, f"the message must show a role ARN:\n{refused.err}"
        assert daypass("role", "list", "--json").json == []

    @pytest.mark.parametrize("profile", ["a\nb", "a]b", "x\n[default]\naws_access_key_id = y", "", "a\r"])
    def test_a_profile_name_that_would_inject_a_line(self, daypass: Daypass, sandbox: Sandbox, profile: str):
        daypass.sign_in(sandbox.issuer)
        daypass("start", ROLE, "--profile", profile, code=2)
        daypass("role", "add", ROLE, "--identity", "work", "--profile", profile, code=2)
        assert daypass.untouched()

    @pytest.mark.parametrize("region", ["eu central", "x\ny", "http://evil"])
    def test_a_region_that_is_none(self, daypass: Daypass, sandbox: Sandbox, region: str):
        daypass.add_identity(sandbox.issuer)
        daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev", "--region", region, code=2)

    @pytest.mark.parametrize("duration", ["10s", "13h", "soon", "-1h"])
    def test_a_duration_out_of_bounds(self, daypass: Daypass, sandbox: Sandbox, duration: str):
        daypass.add_identity(sandbox.issuer)
        refused = daypass("role", "add", ROLE, "--identity", "work", f"--duration={duration}", code=2)
        assert "15" in refused.err and "12" in refused.err, f"the message must name the bounds:\n{refused.err}"

    def test_what_does_not_exist(self, daypass: Daypass):
        for command in (
            ["start", "nothing"],
            ["stop", "nothing"],
            ["console", "nothing"],
            ["whoami", "nothing"],
            ["identity", "login", "nobody"],
            ["identity", "remove", "nobody", "--yes"],
            ["role", "remove", ROLE],
            ["credential-process", "--profile", "nothing"],
            ["role", "add", ROLE, "--identity", "nobody"],
        ):
            outcome = daypass(*command, code=4)
            assert "nothing" in outcome.err or "nobody" in outcome.err or ROLE in outcome.err, command
        assert daypass.untouched()


class TestTheConfig:
    """config.toml, which people edit by hand."""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[identity.work\nkind = 1", ("line 1,", "]")),
            ('\n[identity.work]\nkind = "oidc"\nisuer = "https://x.example"\nclient_id = "x"\n', ("isuer", "line 4,")),
            ('[identity.work]\nkind = "odic"\n', ("odic", "oidc", "line 2,")),
            ('[[role]]\narn = "arn:aws:iam::1:role/x"\nidentity = "work"\n', ("line 2,", "arn:aws:iam::1:role/x")),
        ],
        ids=["syntax", "field", "kind", "arn"],
    )
    def test_a_mistake_is_named_with_file_and_line(self, daypass: Daypass, text: str, words: tuple[str, ...]):
        daypass.config.write_text(text)
        outcome = daypass("identity", "list", code=2)
        says(outcome, str(daypass.config), *words)
        says(daypass("credential-process", "--profile", "dev", code=2), str(daypass.config), *words)
        daypass("role", "add", ROLE, "--identity", "work", code=2)
        assert daypass.untouched()
        assert daypass.config.read_text() == text, "a file with a mistake is never written over"

    def test_comments_and_order_are_kept(self, daypass: Daypass, sandbox: Sandbox):
        daypass.config.write_text("# ours\n" + daypass.config.read_text() + "# the end\n")
        daypass.add_identity(sandbox.issuer)
        daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev")
        daypass("identity", "remove", "work", "--yes")
        kept = daypass.config.read_text()
        assert kept.startswith("# ours\n") and "# the end" in kept


class TestTheSandbox:
    """`daypass sandbox`, when it can't start or run the program."""

    def test_on_a_port_that_is_taken(self, daypass: Daypass):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            says(daypass("sandbox", "--port", port, code=1), port, "choose another port")

    def test_with_a_program_that_is_not_there(self, daypass: Daypass):
        says(daypass("sandbox", "--", "/no/such/program", code=4), "/no/such/program")

    def test_hands_on_the_programs_exit_status(self, daypass: Daypass):
        home = daypass("sandbox", "--", "sh", "-c", 'echo "$DAYPASS_HOME"; exit 7', code=7).out.strip()
        assert home and not Path(home).exists(), "a temporary sandbox leaves nothing behind"


def knock(port: int, request: str, host: str = "") -> bool:
    """Send a raw request to the callback, ignoring the answer. Returns whether the port is open."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(f"{request}\r\nHost: {host or f'127.0.0.1:{port}'}\r\nContent-Length: 0\r\n\r\n".encode())
            line.settimeout(2)
            try:
                line.recv(1)
            except OSError:
                pass  # a refusal without a message is fine too
        return True
    except ConnectionRefusedError:
        return False


def walk(daypass: Daypass, url: str) -> None:
    """The person opens the printed URL in a browser of their choice."""
    env = daypass.env | {"PERSON_STOP": ""}
    subprocess.run([daypass.env["BROWSER"], url], env=env, check=True, timeout=PATIENCE)
