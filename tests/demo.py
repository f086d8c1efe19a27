#!/usr/bin/env python3
"""The main job on the terminal, against the sandbox, with the real AWS CLI as the reader: `./dev demo --headless`.

usage: demo.py DAYPASS    (the built command)

Every step is printed with its outcome; the exit status is 0 only if all held. Everything is kept in a temporary
folder: neither the AWS files nor the keyring of the person who runs this are touched. No AWS account is needed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from peers.process import free_port, running, tail, wait_until  # noqa: E402

AWS = Path(sys.executable).with_name("aws")
PERSON = Path(__file__).parent / "peers/person.py"
ROLE = "arn:aws:iam::444455556666:role/Developer"
LIFETIME = 20
"""Seconds that the sandbox lets credentials live, so that a renewal is soon due."""

BEFORE = b"# a profile of the person's own, which nobody may touch\n[mine]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"


class Failed(Exception):
    """A step did not hold."""


class Demo:
    """The person's machine, and the steps."""

    def __init__(self, binary: Path, folder: Path):
        self.binary = binary
        self.folder = folder
        self.credentials = folder / "aws/credentials"
        self.credentials.parent.mkdir()
        self.credentials.write_bytes(BEFORE)
        home = folder / "daypass"
        home.mkdir()
        # A terminal may have no keyring, and the demo leaves nothing behind in one: a key file, named by hand.
        (home / "config.toml").write_text(f'[settings.vault]\nkey = "file:{home / "vault.key"}"\n')
        kept = ("PATH", "HOME", "LANG", "TERM", "RUST_LOG", "RUST_BACKTRACE")
        self.env = {k: os.environ[k] for k in kept if k in os.environ} | {
            "DAYPASS_HOME": str(home),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials),
            "AWS_CONFIG_FILE": str(folder / "aws/config"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "BROWSER": str(PERSON),
            "PERSON_USER": "maya",
            "PERSON_PASSWORD": "sandbox",
            "PERSON_TRACE": str(folder / "person.log"),
        }

    def main_job(self) -> None:
        with contextlib.ExitStack() as running_parts:
            with self.step("The sandbox is up: STS, an OpenID provider, the console") as told:
                base = self.start_sandbox(running_parts)
                told(base)
            with self.step("An identity is added"):
                issuer = ("--issuer", f"{base}/oidc", "--client-id", "daypass-sandbox")
                self.daypass("identity", "add", "oidc", "shop", *issuer)
                self.daypass("role", "add", ROLE, "--identity", "shop", "--profile", "demo", "--region", "eu-central-1")
            with self.step("Maya signs in, in the browser") as told:
                self.daypass("identity", "login", "shop", "--timeout", "60")
                told(self.daypass("identity", "list").strip().splitlines()[-1].strip())
            with self.step("The agent that renews is running"):
                running_parts.enter_context(self.agent())
            with self.step("The role is started") as told:
                self.daypass("start", "demo")
                first = self.session()
                told(f"{first['role']}, until {first['expiresAt']}")
            with self.step("The profile is written, the person's own is as it was"):
                text = self.credentials.read_bytes()
                self.hold(b"[demo]" in text, "no profile [demo] in the credentials file")
                self.hold(text.startswith(BEFORE), "the bytes of [mine] changed")
            with self.step("aws sts get-caller-identity --profile demo") as told:
                told(self.caller())
            with self.step("The credentials are renewed before they expire, without Maya") as told:
                renewed = wait_until(
                    lambda: (s := self.session())["renewals"] > 0 and s, seconds=LIFETIME + 10, what="the renewal"
                )
                self.hold(renewed["accessKeyId"] != first["accessKeyId"], "the access key is still the first one")
                self.caller()
                told(f"{first['accessKeyId']} became {renewed['accessKeyId']}")
            with self.step("The console opens with the session") as told:
                told(self.open_console())
            with self.step("The session is stopped and its profile gone, the file as before, byte for byte"):
                self.daypass("stop", "demo")
                self.hold(self.credentials.read_bytes() == BEFORE, "the credentials file differs from what it was")

    # The parts of the steps

    def start_sandbox(self, parts: contextlib.ExitStack) -> str:
        port = free_port()
        argv = [self.binary, "sandbox", "--port", port, "--lifetime", LIFETIME]
        log = self.folder / "sandbox.log"
        printed = lambda: "AWS_ENDPOINT_URL_STS=" in log.read_text()  # noqa: E731
        parts.enter_context(running("sandbox", argv, logs=self.folder, env=self.env, ready=printed))
        # What a person would paste into a shell.
        for name, value in re.findall(r"^\s*export (AWS_ENDPOINT_URL\w*)=(.*)$", log.read_text(), re.M):
            self.env[name] = shlex.split(value)[0]
        return f"http://127.0.0.1:{port}"

    def agent(self) -> contextlib.AbstractContextManager:
        answers = lambda: json.loads(self.daypass("status", "--json")) is not None  # noqa: E731
        return running("agent", [self.binary, "agent"], logs=self.folder, env=self.env, ready=answers)

    def session(self) -> dict:
        status = json.loads(self.daypass("status", "--json"))
        sessions = status["sessions"] if isinstance(status, dict) else status
        found = next((s for s in sessions if s["profile"] == "demo"), None)
        self.hold(found is not None, "the status has no session with the profile demo")
        return found

    def caller(self) -> str:
        arn = self.run([AWS, "--profile", "demo", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"])
        self.hold("assumed-role/Developer/" in arn, f"the AWS CLI was told {arn}")
        return arn.strip()

    def open_console(self) -> str:
        url = self.daypass("console", "demo", "--print", "--service", "s3").strip()
        try:
            answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20)
        except urllib.error.HTTPError as error:
            raise Failed(f"the console answered {error.code}: {error.read().decode(errors='replace')[:300]}") from None
        self.hold(answer.status == 200, f"the console answered {answer.status}")
        return f"{answer.url.split('?')[0]} answered {answer.status}"

    def daypass(self, *args: str) -> str:
        return self.run([self.binary, *args])

    def run(self, argv: list[str | Path]) -> str:
        command = [str(a) for a in argv]
        done = subprocess.run(
            command, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            shown = " ".join([Path(command[0]).name, *command[1:]])
            raise Failed(f"{shown}: exit status {done.returncode}\n{(done.stderr or done.stdout).strip()}")
        return done.stdout

    def hold(self, condition: bool, otherwise: str) -> None:
        if not condition:
            raise Failed(otherwise)

    @contextlib.contextmanager
    def step(self, words: str):
        """Print a step with its outcome, how long it took, and what was found."""
        found: list[str] = []
        began = time.monotonic()
        try:
            yield found.append
        except Exception as error:
            print(f"✗ {words}", flush=True)
            print("\n".join(f"    {line}" for line in str(error).splitlines()))
            for log in sorted(self.folder.glob("*.log")):
                print(f"    -- {log.name}\n" + "\n".join(f"    {line}" for line in tail(log, 15).splitlines()))
            raise
        print(f"✓ {words} ({time.monotonic() - began:.1f} s)", flush=True)
        for line in found:
            print(f"    {line}", flush=True)


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: demo.py DAYPASS")
    with tempfile.TemporaryDirectory(prefix="daypass-demo-") as folder:
        demo = Demo(Path(sys.argv[1]).absolute(), Path(folder))
        try:
            demo.main_job()
        except (Failed, OSError, RuntimeError, ValueError, KeyError, subprocess.SubprocessError):
            print("\nThe main job did not get to its end.")
            return 1
    print("\nThe main job held from end to end.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
