"""Start a program for a test, wait until it answers, and end that program and nothing else."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

PATIENCE = 120
"""The longest that a test waits for anything, in seconds. It only ends a hang: no test is about a machine's speed."""

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
"""Cargo's target folder."""


class NotReady(RuntimeError):
    """A peer ended or did not answer in time. The message has the end of its log."""


def free_port() -> int:
    """A port that nothing listens on now, for a program that is told its port; never the same twice.

    It's below the ports that the system hands out on its own (32768 and up on Linux), so until the program
    has begun to listen, another program's connection can't take it. Each worker has its own range.
    """
    while True:
        port = _RANDOM.randrange(_PORTS.start, _PORTS.stop)
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port not in _GIVEN:
                probe.bind(("", port))
                _GIVEN.add(port)
                return port


def closed_port() -> int:
    """A port on 127.0.0.1 that refuses every connection, and that no other program can get while the tests run."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))  # without listening
    _CLOSED.append(taken)
    return taken.getsockname()[1]


_RANDOM = random.SystemRandom()
_LANE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
_PORTS = range(20_000 + _LANE * 1_500, 20_000 + (_LANE + 1) * 1_500)
_GIVEN: set[int] = set()
_CLOSED: list[socket.socket] = []


def http_answers(url: str) -> Callable[[], bool]:
    """A readiness check: `url` answers with any HTTP status below 500. Doesn't verify certificates."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),
    )

    def check() -> bool:
        try:
            return opener.open(url, timeout=2).status < 500
        except urllib.error.HTTPError as answer:
            return answer.code < 500
        except OSError:
            return False

    return check


def port_answers(port: int) -> Callable[[], bool]:
    """A readiness check: something accepts connections on the port."""

    def check() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    return check


def wait_until(
    check: Callable[[], object], *, seconds: float = PATIENCE, what: str = "the condition", every: float = 0.05
):
    """The first truthy answer of `check`, called repeatedly for at most `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true within {seconds} s")
        time.sleep(every)


@contextlib.contextmanager
def running(
    name: str,
    argv: Sequence[str | Path],
    *,
    logs: Path,
    ready: Callable[[], object],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = PATIENCE,
    stdin: bytes | None = None,
) -> Iterator[subprocess.Popen]:
    """Run `argv` in a separate process group until the block ends. Its output goes to `logs/NAME.log`."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(a) for a in argv],
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    try:
        if stdin is not None:
            process.stdin.write(stdin)
            process.stdin.close()

        def answers() -> object:
            if process.poll() is not None:
                raise NotReady(f"{name} ended with {process.returncode} before it was ready\n{tail(log)}")
            return ready()

        try:
            wait_until(answers, seconds=seconds, what=f"{name} to be ready")
        except TimeoutError as late:
            raise NotReady(f"{late}\n{tail(log)}") from None
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen, *, grace: float = 10) -> None:
    """End the process group that `running` created, politely at first."""
    if os.name == "nt":
        # No group of processes gets a signal there, and a driver's app would outlive it.
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        process.wait(timeout=grace)
        return
    for signum, wait in ((signal.SIGTERM, grace), (signal.SIGKILL, grace)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=wait)
        deadline = time.monotonic() + wait
        while group_alive(process.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not group_alive(process.pid):
            return


def whole_lines(log: Path) -> list[str]:
    """The lines of a file that another program is writing, without a last one that is only half written."""
    return [line for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]


def group_alive(pgid: int) -> bool:
    """Whether any process in the group is left."""
    try:
        os.killpg(pgid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def tail(log: Path, lines: int = 30) -> str:
    """The last lines of a log, for a message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
