"""The agent's socket: who is at the other end, and agents that are stopped, killed, full or cut off."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import ROLE, Sandbox

FAILED, NOT_FOUND, REFUSED, PASSING = 1, 4, 5, 6
NOBODY = 65_534

BE_SOMEBODY_ELSE = f"import json, os, socket, sys; os.setgroups([]); os.setresgid(*[{NOBODY}] * 3); os.setresuid(*[{NOBODY}] * 3)\n"
"""The interpreter may be where another user can't start it, so a program becomes that user once it has its modules."""

MIMIC = """
path = sys.argv[1]
os.umask(0)
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o666)
listener.listen()
print("listens", flush=True)
while True:
    stream, _ = listener.accept()
    keys = {"Version": 1, "AccessKeyId": "ASIAEVILEVILEVIL0001", "SecretAccessKey": "evil", "SessionToken": "evil",
            "Expiration": "2099-01-01T00:00:00Z"}
    try:
        stream.sendall(b'{"agent":{"version":"0.1.0","pid":1,"window":false}}\\n')
        print("heard", stream.recv(65536), flush=True)
        stream.sendall(b'{"working":null}\\n' + json.dumps({"answer": keys}).encode() + b"\\n")
    except OSError:
        pass
    stream.close()
"""
"""Another user's program that plays the agent, and prints what it hears."""


