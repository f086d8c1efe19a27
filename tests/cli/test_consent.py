"""Consent: the person is asked before a program gets a role's credentials, on a terminal that isn't the program's."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from peers.asker import PYTHON, Asker
from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.terminal import Terminal


@pytest.fixture
def ready(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with an agent, and asked about programs once a session."""
    daypass.with_agent = True
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    daypass("account", "set", "444455556666", "--ask", "per-session", "--name", "shop")
    return daypass


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Where the program works."""
    return tmp_path / "home/shop"


def questions(daypass: Daypass) -> list[dict]:
    """What waits for the person."""
    return daypass("consent", "list", "--json").json["questions"]


def question(daypass: Daypass) -> dict:
    """The one question, once it exists."""
    (one,) = wait_until(lambda: questions(daypass), what="a question")
    return one


def lines(daypass: Daypass, event: str) -> list[dict]:
    """These lines of the audit log."""
    return daypass("logs", "list", "--event", event, "--json").json["lines"]


def watching(daypass: Daypass) -> Terminal:
    """The person at a terminal of their own, who watches for questions."""
    terminal = Terminal(["bash", "-c", f"{daypass.binary} consent watch; true"], daypass.env)
    terminal.wait_for("Press Ctrl-C")
    return terminal


def test_the_person_answers_at_their_own_terminal(ready: Daypass, shop: Path):
    with watching(ready) as person:
        asker = Asker(ready, shop)
        shown = person.wait_for(r"(\d+)\. (\S+).* wants to use Developer in shop \(444455556666\)")
        person.wait_for("folder: ~/shop")
        person.wait_for(f"runs: {PYTHON}")
        person.wait_for(r"\[o\] once, \[k\] keep until the session ends, \[r\] read-only, \[n\] no: ")
        person.enter("o")
        person.wait_for("Allowed once")
        assert asker.got()["AccessKeyId"].startswith("ASIA")
    (line,) = wait_until(lambda: lines(ready, "consent-given"), what="the line")
    details = line["taker"]["details"]
    assert (line["consent"], line["profile"], details["process"]) == ("once", "dev", asker.ended()["process"])
    assert shown.group(2) == line["taker"]["program"]
    wait_until(lambda: lines(ready, "credentials-taken"), what="the line of the taking")
    # Once is this process. The next one is asked about again.
    again = Asker(ready, shop)
    ready("consent", "deny", str(question(ready)["id"]))
    refused = again.ended()
    assert refused["code"] == 5 and "consent-refused" in refused["err"]
    assert [line["consent"] for line in wait_until(lambda: lines(ready, "consent-refused"), what="the line")] == ["no"]
    ready("logs", "verify")


def test_an_answer_holds_until_the_session_ends_or_it_is_taken_back(ready: Daypass, shop: Path):
    def answered(key: str, shown: str) -> None:
        with watching(ready) as person:
            asker = Asker(ready, shop)
            person.wait_for("no: ")
            person.enter(key)
            person.wait_for(shown)
            asker.got()

    answered("k", "Allowed:")
    Asker(ready, shop).got()
    assert questions(ready) == []
    ready("stop", "dev")
    answered("k", "Allowed:")
    (given,) = [one for one in ready("consent", "list", "--json").json["given"] if one["answer"] == "program"]
    assert given["holds"] == {"is": "session"}
    assert "until the session ends" in ready("consent", "list").out
    ready("consent", "revoke", str(given["id"]))
    assert lines(ready, "consent-revoked")[0]["consent"] == "program"
    asker = Asker(ready, shop)
    ready("consent", "deny", str(question(ready)["id"]))
    assert asker.ended()["code"] == 5
    assert ready("consent", "revoke", "9999", code=4).err.count("unknown-consent") == 1


def test_a_lasting_answer_outlives_the_agent(ready: Daypass, shop: Path):
    ready("account", "set", "444455556666", "--ask", "first-use")
    with watching(ready) as person:
        asker = Asker(ready, shop)
        person.wait_for("keep until you revoke it")
        person.enter("k")
        asker.got()
    ready.running_agent.terminate()
    ready.running_agent.wait(PATIENCE)
    ready.agent()
    Asker(ready, shop).got()
    ready("stop", "dev")
    Asker(ready, shop).got()
    ready("consent", "revoke", "--all")
    asker = Asker(ready, shop)
    ready("consent", "deny", str(question(ready)["id"]))
    assert asker.ended()["code"] == 5


def test_read_only_is_a_session_that_only_reads(ready: Daypass, shop: Path):
    with watching(ready) as person:
        asker = Asker(ready, shop)
        person.wait_for("no: ")
        person.enter("r")
        key = asker.got()["AccessKeyId"]
    narrowed = ready.session("dev-read-only")
    assert narrowed["accessKeyId"] == key and narrowed["terms"]["read_only"]
    assert lines(ready, "consent-given")[0]["consent"] == "read-only"
    assert Asker(ready, shop).got()["AccessKeyId"] == key


def test_a_flood_is_one_question(ready: Daypass, shop: Path):
    askers = [Asker(ready, shop) for _ in range(50)]
    wait_until(lambda: [one["processes"] for one in questions(ready)] == [50], what="fifty that wait")
    with watching(ready) as person:
        person.wait_for(r"\(50 processes\)")
        person.enter("o")
        person.wait_for("Allowed once")
        assert all(asker.got() for asker in askers)
    assert len(lines(ready, "consent-given")) == 1


def test_an_answer_from_the_programs_own_terminal_does_not_count(ready: Daypass, shop: Path):
    shop.mkdir()
    with Terminal(["bash", "--norc", "-i"], ready.env | {"PS1": "mine> "}) as terminal:
        terminal.wait_for("mine> ")
        terminal.enter(f"{ready.binary} credential-process --profile dev > {shop / 'got'} 2>&1 &")
        number = question(ready)["id"]
        terminal.enter(f"{ready.binary} consent allow {number}")
        terminal.wait_for("consent-own-terminal")
        # A terminal that the program makes for itself is no better.
        allow = f"{ready.binary} consent allow {number}"
        terminal.enter(f"script -qec '{allow}' /dev/null")
        terminal.wait_for("consent-own-terminal")
        assert (shop / "got").read_text() == ""
        ready("consent", "allow", str(number), code=5)
        ready("consent", "deny", str(number))
        wait_until(lambda: "consent-refused" in (shop / "got").read_text(), what="the program to be refused")


def test_without_an_agent_nothing_is_handed_out(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("account", "set", "444455556666", "--ask", "first-use")
    for command in (["credential-process", "--profile", "dev"], ["env", "dev"], ["console", "dev", "--print"]):
        assert "consent-needs-agent" in daypass(*command, code=5).err
    read = daypass("exec", "dev", "--static", "--", "true", code=5)
    assert "consent-needs-agent" in read.err


def test_a_role_that_asks_is_in_no_file(ready: Daypass):
    ready("start", "dev")
    assert ready.session("dev")["delivery"] == "process" and ready.untouched()
    assert "not-in-a-file" in ready("change", "dev", "--delivery", "file", code=5).err
    # The other account's roles are as they were.
    ready("start", "read")
    assert ready.session("read")["delivery"] == "credentials-file"


def test_a_role_is_declared_with_its_question(ready: Daypass, shop: Path):
    arn = "arn:aws:iam::111122223333:role/Deploy"
    ready("role", "add", arn, "--identity", "work", "--profile", "deploy", "--ask", "always", "--delivery", "process")
    declared = tomllib.loads(ready.config.read_text())["role"]
    (deploy,) = [role for role in declared if role["arn"] == arn]
    assert (deploy["ask"], deploy["delivery"]) == ("always", "process")
    assert "invalid value 'sometimes'" in ready("role", "add", arn, "--identity", "work", "--ask", "sometimes", code=2).err


def test_production_alone_is_asked_about(ready: Daypass, shop: Path):
    ready("account", "unset", "444455556666", "--ask")
    ready("config", "set", "ask.production", "always")
    Asker(ready, shop).got()
    ready("account", "set", "444455556666", "--production")
    asker = Asker(ready, shop)
    one = question(ready)
    assert (one["ask"], one["role"]["production"]) == ("always", True)
    ready("consent", "deny", str(one["id"]))
    assert asker.ended()["code"] == 5
    Asker(ready, shop, ready.binary, "credential-process", "--profile", "read").got()
    # A role's own word comes first.
    text = ready.config.read_text()
    assert text.count('profile = "dev"') == 1
    ready.config.write_text(text.replace('profile = "dev"', 'profile = "dev"\nask = "never"'))
    Asker(ready, shop).got()


READS_ENDPOINT = """
import os, urllib.error, urllib.request
request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
request.add_header("Authorization", os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
try:
    print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).status)
