"""The main job with the command: prove, exchange, hold, deliver and renew, with independent servers and clients."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peers import nanoidp as nanoidp_peer
from peers import oidc_provider as oidc_provider_peer
from peers.daypass import Daypass
from peers.oidc_provider import Issuer
from peers.process import PATIENCE, ROOT, wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.sts import Sts


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass) -> bool:
    """Each test runs with an agent (True) and without. The outcome is the same."""
    daypass.with_agent = request.param == "agent"
    return daypass.with_agent


def new_role(sts: Sts, issuer: Issuer) -> tuple[str, str]:
    """A role that trusts the issuer, and its name."""
    name = f"dev-{uuid.uuid4().hex[:8]}"
    return sts.add_role(name, issuer), name


@pytest.fixture(scope="session", params=["oidc_provider", "nanoidp"])
def short_lived(request: pytest.FixtureRequest, peer_logs: Path) -> Iterator[Issuer]:
    """Each provider, with ID tokens that last ten seconds."""
    if request.param == "nanoidp":
        with nanoidp_peer.nanoidp(peer_logs, token_seconds=10) as issuer:
            yield issuer
    else:
        with oidc_provider_peer.oidc_provider(peer_logs, id_token_seconds=10, access_token_seconds=10) as issuer:
            yield issuer


@pytest.fixture(scope="module")
def rotating(peer_logs: Path) -> Iterator[Issuer]:
    """The provider that can hold its answers back, with ID tokens that last ten seconds."""
    with oidc_provider_peer.oidc_provider(peer_logs, id_token_seconds=10, access_token_seconds=10) as issuer:
        yield issuer


@pytest.mark.usefixtures("both_ways")
def test_from_nothing_to_credentials_and_back(daypass: Daypass, issuer: Issuer, any_sts: Sts):
    arn, name = new_role(any_sts, issuer)
    daypass.use(any_sts.endpoint)
    daypass.sign_in(issuer, (arn, "dev"))
    assert [i["name"] for i in daypass("identity", "list", "--json").json] == ["work"]
    assert arn in daypass("role", "list", "--json").out

    daypass("start", "dev")

    expected = f"assumed-role/{name}/"
    assert expected in daypass.caller("dev")
    assert expected in daypass.boto3_caller("dev")
    assert expected in daypass("whoami", "dev").out
    session = daypass.session("dev")
    assert session["state"] == "active"
    assert datetime.fromisoformat(session["expiresAt"]) > datetime.now(UTC) + timedelta(minutes=10)
    assert daypass.credentials.stat().st_mode & 0o777 == 0o600

    daypass("stop", "dev")

    assert daypass.untouched()
    assert daypass.session("dev") is None or daypass.session("dev")["state"] == "stopped"


@pytest.mark.usefixtures("both_ways")
def test_the_refresh_token_takes_the_place_of_a_spent_id_token(daypass: Daypass, short_lived: Issuer, ministack: Sts):
    roles = [new_role(ministack, short_lived)[0] for _ in range(2)]
    daypass.use(ministack.endpoint)
    daypass.sign_in(short_lived, (roles[0], "one"), (roles[1], "two"))
    signed_in = short_lived.grants()

    # Twice, because the second time shows that Daypass kept the rotated token.
    for times, profile in enumerate(["one", "two"], start=1):
        time.sleep(11)
        daypass("start", profile)
        assert daypass.caller(profile)
        assert short_lived.grants() >= signed_in + times
    assert daypass.browser_opened() == 1, daypass.visits()


@pytest.mark.parametrize("program", ["agent", "command"])
def test_a_process_that_is_told_to_end_keeps_the_token_that_it_spends(
    daypass: Daypass, rotating: Issuer, ministack: Sts, program: str
):
    arn, _ = new_role(ministack, rotating)
    daypass.use(ministack.endpoint)
    daypass.with_agent = program == "agent"
    daypass.sign_in(rotating, (arn, "dev"))
    time.sleep(11)

    # The provider has spent the refresh token and holds the next one back.
    granted = rotating.grants()
    rotating.hold.touch()
    command = daypass.spawn("credential-process", "--profile", "dev")
    try:
        wait_until(lambda: rotating.grants() > granted)
        told = daypass.running_agent if daypass.with_agent else command
        told.send_signal(signal.SIGTERM)
    finally:
        rotating.hold.unlink()
    told.wait(PATIENCE)

    daypass("start", "dev")
    assert daypass.caller("dev")
    time.sleep(11)
    daypass("stop", "dev")
    daypass("start", "dev")
    assert daypass.browser_opened() == 1, daypass.visits()


@pytest.mark.usefixtures("both_ways")
def test_credential_process_serves_boto3(daypass: Daypass, oidc_provider: Issuer, ministack: Sts):
    arn, name = new_role(ministack, oidc_provider)
    daypass.use(ministack.endpoint)
    daypass.sign_in(oidc_provider, (arn, "dev"))

    answer = daypass("credential-process", "--profile", "dev").json
    assert answer["Version"] == 1
    assert datetime.fromisoformat(answer["Expiration"]) > datetime.now(UTC)
    assert {"AccessKeyId", "SecretAccessKey", "SessionToken"} <= answer.keys()

    process = ["credential-process", "--profile", "dev"]
    daypass.aws_config.write_text(
        f"[profile by-process]\ncredential_process = {shlex.join([str(daypass.binary), *process])}\n"
    )
    assert f"assumed-role/{name}/" in daypass.boto3_caller("by-process")
    assert f"assumed-role/{name}/" in daypass.caller("by-process")

    # A start writes the profile of the same session, without another exchange.
    by_process = daypass("status", "--json").json["sessions"][0]
    assert by_process["delivery"] == "process"
    assert "credential_process" in daypass("status").out
    in_file = daypass("start", "dev", "--json").json
    assert (in_file["delivery"], in_file["accessKeyId"]) == ("credentials-file", by_process["accessKeyId"])
    assert "credentials file" in daypass("status").out


@pytest.mark.usefixtures("both_ways")
def test_a_role_has_three_names(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    for named in ("444455556666/Developer", ROLE, "dev"):
        daypass("start", named)
        assert "444455556666:assumed-role/Developer/" in daypass.caller("dev")
        daypass("stop", "dev")
    assert daypass.untouched()


def test_the_agent_renews_before_expiry_without_the_person(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=12)
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass.agent()
    daypass("start", "dev")
    first = daypass.session("dev")
    sandbox.turn()  # what comes next lives for an hour

    renewed = wait_until(
        lambda: (s := daypass.session("dev"))["renewals"] > 0 and s, what="a renewal", every=0.3
    )

    assert renewed["accessKeyId"] != first["accessKeyId"]
    assert renewed["expiresAt"] > first["expiresAt"]
    assert renewed["accessKeyId"] in daypass.credentials.read_text()
    assert "assumed-role/Developer/" in daypass.caller("dev")
    assert daypass.browser_opened() == 1, daypass.visits()
    daypass("stop", "--all")
    assert daypass.untouched()


def test_what_expired_leaves_the_file(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=9)
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass.agent()
    daypass("start", "dev")
    assert "[dev]" in daypass.credentials.read_text()

    sandbox.turn(lifetime_seconds=9, id_token_seconds=1, refresh="expired", deny_next=1000)

    wait_until(daypass.untouched, what="the expired profile to leave the file", every=0.3)


@pytest.mark.usefixtures("both_ways")
def test_many_commands_at_once_exchange_once_and_lose_nothing(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    commands = [daypass.spawn("credential-process", "--profile", ["dev", "read"][n % 2]) for n in range(12)]
    answers = [(c.communicate(timeout=PATIENCE)[0], c.returncode) for c in commands]
    assert [code for _, code in answers] == [0] * 12
    keys = {json.loads(out)["AccessKeyId"] for out, _ in answers}
    assert len(keys) == 2, "each role was to be exchanged once, by whichever command came first"


def exchanges(sandbox: Sandbox) -> int:
    """How often STS issued credentials."""
    return sum(r["action"] == "AssumeRoleWithWebIdentity" and r["outcome"] == "ok" for r in sandbox.seen())


@pytest.mark.usefixtures("both_ways")
def test_fifty_commands_that_find_it_due_renew_once(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=12)
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("start", "dev")
    first = daypass.session("dev")["accessKeyId"]
    sandbox.turn()  # what comes next lives for an hour

    def fifty() -> set[str]:
        commands = [daypass.spawn("credential-process", "--profile", "dev") for _ in range(50)]
        answers = [(*c.communicate(timeout=PATIENCE), c.returncode) for c in commands]
        assert {code for _, _, code in answers} == {0}, next(err for _, err, code in answers if code)
        return {json.loads(out)["AccessKeyId"] for out, _, _ in answers}

    # It is due when a third of the lifetime is left, or up to a fifth of that later. Only the session knows
    # the moment, so fifty commands ask again and again until some of them hit it.
    seen = {first}
    patience = time.monotonic() + PATIENCE
    while exchanges(sandbox) < 2:
        assert time.monotonic() < patience, "what was due was never renewed"
        seen |= fifty()
    after = fifty()
    assert exchanges(sandbox) == 2, "the start, and one renewal for all"
    assert len(after) == 1 and first not in after
    assert seen <= {first} | after
    daypass("logs", "verify")


def test_an_agent_that_was_killed_is_not_missed(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    agent = daypass.agent()
    daypass("start", "dev")
    agent.kill()
    agent.wait(timeout=PATIENCE)
    assert daypass.session("dev")["state"] == "active"
    daypass("start", "read")
    assert daypass.caller("dev") and daypass.caller("read")
    daypass.agent()  # files left by the killed one don't stop the next
    daypass("stop", "--all")
    assert daypass.untouched()


def test_a_second_agent_is_refused(daypass: Daypass, sandbox: Sandbox):
    first = daypass.agent()
    refused = daypass("agent", code=5)
    assert "already running" in refused.err and str(first.pid) in refused.err and "\n  hint: " in refused.err
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("start", "dev")
    assert first.poll() is None


def test_without_an_agent_what_expired_leaves_the_file_with_the_next_command(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=5)
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    assert "No agent is running" in daypass("start", "dev").err, "the person must know that nothing renews the session"
    assert not daypass.untouched()
    wait_until(lambda: daypass.session("dev")["state"] == "expired", what="the end of the session", every=0.3)
    assert daypass.untouched()


@pytest.mark.usefixtures("both_ways")
def test_several_sessions_start_at_once_and_all_are_delivered(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    profiles = [f"at-once-{n}" for n in range(8)]
    commands = [daypass.spawn("start", [ROLE, OTHER_ROLE][n % 2], "--profile", p) for n, p in enumerate(profiles)]
    for command in commands:
        out, err = command.communicate(timeout=PATIENCE)
        assert command.returncode == 0, f"{out}\n{err}"
    for profile in profiles:
        assert daypass.caller(profile)
    daypass("stop", "--all")
    assert daypass.untouched()


@pytest.mark.usefixtures("both_ways")
def test_the_console_url_is_made_by_post_and_opens(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    url = daypass("console", "dev", "--print", "--service", "s3", "--region", "eu-central-1").out.strip()
    assert "Action=login" in url and "SigninToken=" in url
    assert "eu-central-1" in url
    daypass("console", "dev")
    wait_until(lambda: daypass.browser_opened() == 2, what="the console to be opened in the browser")


@pytest.mark.usefixtures("both_ways")
def test_a_foreign_profile_is_refused_then_replaced_with_a_backup(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    before = daypass.credentials.read_bytes()
    refused = daypass("start", ROLE, "--profile", "legacy", code=5)
    assert "legacy" in refused.err and "--replace" in refused.err
    assert daypass.untouched()

    daypass("start", ROLE, "--profile", "legacy", "--replace")
    assert "assumed-role/Developer/" in daypass.caller("legacy")
    backups = [f for f in daypass.folder.rglob("*") if f.is_file() and f != daypass.credentials]
    assert any(before in f.read_bytes() for f in backups), "a backup must have the replaced profile"


@pytest.mark.usefixtures("both_ways")
def test_removing_the_identity_takes_its_sessions_and_roles_along(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("start", "dev")
    daypass("identity", "remove", "work", "--yes")
    assert daypass.untouched()
    assert daypass("identity", "list", "--json").json == []
    daypass("start", "dev", code=4)


@pytest.mark.usefixtures("both_ways")
def test_signing_out_forgets_the_proof(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("identity", "logout", "work")
    asked = daypass("start", "dev", code=3)
    assert "daypass identity login work" in asked.err


@pytest.mark.usefixtures("both_ways")
def test_at_a_terminal_a_start_signs_in_first_and_continues(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("identity", "logout", "work")

    asked = daypass.at_terminal("start", "dev", "--no-sign-in", code=3)
    assert "daypass identity login work" in asked.err and not asked.out
    assert daypass.browser_opened() == 1

    started = daypass.at_terminal("start", "dev")
    assert "Sign in to work first" in started.err and "Signed in to work" in started.err
    assert started.out.startswith("Started ")
    assert daypass.browser_opened() == 2, daypass.visits()
    assert "assumed-role/Developer/" in daypass.caller("dev")

    # Signed in already, so no browser opens.
    daypass.at_terminal("stop", "dev")
    daypass.at_terminal("start", "dev")
    assert daypass.browser_opened() == 2, daypass.visits()


def test_at_a_terminal_renew_env_and_console_sign_in_first_and_credential_process_does_not(
    daypass: Daypass, sandbox: Sandbox
):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("start", "dev")
    daypass("identity", "logout", "work")
    daypass.at_terminal("renew", "dev")
    assert daypass.browser_opened() == 2, daypass.visits()

    daypass("stop", "dev")
    daypass("identity", "logout", "work")
    daypass.at_terminal("credential-process", "--profile", "dev", code=3)
    assert daypass.browser_opened() == 2, "work in the background never opens a browser"

    set_in_shell = daypass.at_terminal("env", "dev").out
    assert set_in_shell.count("export ") >= 3 and "Sign" not in set_in_shell
    assert daypass.browser_opened() == 3, daypass.visits()

    daypass("stop", "dev")
    daypass("identity", "logout", "work")
    address = daypass.at_terminal("console", "dev", "--print").out
    assert address.startswith("http") and address.count("\n") == 1
    assert daypass.browser_opened() == 4, daypass.visits()


@pytest.mark.usefixtures("both_ways")
def test_the_audit_log_holds_together_and_a_break_is_found(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("start", "dev")
    daypass("stop", "dev")
    daypass("logs", "verify")
    log = next(f for f in daypass.home.rglob("*audit*") if f.is_file() and f.stat().st_size)
    log.write_text(log.read_text().replace("Developer", "Developed", 1))
    broken = daypass("logs", "verify", code=1)
    assert str(log) in broken.err + broken.out


@pytest.mark.usefixtures("both_ways")
def test_no_secret_is_printed_or_kept_in_the_clear(daypass: Daypass, sandbox: Sandbox):
    daypass.env["DAYPASS_LOG"] = "trace"
    # This uses the refresh token and the ID token from it. Daypass doesn't use an ID token in its last 30 seconds.
    sandbox.turn(id_token_seconds=25)
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("identity", "logout", "work")
    said = [daypass("--verbose", "identity", "login", "work")]
    said += [daypass("--verbose", *c) for c in (["start", "dev"], ["status", "--json"], ["whoami", "dev"], ["doctor"])]
    answers = [daypass("credential-process", "--profile", "dev")]
    said.append(daypass("renew", "dev"))
    answers.append(daypass("credential-process", "--profile", "dev"))
    url = daypass("console", "dev", "--print")
    opened = daypass.browser_opened()
    said.append(daypass("console", "dev"))
    wait_until(lambda: daypass.browser_opened() == opened + 1, what="the console to be opened in the browser")
    assert any(r["action"] == "refresh_token" and r["outcome"] == "ok" for r in sandbox.seen())
    assert any(" TRACE " in outcome.err for outcome in said) or daypass.with_agent, "nothing was logged: nothing is proven"

    secrets = ["eyJ"]  # every JSON Web Token begins with this
    secrets += [a.json[name] for a in answers for name in ("SecretAccessKey", "SessionToken")]
    secrets += [url.out.partition("SigninToken=")[2].strip()]
    assert all(secrets)
    texts = {" ".join(map(str, [n, "said"])): o.out + o.err for n, o in enumerate(said)}
    texts |= {f"{n} answer's stderr": o.err for n, o in enumerate([*answers, url])}
    texts |= {str(f): f.read_text(errors="replace") for f in daypass.home.rglob("*") if f.is_file()}
    texts |= {"agent.log": (daypass.folder / "agent.log").read_text()} if daypass.with_agent else {}
    assert any(name.endswith("audit.jsonl") for name in texts) and any(name.endswith("config.toml") for name in texts)
    leaks = [name for name, text in texts.items() if any(secret in text for secret in secrets)]
    assert not leaks
    # Everyone can read a program's arguments, so Daypass leads the browser to the console with a ticket.
    opened = [line.split()[1] for line in daypass.visits().splitlines() if line.startswith("opens ")]
    assert "/open/" in opened[-1] and "federation" not in opened[-1]


def test_the_demo_runs_on_the_terminal(daypass: Daypass):
    """`./dev demo --headless`, without its installing and building."""
    done = subprocess.run(
        [sys.executable, ROOT / "tests/demo.py", daypass.binary],
        env=daypass.env, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout


@pytest.mark.parametrize(
    "browser",
    ["{path}", "/nonexistent/browser:{path}", "{quoted}", "{quoted} %s", "/nonexistent/browser %s:env A='b c' {quoted} %s"],
)  # fmt: skip
def test_the_browser_may_lie_in_a_folder_with_blanks(
    daypass: Daypass, sandbox: Sandbox, tmp_path: Path, browser: str
):
    program = tmp_path / "day pass ü/person.py"
    program.parent.mkdir()
    shutil.copy(daypass.env["BROWSER"], program)
    daypass.env["BROWSER"] = browser.format(path=program, quoted=shlex.quote(str(program)))
    daypass.add_identity(sandbox.issuer)
    daypass("identity", "login", "work", "--timeout", "60")
    assert daypass.browser_opened() == 1