@pytest.fixture
def world(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with a declared role `dev`, and no agent."""
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    return daypass


def eventually(is_so: Callable[[], bool], what: str) -> None:
    """Waits for it. The bound only ends a hang."""
    ends = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


def keys(daypass: Daypass) -> dict:
    """What `credential-process` gives for `dev`."""
    return daypass("credential-process", "--profile", "dev").json


# Another user


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach and write to, like /tmp."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


def as_another_user(program: str, *args: str | Path) -> subprocess.Popen[str]:
    """Runs a Python program as another user of this machine, and waits for its first line."""
    argv = [sys.executable, "-I", "-c", BE_SOMEBODY_ELSE + program, *map(str, args)]
    running = subprocess.Popen(argv, cwd="/", stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline().strip() == "listens"
    return running


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a program as another user")


@needs_root
@pytest.mark.parametrize("owner_of_socket", ["them", "us"])
def test_another_users_agent_hears_nothing_and_gives_nothing(world: Daypass, open_folder: Path, owner_of_socket: str):
    """Their folder at the socket's place; and their process at a socket that looks like ours in our own folder."""
    folder = open_folder / "home"
    folder.mkdir()
    if owner_of_socket == "them":
        os.chown(folder, NOBODY, NOBODY)
    else:
        folder.chmod(0o777)
    config = world.config.read_bytes()
    (folder / "config.toml").write_bytes(config)
    mimic = as_another_user(MIMIC, folder / "agent.sock")
    try:
        if owner_of_socket == "us":
            os.chown(folder / "agent.sock", os.geteuid(), os.getegid())
            folder.chmod(0o700)
        home = {"DAYPASS_HOME": str(folder)}
        for command in (["credential-process", "--profile", "dev"], ["env", "dev"], ["status"], ["identity", "list"]):
            outcome = world(*command, env=home, code=REFUSED)
            assert "evil" not in outcome.out.lower()
            assert "agent-refused" in outcome.err and str(folder) in outcome.err
            if owner_of_socket == "them":
                assert str(NOBODY) in outcome.err, "it names the owner"
        doctor = world("doctor", env=home, code=None)
        assert str(folder) in doctor.out
    finally:
        mimic.kill()
        said, _ = mimic.communicate()
    assert said.replace("heard b''", "").strip() == "", "nothing was sent"


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A short folder of the user's own, as XDG_RUNTIME_DIR is."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_a_long_home_has_its_socket_where_no_other_user_can_be_first(daypass: Daypass, tmp_path: Path, runtime: Path):
    """Its old place in the temporary folder was predictable."""
    long = tmp_path / ("long" * 30)
    daypass.home.rename(long)
    daypass.env |= {"DAYPASS_HOME": str(long), "HOME": str(runtime)}
    agent = daypass.agent()
    assert f"process {agent.pid}" in daypass("agent", code=REFUSED).err
    (found,) = runtime.rglob("agent.sock")
    assert found.parent.stat().st_mode & 0o777 == 0o700
    agent.terminate()
    agent.wait(PATIENCE)
    assert not found.exists()


# A stopped agent


@pytest.fixture
def stopped(world: Daypass) -> Iterator[subprocess.Popen]:
    """An agent that holds `dev` and is stopped, as by Ctrl-Z."""
    agent = world.agent()
    world("start", "dev")
    agent.send_signal(signal.SIGSTOP)
    yield agent
    agent.send_signal(signal.SIGCONT)


def test_commands_that_look_work_beside_a_stopped_agent_and_others_name_it(world: Daypass, stopped: subprocess.Popen):
    held = world.session("dev")
    assert keys(world)["AccessKeyId"] == held["accessKeyId"]
    assert held["accessKeyId"] in world("env", "dev").out
    assert f"process {stopped.pid}" in world("status").err
    for command in (["renew", "dev"], ["stop", "dev"], ["identity", "logout", "work"], ["agent"]):
        outcome = world(*command, code=FAILED)
        assert "agent-silent" in outcome.err and str(stopped.pid) in outcome.err, command
    doctor = world("doctor", code=FAILED)
    assert str(stopped.pid) in doctor.out and "doesn't respond" in doctor.out

    stopped.send_signal(signal.SIGCONT)
    eventually(lambda: "agent-silent" not in world("identity", "list").err, "it is back")
    now = world.session("dev")
    assert (now["accessKeyId"], now["renewals"]) == (held["accessKeyId"], 0), "nothing was carried out later"


@pytest.fixture
def mute_sts() -> Iterator[socket.socket]:
    """An STS that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


def agent_with(daypass: Daypass, sts: socket.socket) -> subprocess.Popen:
    """An agent that asks this STS, while commands ask the one that they asked before."""
    before = daypass.env["AWS_ENDPOINT_URL_STS"]
    daypass.use(f"http://127.0.0.1:{sts.getsockname()[1]}")
    try:
        return daypass.agent()
    finally:
        daypass.use(before)


def test_an_agent_that_is_stopped_in_mid_request_does_not_hang_commands(world: Daypass, mute_sts: socket.socket):
    agent = agent_with(world, mute_sts)
    asking = world.spawn("start", "dev")
    asked, _ = mute_sts.accept()
    agent.send_signal(signal.SIGSTOP)
    _, err = asking.communicate(timeout=PATIENCE)
    assert asking.returncode == FAILED and "agent-silent" in err and str(agent.pid) in err
    # It was stopped in its turn, which it keeps. A caller that needs the same turn doesn't wait long.
    outcome = world("credential-process", "--profile", "dev", code=PASSING)
    assert "turn-busy" in outcome.err and str(agent.pid) in outcome.err
    agent.send_signal(signal.SIGCONT)
    asked.close()


@pytest.mark.parametrize("command", [("start", "dev"), ("credential-process", "--profile", "dev")])
def test_an_agent_that_is_killed_in_mid_request_costs_nothing(
    world: Daypass, mute_sts: socket.socket, command: tuple[str, ...]
):
    agent = agent_with(world, mute_sts)
    asking = world.spawn(*command)
    asked, _ = mute_sts.accept()
    agent.kill()
    out, err = asking.communicate(timeout=PATIENCE)
    asked.close()
    assert asking.returncode == 0, err
    session = world.session("dev")
    assert session["state"] == "active"
    assert command[0] == "start" or json.loads(out)["AccessKeyId"] == session["accessKeyId"]


# Crowds


@pytest.fixture(params=[1024, 64])
def descriptors(request: pytest.FixtureRequest) -> Iterator[int]:
    """The limit of open files for programs that the test starts. The test itself has more."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (request.param, most))
    yield request.param
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


def test_eleven_hundred_silent_connections_keep_no_command_waiting(world: Daypass, descriptors: int):
    agent = world.agent()
    assert f"{descriptors} " in Path(f"/proc/{agent.pid}/limits").read_text()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
    world("start", "dev")
    crowd = []
    for number in range(1_100):
        silent = socket.socket(socket.AF_UNIX)
        silent.connect(str(world.home / "agent.sock"))
        if number % 2:
            with contextlib.suppress(OSError):
                silent.send(b'{"ask":')
        crowd.append(silent)
    outcome = world("credential-process", "--profile", "dev", "--verbose")
    assert "asking the running agent" in outcome.err and "doesn't respond" not in outcome.err
    assert outcome.json["AccessKeyId"] == world.session("dev")["accessKeyId"]
    for silent in crowd:
        silent.close()


# A socket that is gone


def test_an_agent_whose_runtime_folder_was_removed_is_found_again(world: Daypass, tmp_path: Path, runtime: Path):
    """A cleaner removed what is old."""
    long = tmp_path / ("long" * 30)
    world.home.rename(long)
    world.env |= {"HOME": str(runtime), "DAYPASS_HOME": str(long)}
    config = long / "config.toml"
    config.write_text(config.read_text().replace(str(world.home), str(long)))
    agent = world.agent()
    is_found = lambda: "asking the running agent" in world("identity", "list", "--verbose").err  # noqa: E731
    assert is_found()
    shutil.rmtree(runtime)
    assert not is_found()
    runtime.mkdir(mode=0o700)
    eventually(is_found, "it listens again")
    assert str(agent.pid) in world("agent", code=REFUSED).err


# One agent for each vault


@pytest.fixture
def person(daypass: Daypass) -> Daypass:
    """A person whose files are in the platform's folders, because DAYPASS_HOME isn't set."""
    del daypass.env["DAYPASS_HOME"]
    daypass("config", "set", "vault.key", "file:~/.vault.key")
    return daypass


@pytest.mark.parametrize("variable", ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "TMPDIR"])
@pytest.mark.parametrize("without", ["the agent", "the command"])
def test_an_agent_is_found_where_a_session_has_other_variables(
    person: Daypass, tmp_path: Path, runtime: Path, variable: str, without: str
):
    """cron has no XDG_RUNTIME_DIR, and `su` keeps another user's."""
    there = {variable: str(runtime)}
    if without == "the command":
        person.env |= there
    agent = person.agent()
    if without == "the command":
        del person.env[variable]
    environments = [{}, there, {variable: str(tmp_path / "else")}]
    for env in environments:
        assert f"process {agent.pid}" in person("agent", env=env, code=REFUSED).err
        assert "asking the running agent" in person("identity", "list", "--verbose", env=env).err


