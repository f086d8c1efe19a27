"""Directories with the command. OpenLDAP has the passwords and the groups, and the broker's key does the rest."""

from __future__ import annotations

import json
import select
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from peers.crooked_directory import HABITS, behind, crooked_directory
from peers.daypass import Daypass, Outcome
from peers.process import closed_port, free_port, wait_until
from peers.slapd import PERSONS, Directory
from peers.sts import AccessKey, Sts
from peers.tls import authority, signed_by
from peers.wiretap import Wiretap, wiretap

INVALID, NEEDS_SIGN_IN, REFUSED, PASSING = 2, 3, 5, 6

DEVELOPER = "arn:aws:iam::123456789012:role/Developer"
READ_ONLY = "arn:aws:iam::123456789012:role/ReadOnly"
ADMIN = "arn:aws:iam::210987654321:role/Admin"

PATTERN = ("--role-pattern", "AWS-{account}-{role}")
FEIGNED = AccessKey("broker", "", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
"""For an STS that doesn't check signatures, and for tests that don't reach STS."""


def by_template(slapd: Directory) -> tuple[str, ...]:
    """A template gives the person's DN."""
    return "--bind-dn", f"uid={{user}},{slapd.people}"


def by_search(slapd: Directory) -> tuple[str, ...]:
    """A service account searches for the person."""
    return "--search-base", slapd.people, "--bind-user", slapd.service


WAYS = pytest.mark.parametrize("way", [by_template, by_search])


def add(daypass: Daypass, slapd: Directory, *args: str, key: AccessKey = FEIGNED, url: str = "", code: int = 0) -> Outcome:
    """Add the identity `corp`."""
    secrets = [key.id, key.secret, *([slapd.service_password] if "--bind-user" in args else [])]
    return daypass(
        "identity", "add", "directory", "corp", "--url", url or slapd.ldaps, "--ca-file", slapd.ca, *args,
        stdin="".join(f"{secret}\n" for secret in secrets), code=code,
    )  # fmt: skip


def login(daypass: Daypass, uid: str, *, password: str | None = None, code: int = 0) -> Outcome:
    """Sign in with the name as an argument and the password on standard input."""
    password = PERSONS[uid].password if password is None else password
    return daypass("identity", "login", "corp", "--user", uid, stdin=f"{password}\n", code=code)


def says(outcome: Outcome, *words: str) -> None:
    """Standard error ends with a message in the agreed form that contains each of the words and a hint."""
    assert "\n  hint: " in outcome.err and "panicked" not in outcome.err, outcome.err
    missing = [word for word in words if word.lower() not in outcome.err.lower()]
    assert not missing, f"{missing} not in:\n{outcome.err}"


def roles(daypass: Daypass) -> list[str]:
    """The ARNs in the catalog."""
    return sorted(role["arn"] for role in daypass("role", "list", "--json").json)


def state(daypass: Daypass) -> str:
    return daypass("identity", "list", "--json").json[0]["state"]


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass, moto: Sts) -> None:
    """Each test runs with an agent and without. The outcome is the same."""
    daypass.use(moto.endpoint)
    if request.param == "agent":
        daypass.agent()


@pytest.fixture
def clumsy(slapd: Directory) -> Iterator[str]:
    """A person whom the test may lock out. Unlocked afterwards."""
    yield "clumsy"
    slapd.unlock("clumsy")


@WAYS
@pytest.mark.usefixtures("both_ways")
def test_from_a_password_to_credentials_and_back(daypass: Daypass, slapd: Directory, way):
    assert "Sign in: daypass identity login corp" in add(daypass, slapd, *way(slapd), *PATTERN).out

    assert "Signed in to corp as alice@example.org" in login(daypass, "alice").out
    assert roles(daypass) == [DEVELOPER, READ_ONLY, ADMIN]

    daypass("start", "123456789012/Developer")
    expected = "arn:aws:sts::123456789012:assumed-role/Developer/alice@example.org"
    assert daypass.caller("123456789012-Developer") == expected
    assert daypass.boto3_caller("123456789012-Developer") == expected

    daypass("stop", "123456789012-Developer")
    daypass("identity", "logout", "corp")
    assert daypass.untouched()
    assert (state(daypass), roles(daypass)) == ("signed-out", [])
    says(daypass("start", "123456789012/Developer", code=4), "role")