except urllib.error.HTTPError as error:
    print(error.status, error.read().decode())
    raise SystemExit(5)
"""


def test_an_endpoint_asks_about_each_program(ready: Daypass, shop: Path):
    shop.mkdir()
    (shop / "reads.py").write_text(READS_ENDPOINT)
    # A client that waits less than a person takes gets the reason, and the question stays.
    asker = Asker(ready, shop, ready.binary, "exec", "dev", "--", PYTHON, shop / "reads.py")
    ended = asker.ended()
    assert ended["code"] == 5 and "asks you whether" in ended["out"]
    one = question(ready)
    assert (one["by"], one["program"]["executable"]) == ("endpoint", str(PYTHON))
    with watching(ready) as person:
        person.wait_for("no: ")
        person.enter("k")
        person.wait_for("Allowed:")
    again = Asker(ready, shop, ready.binary, "exec", "dev", "--", PYTHON, shop / "reads.py")
    assert again.ended()["out"].strip() == "200"
    # Another program with the same token is another question.
    other = Asker(ready, shop, ready.binary, "exec", "dev", "--", "bash", "-c", f"{PYTHON} reads.py; exit $?")
    assert other.ended()["code"] == 5
    assert [parent["name"] for parent in question(ready)["program"]["parents"]][:1] == ["bash"]