def test_an_agent_tells_where_it_is_and_ends_when_asked(daypass: Daypass):
    assert "no agent is running" in daypass("agent", "status", code=NOT_FOUND).err
    assert "No agent was running" in daypass("agent", "stop").out
    agent = daypass.agent()
    status = daypass("agent", "status")
    assert f"process {agent.pid}" in status.out and str(daypass.home / "agent.sock") in status.out
    told = daypass("agent", "status", "--json").json
    assert (told["pid"], told["window"], told["version"]) == (agent.pid, False, 1)
    assert f"process {agent.pid}" in daypass("agent", "stop").out
    assert agent.wait(PATIENCE) == 0
    assert not (daypass.home / "agent.sock").exists()


# What else an agent says and keeps to itself


def test_an_agent_says_that_config_toml_is_broken_at_its_start_and_after_an_edit(daypass: Daypass):
    good = daypass.config.read_text()
    daypass.config.write_text(good + "\n[identity.x]\nkind = 7\n")
    daypass.agent()
    log = daypass.folder / "agent.log"
    eventually(lambda: "config-mistake" in log.read_text(), "it says so")
    assert "config.toml" in log.read_text()
    daypass.config.write_text(good)
    eventually(lambda: daypass("role", "list").code == 0, "it is mended")
    daypass.config.write_text(good + "\nnonsense\n")
    eventually(lambda: log.read_text().count("config-mistake") >= 2, "it says so again")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
def test_an_agent_leaves_no_core_dump_and_its_memory_is_unreadable(daypass: Daypass):
    agent = daypass.agent()
    limits = Path(f"/proc/{agent.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4] == "0"


def is_in_memory(process: int, secrets: list[bytes]) -> list[bool]:
    """Whether each of these is anywhere in what a process can write to."""
    found = [False] * len(secrets)
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            place, mode, *_ = line.split()
            if "w" not in mode or "[vvar" in line:
                continue
            begin, end = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(begin)
                content = memory.read(end - begin)
            except OSError:
                continue  # Reserved and not there yet.
            found = [was or secret in content for was, secret in zip(found, secrets, strict=True)]
    return found


@needs_root
@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
def test_a_lock_leaves_no_key_in_the_memory_of_the_agent(daypass: Daypass, sandbox: Sandbox):
    """Read by root, who may. Before the lock, all of it is there."""
    daypass.with_agent = True
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("start", "dev")
    keys = json.loads(daypass("credential-process", "--profile", "dev").out)
    vault_key = (daypass.home / "vault.key").read_bytes().split()[-1]
    secrets = [keys["SecretAccessKey"].encode(), keys["SessionToken"].encode(), vault_key]
    agent = daypass.running_agent.pid
    assert is_in_memory(agent, secrets)[:2] == [True, True]
    daypass("lock")
    wait_until(lambda: not any(is_in_memory(agent, secrets)), what="the secrets to leave the memory")
    daypass("unlock")
    again = json.loads(daypass("credential-process", "--profile", "dev").out)
    assert again["SecretAccessKey"] == keys["SecretAccessKey"], "nothing was lost"


@needs_root
@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
def test_the_person_cannot_read_the_memory_of_the_agent(daypass: Daypass, open_folder: Path):
    """As an ordinary user, because root reads everything."""
    binary = open_folder / "daypass"
    shutil.copy(daypass.binary, binary)
    binary.chmod(0o755)
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    person = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}
    env = {"HOME": str(home), "DAYPASS_HOME": str(home / "daypass"), "PATH": os.environ["PATH"]}
    with subprocess.Popen([binary, "agent"], env=env, stderr=subprocess.PIPE, text=True, **person) as agent:
        try:
            assert "is running" in agent.stderr.readline()
            look = f"{BE_SOMEBODY_ELSE}open('/proc/{agent.pid}/mem', 'rb')"
            looking = subprocess.run([sys.executable, "-I", "-c", look], capture_output=True, text=True)
            assert "PermissionError" in looking.stderr, looking
            # It works all the same, with /proc/self belonging to root.
            done = subprocess.run([binary, "status", "--json"], env=env, capture_output=True, text=True, **person)
            assert done.returncode == 0 and json.loads(done.stdout)["sessions"] == [], done
        finally:
            agent.terminate()