def test_starttls_is_asked_before_anything_else(daypass: Daypass, slapd: Directory):
    add(daypass, slapd, *by_search(slapd), *PATTERN, "--start-tls", url=slapd.ldap)
    before = len(slapd.binds())
    login(daypass, "alice")
    assert slapd.binds()[before:] == [slapd.service, PERSONS["alice"].dn, slapd.service]
    assert "STARTTLS" in slapd.log.read_text()


@pytest.mark.parametrize("uid", ["alice", "bob"])
def test_a_group_of_the_table_is_a_role_of_a_real_trust_policy(daypass: Daypass, slapd: Directory, ministack: Sts, uid: str):
    key = ministack.add_user(f"broker-{uid}-{free_port()}")
    role = ministack.add_assumable_role(f"Ops-{uid}-{free_port()}", key.arn)
    daypass.use(ministack.endpoint)
    add(daypass, slapd, *by_template(slapd), "--role", f"OPS={role}", "--session-name", "dir-{user}-{sn}", key=key)
    login(daypass, uid)
    assert roles(daypass) == [role]
    daypass("start", role, "--profile", "ops")
    assert daypass.caller("ops").endswith(f":assumed-role/{role.rsplit('/')[-1]}/dir-{uid}-{PERSONS[uid].sn}")


def test_a_group_is_known_by_its_dn_and_searched_for_where_there_is_no_memberof(daypass: Daypass, slapd: Directory):
    dn = f"CN=Öffentlichkeit, OU=groups,{slapd.base}"
    add(
        daypass, slapd, *by_search(slapd), *PATTERN, "--group-base", slapd.groups,
        "--role", f"{dn}=arn:aws:iam::123456789012:role/Press",
    )  # fmt: skip
    login(daypass, "jmueller")
    assert roles(daypass) == [DEVELOPER, "arn:aws:iam::123456789012:role/Press"]
    login(daypass, "oneil")
    assert roles(daypass) == [ADMIN]
    assert "\\5C2C" in slapd.filters()[-1].upper(), "the comma of the DN was escaped for the filter"


def test_more_groups_than_a_directory_gives_at_once(daypass: Daypass, slapd: Directory):
    names = [f"AWS-123456789012-R{n}" for n in range(1203)]
    base = slapd.add_groups("crowd", names, "joiner")
    add(daypass, slapd, *by_search(slapd), *PATTERN, "--group-base", base)
    login(daypass, "joiner")
    assert roles(daypass) == sorted(f"arn:aws:iam::123456789012:role/R{n}" for n in range(1203))


@pytest.mark.usefixtures("both_ways")
def test_a_group_with_names_of_members_is_found_whatever_case_was_typed(daypass: Daypass, slapd: Directory):
    # A worker that runs both ways keeps its directory.
    base = slapd.add_posix_group(f"posix-{uuid4()}", "AWS-123456789012-Posix", "alice")
    add(daypass, slapd, *by_search(slapd), *PATTERN, "--group-base", base, "--group-filter", "(memberUid={user})")
    for typed in ("alice", "Alice", "ALICE"):
        login(daypass, typed, password=PERSONS["alice"].password)
        assert roles(daypass) == ["arn:aws:iam::123456789012:role/Posix"], typed


@pytest.mark.parametrize("uid, words", [
    ("nobody", "doesn't show any groups for nobody@example.org"),
    ("bob", "none of bob@example.org's groups in the directory gives a role: ops"),
])  # fmt: skip
def test_a_sign_in_that_gives_no_role_says_so(daypass: Daypass, slapd: Directory, moto: Sts, uid: str, words: str):
    daypass.use(moto.endpoint)
    add(daypass, slapd, *by_search(slapd), *PATTERN)
    signed_in = login(daypass, uid)
    assert f"Signed in to corp as {uid}@example.org" in signed_in.out
    says(signed_in, words, "directory administrator")
    listed = daypass("role", "list")
    says(listed, words)
    assert "role add" not in listed.err, "the directory decides, whatever is added"
    told = daypass("identity", "try", "corp", "--json", code=INVALID).json
    assert told[-1]["problem"]["code"] == "directory-no-role"
    assert words in daypass("identity", "list", "--json").json[0]["remarks"][0]["message"]


@pytest.mark.parametrize("option", ["--search-base", "--group-base"])
def test_a_base_that_does_not_exist_is_named(daypass: Daypass, slapd: Directory, option: str):
    nowhere = f"ou=nowhere,{slapd.base}"
    bases = {"--search-base": slapd.people, "--group-base": slapd.groups} | {option: nowhere}
    args = [word for pair in bases.items() for word in pair]
    add(daypass, slapd, *args, "--bind-user", slapd.service, *PATTERN)
    says(login(daypass, "alice", code=INVALID), nowhere, option.strip("-").replace("-", "_"), "directory-no-base")
    told = daypass("identity", "try", "corp", "--json", code=INVALID).json
    assert told[-1]["problem"]["code"] == "directory-no-base" and nowhere in told[-1]["problem"]["message"]


def test_a_search_that_takes_a_sign_in_asks_for_the_account(daypass: Daypass, slapd: Directory):
    add(daypass, slapd, "--search-base", slapd.people, *PATTERN)
    says(login(daypass, "alice", code=INVALID), "bind_user")
    says(daypass("identity", "try", "corp", code=INVALID), "bind_user")


@pytest.mark.usefixtures("both_ways")
def test_a_session_without_a_sign_in_behind_it_says_so_before_it_ends(daypass: Daypass, slapd: Directory):
    add(daypass, slapd, *by_template(slapd), *PATTERN)
    login(daypass, "alice")
    daypass("start", "123456789012/Developer")
    assert "after sign-in" not in daypass("status").out
    daypass("identity", "logout", "corp")
    status = daypass("status")
    row = next(line for line in status.out.splitlines() if line.startswith("123456789012-Developer"))
    assert "active" in row and row.endswith("after sign-in  credentials file"), status.out
    assert "unless you sign in to corp again" in status.err
    assert "daypass identity login corp" in status.err


@pytest.mark.parametrize("uid", ["jmueller", "oneil", "nobody"])
def test_names_that_are_not_plain(daypass: Daypass, slapd: Directory, moto: Sts, uid: str):
    daypass.use(moto.endpoint)
    add(daypass, slapd, *by_search(slapd), *PATTERN, "--session-name", "{cn}")
    login(daypass, uid)
    person = PERSONS[uid]
    wanted = sorted(group for group in person.groups if group.startswith("AWS-"))
    assert roles(daypass) == [f"arn:aws:iam::{group[4:16]}:role/{group[17:]}" for group in wanted]
    if wanted:
        daypass("start", roles(daypass)[0], "--profile", "dev")
        name = "".join(c if c.isascii() and (c.isalnum() or c in "_+=,.@-") else "-" for c in person.cn)
        assert daypass.caller("dev").endswith(f"/{name}")


class TestThePassword:
    """Refused people, and the reasons."""

    @WAYS
    def test_wrong_or_unknown_user(self, daypass: Daypass, slapd: Directory, way):
        add(daypass, slapd, *way(slapd), *PATTERN)
        wrong = login(daypass, "alice", password="wrong", code=REFUSED)
        says(wrong, "the user name or the password is wrong")
        unknown = login(daypass, "stranger", password="wrong", code=REFUSED)
        assert unknown.err == wrong.err, "the message must not reveal who exists"
        assert (state(daypass), roles(daypass)) == ("signed-out", [])

    @WAYS
    def test_locked_or_expired(self, daypass: Daypass, slapd: Directory, way):
        add(daypass, slapd, *way(slapd), *PATTERN)
        says(login(daypass, "locked", code=REFUSED), "the account is locked")
        says(login(daypass, "expired", code=REFUSED), "the password has expired")
        assert state(daypass) == "signed-out"

    def test_of_a_locked_out_person(self, daypass: Daypass, slapd: Directory, clumsy: str):
        add(daypass, slapd, *by_template(slapd), *PATTERN)
        for _ in range(3):
            says(login(daypass, clumsy, password="wrong", code=REFUSED), "is wrong")
        says(login(daypass, clumsy, code=REFUSED), "the account is locked")
        slapd.unlock(clumsy)
        login(daypass, clumsy)

    @pytest.mark.parametrize("user, password", [("alice", ""), ("", "alice-secret"), (" ", "alice-secret")])
    def test_empty_does_not_reach_the_server(self, daypass: Daypass, slapd: Directory, user: str, password: str):
        add(daypass, slapd, *by_template(slapd), *PATTERN)
        before = slapd.connections()
        says(login(daypass, user, password=password, code=INVALID), "missing" if not (user and password) else "user name")
        assert slapd.connections() == before
        assert state(daypass) == "signed-out"

    def test_of_the_search_account_is_wrong(self, daypass: Daypass, slapd: Directory):
        add(daypass, slapd, *by_search(slapd), *PATTERN)
        daypass("identity", "secret", "corp", "bind_password", stdin="wrong\n")
        before = len(slapd.binds())
        says(login(daypass, "alice", code=REFUSED), slapd.service, "bind_password")
        assert slapd.binds()[before:] == [slapd.service], "the person's was not sent"

    def test_is_nowhere_afterwards(self, daypass: Daypass, slapd: Directory, moto: Sts):
        daypass.use(moto.endpoint)
        daypass.env["DAYPASS_LOG"] = "trace"
        said = [add(daypass, slapd, *by_search(slapd), *PATTERN), login(daypass, "jmueller")]
        said += [login(daypass, "jmueller", password="GELOGENES-WORT", code=REFUSED), daypass("start", DEVELOPER, "--profile", "dev")]
        said += [daypass("identity", "try", "corp"), daypass("status", "--json"), daypass("identity", "list", "--json")]
        assert any("TRACE" in outcome.err for outcome in said), "nothing was logged: nothing is proven"
        texts = [outcome.out + outcome.err for outcome in said]
        texts += [file.read_text(errors="replace") for file in daypass.home.rglob("*") if file.is_file()]
        for secret in (PERSONS["jmueller"].password, "GELOGENES-WORT", slapd.service_password, FEIGNED.secret):
            assert not any(secret in text for text in texts), secret


class TestWhatWasTyped:
    """A name stays a name, whatever characters it has."""

    def test_is_one_value_in_a_filter(self, daypass: Daypass, slapd: Directory):
        add(daypass, slapd, *by_search(slapd), *PATTERN)
        for user in ("*", "*)(uid=*", "alice)(|(uid=*", "alice\\2a"):
            before = len(slapd.binds())
            says(login(daypass, user, password="alice-secret", code=REFUSED), "is wrong")
            assert slapd.binds()[before:] == [slapd.service], "the search found no one, so there was no bind"
        assert "(uid=\\2A\\29\\28uid=\\2A)" in [text.replace("\\2a", "\\2A") for text in slapd.filters()]

    def test_is_one_part_of_a_dn(self, daypass: Daypass, slapd: Directory):
        add(daypass, slapd, "--bind-dn", f"uid={{user}},{slapd.base}", *PATTERN)
        before = len(slapd.binds())
        says(login(daypass, "alice,ou=people", password="alice-secret", code=REFUSED), "is wrong")
        assert slapd.binds()[before:] == [f"uid=alice\\,ou\\3Dpeople,{slapd.base}"]

    def test_means_one_person(self, daypass: Daypass, slapd: Directory):
        add(daypass, slapd, *by_search(slapd), "--search-filter", "(|(uid={user})(uid=*))", *PATTERN)
        says(login(daypass, "alice", code=REFUSED), "several entries", "search_filter")


class TestTheConnection:
    """Daypass sends no password before the server has proven its identity."""

    @pytest.mark.parametrize("url", ["ldap://127.0.0.1:389", "ldap://localhost", "http://127.0.0.1", "127.0.0.1"])
    def test_that_is_plain_is_not_even_kept_in_the_settings(self, daypass: Daypass, slapd: Directory, url: str):
        says(add(daypass, slapd, *by_template(slapd), url=url, code=INVALID), "url")
        assert daypass("identity", "list", "--json").json == []

    @pytest.mark.parametrize("how", ["ldaps", "starttls", "misnamed"])
    def test_that_is_not_trusted(self, daypass: Daypass, slapd: Directory, how: str):
        url = {"ldaps": slapd.ldaps, "starttls": slapd.ldap, "misnamed": slapd.misnamed_ldaps}[how]
        ca = slapd.ca if how == "misnamed" else slapd.other_ca
        start_tls = ["--start-tls"] if how == "starttls" else []
        daypass(
            "identity", "add", "directory", "corp", "--url", url, "--ca-file", ca, *by_search(slapd), *start_tls,
            stdin=f"{FEIGNED.id}\n{FEIGNED.secret}\n{slapd.service_password}\n",
        )  # fmt: skip
        before = slapd.binds()
        says(login(daypass, "alice", code=INVALID), url, "certificate")
        assert slapd.binds() == before

    @pytest.mark.parametrize("how, words", [
        ("nameless", ("subject alternative name", "common name")),
        ("its own authority", ("authority", "CA:FALSE", "ca_file")),
    ])  # fmt: skip
    def test_with_a_certificate_that_others_take_says_what_is_wrong_with_it(
        self, daypass: Daypass, tmp_path: Path, how: str, words: tuple[str, ...]
    ):
        own = authority(tmp_path, "own")
        served = signed_by(own, tmp_path, "server", nameless=True) if how == "nameless" else own
        with behind(served, "hangs up") as url:
            daypass(
                "identity", "add", "directory", "corp", "--url", url, "--ca-file", own.cert,
                "--bind-dn", "uid={user},dc=example,dc=org", *PATTERN, stdin=f"{FEIGNED.id}\n{FEIGNED.secret}\n",
            )  # fmt: skip
            refused = daypass("identity", "try", "corp", code=INVALID)
        says(refused, url, "directory-certificate-untrusted", *words)
        assert "OtherError" not in refused.err

    def test_that_does_not_come_about(self, daypass: Daypass, slapd: Directory):
        url = f"ldaps://127.0.0.1:{closed_port()}"
        add(daypass, slapd, *by_template(slapd), url=url)
        says(login(daypass, "alice", code=PASSING), url, "refused", "636")

    @pytest.mark.parametrize("start_tls", [False, True])
    def test_with_the_wrong_port_for_its_tls(self, daypass: Daypass, slapd: Directory, start_tls: bool):
        url = slapd.ldaps.replace("ldaps", "ldap") if start_tls else slapd.ldap.replace("ldap", "ldaps")
        add(daypass, slapd, *by_template(slapd), *(["--start-tls"] if start_tls else []), url=url)
        before = slapd.binds()
        outcome = login(daypass, "alice", code=None)
        assert outcome.code in (INVALID, PASSING)
        says(outcome, url, "port")
        assert slapd.binds() == before


@pytest.mark.parametrize("habit", HABITS)
def test_a_server_that_sends_anything_is_a_problem_and_the_agent_goes_on(daypass: Daypass, tmp_path: Path, habit: str):
    daypass.use(f"http://127.0.0.1:{closed_port()}")
    agent = daypass.agent()
    with crooked_directory(tmp_path, habit) as (url, ca):
        secrets = f"{FEIGNED.id}\n{FEIGNED.secret}\n"
        daypass(
            "identity", "add", "directory", "corp", "--url", url, "--ca-file", ca,
            "--bind-dn", "uid={user},dc=example,dc=org", *PATTERN, stdin=secrets,
        )  # fmt: skip
        before = memory(agent.pid)
        says(login(daypass, "alice", code=INVALID if habit != "hangs up" else PASSING), url)
        assert memory(agent.pid) - before < 64 * 1024, "kB"
    assert state(daypass) == "signed-out"
    assert agent.poll() is None


def memory(pid: int) -> int:
    """A process's peak memory, in kB."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1])


def test_a_role_of_others_is_refused_before_sts(daypass: Daypass, slapd: Directory):
    daypass.use(f"http://127.0.0.1:{closed_port()}")  # nothing listens there, and requests to it fail
    add(daypass, slapd, *by_template(slapd), *PATTERN)
    login(daypass, "bob")
    daypass("role", "add", ADMIN, "--identity", "corp", "--profile", "admin", "--region", "eu-central-1")
    says(daypass("start", "admin", code=REFUSED), "no group of bob@example.org", ADMIN)
    login(daypass, "alice")
    says(daypass("start", "admin", code=PASSING), "didn't answer")


def test_a_sign_in_is_good_for_as_long_as_the_settings_say(daypass: Daypass, slapd: Directory, moto: Sts):
    daypass.use(moto.endpoint)
    add(daypass, slapd, *by_template(slapd), *PATTERN, "--hours", "8")
    login(daypass, "alice")
    for after, code in (("+7h", 0), ("+9h", NEEDS_SIGN_IN)):
        outcome = daypass("start", DEVELOPER, "--profile", "dev", wrap=("faketime", "-f", after), code=code)
        daypass("stop", "dev", code=None)
    says(outcome, "sign in again", "run: daypass identity login corp")
    # With other groups after the next sign-in, the new roles replace the old ones.
    login(daypass, "bob")
    assert roles(daypass) == []


def test_a_key_that_aws_does_not_know_is_said_to_be_the_brokers(daypass: Daypass, slapd: Directory, ministack: Sts):
    daypass.use(ministack.endpoint)
    add(daypass, slapd, *by_template(slapd), *PATTERN)
    login(daypass, "alice")
    says(daypass("start", DEVELOPER, "--profile", "dev", code=REFUSED), "the broker's key")


@pytest.mark.parametrize("way, steps", [(by_template, 3), (by_search, 4)])
def test_tried_without_a_person(daypass: Daypass, slapd: Directory, ministack: Sts, way, steps: int):
    daypass.use(ministack.endpoint)
    add(daypass, slapd, *way(slapd), *PATTERN, key=ministack.add_user(f"trial-{free_port()}"))
    told = daypass("identity", "try", "corp", "--json").json
    assert [step["problem"] for step in told] == [None] * steps
    if way is by_search:
        daypass("identity", "secret", "corp", "bind_password", stdin="wrong\n")
        told = daypass("identity", "try", "corp", "--json", code=REFUSED).json
        assert told[-1]["problem"]["code"] == "directory-service-refused"


@pytest.mark.parametrize("agent", [False, True], ids=["no agent", "agent"])
def test_each_step_of_a_trial_is_told_when_it_ends(daypass: Daypass, slapd: Directory, moto: Sts, agent: bool):
    gate = threading.Event()
    with wiretap(moto.endpoint, gate) as wire:
        daypass.use(wire.endpoint)
        if agent:
            daypass.agent()
        add(daypass, slapd, *by_search(slapd), *PATTERN)
        trial = daypass.spawn("identity", "try", "corp")
        late = threading.Timer(60, trial.kill)
        late.start()
        told = [trial.stdout.readline().split(maxsplit=3) for _ in range(3)]
        assert [words[0] for words in told] == ["ok"] * 3 and all(words[2] == "ms" for words in told)
        assert told[2][3].strip() == "the search account and its search base"
        wait_until(lambda: wire.asked, what="a request at STS")
        assert trial.poll() is None, "AWS has not answered yet"
        # A program gets its output all at once.
        programs = daypass.spawn("identity", "try", "corp", "--json")
        wait_until(lambda: len(wire.asked) == 2, what="a second request at STS")
        assert not select.select([programs.stdout], [], [], 0)[0]
        gate.set()
        assert trial.stdout.readline().split(maxsplit=3)[3].strip() == "the broker's key, at AWS"
        late.cancel()
        assert (trial.stdout.read(), trial.wait(60)) == ("", 0)
        out, err = programs.communicate(timeout=60)
        assert [step["problem"] for step in json.loads(out)["steps"]] == [None] * 4
        assert "ms" not in err


class TestWhatStsIsAsked:
    """The directory gives the session its name and tags. The settings say what a federated user may do."""

    TAGS = ("--tag", "Department=departmentNumber", "--tag", "Number=employeeNumber", "--tag", "None=roomNumber")

    @pytest.fixture
    def wire(self, daypass: Daypass, moto: Sts) -> Iterator[Wiretap]:
        with wiretap(moto.endpoint) as tap:
            daypass.use(tap.endpoint)
            yield tap

    def test_has_session_tags_from_attributes(self, daypass: Daypass, slapd: Directory, wire: Wiretap):
        add(daypass, slapd, *by_template(slapd), *PATTERN, *self.TAGS)
        login(daypass, "jmueller")
        daypass(
            "role", "add", DEVELOPER, "--identity", "corp", "--profile", "dev",
            "--tag", "Department=Board", "--tag", "Mine=1", "--session-name", "somebody-else",
        )  # fmt: skip
        daypass("start", "dev")
        asked = wire.last("AssumeRole")
        keys = [name for name in asked if name.startswith("Tags.") and name.endswith(".Key")]
        tags = {asked[key]: asked[key.removesuffix("Key") + "Value"] for key in keys}
        # A role's declaration can't override a person's department.
        assert tags == {"Department": "Entwicklung Süd", "Number": "4711", "Mine": "1"}
        assert asked["RoleSessionName"] == "juergen.mueller@example.org"

    def test_is_refused_for_what_cannot_be_a_tag(self, daypass: Daypass, slapd: Directory):
        add(daypass, slapd, *by_search(slapd), *PATTERN, *self.TAGS)
        says(login(daypass, "oneil", code=REFUSED), "departmentNumber", "Department")
        assert state(daypass) == "signed-out"

    def test_has_the_policies_of_the_settings_for_a_federated_user(self, daypass: Daypass, slapd: Directory, wire: Wiretap):
        read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        add(daypass, slapd, *by_template(slapd), *self.TAGS, "--federate", "123456789012", "--federate-policy-arn", read_only)
        login(daypass, "jmueller")
        user = "arn:aws:sts::123456789012:federated-user/juergen.mueller@example.org"
        assert roles(daypass) == [user]
        daypass("start", user, "--profile", "me")
        asked = wire.last("GetFederationToken")
        assert (asked["Name"], asked["PolicyArns.member.1.arn"]) == ("juergen.mueller@example.org", read_only)
        assert asked["Tags.member.1.Value"] == "Entwicklung Süd"
        assert asked["DurationSeconds"] == "43200"

        daypass("role", "add", user, "--identity", "corp", "--profile", "more", "--policy-arn", "arn:aws:iam::aws:policy/AdministratorAccess")
        says(daypass("start", "more", code=REFUSED), "federate")
        others = "arn:aws:sts::123456789012:federated-user/alice@example.org"
        daypass("role", "add", others, "--identity", "corp", "--profile", "others")
        says(daypass("start", "others", code=REFUSED), "no group")

    def test_of_a_federated_user_are_good_where_signatures_count(self, daypass: Daypass, slapd: Directory, ministack: Sts):
        key = ministack.add_user(f"federation-{free_port()}")
        daypass.use(ministack.endpoint)
        add(daypass, slapd, *by_template(slapd), "--federate", ministack.account, "--session-name", "{user}", key=key)
        login(daypass, "alice")
        user = f"arn:aws:sts::{ministack.account}:federated-user/alice"
        assert roles(daypass) == [user]
        daypass("start", user, "--profile", "me")
        assert daypass.caller("me") == user
