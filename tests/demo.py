#!/usr/bin/env python3
"""The main workflow in the terminal, with the sandbox and the real AWS CLI: `./dev demo --headless`.

usage: demo.py DAYPASS    (the built command)

It prints every step with its outcome, and exits with status 0 only if all succeed. All files are in a temporary folder.
Your own AWS files and keyring stay untouched, and you don't need an AWS account.
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
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from peers.process import running, tail, wait_until  # noqa: E402

AWS = Path(sys.executable).with_name("aws")
PERSON = Path(__file__).parent / "peers/person.py"
ROLE = "arn:aws:iam::444455556666:role/Developer"
LIFETIME = 20
"""How many seconds the sandbox's credentials last, so that a renewal is soon due."""

LONG_SCRIPT = """
import botocore.session, sys
client = botocore.session.get_session().create_client("sts")
keys, calls = [], 0
client.meta.events.register("before-sign.sts", lambda request_signer, **_: keys.append(
    request_signer._credentials.get_frozen_credentials().access_key))
while len(set(keys)) < 3:
    assert ":assumed-role/Developer/" in client.get_caller_identity()["Arn"]
    calls += 1
print(f"{calls:,} calls in a row succeeded, with {len(set(keys))} access keys one after the other")
"""
"""A botocore client that calls STS until its session has ended twice. It stops at the first refusal."""

CODING_AGENT = """
import subprocess, sys
aws, daypass = sys.argv[1:]

def tries(what, *argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    refused = [line for line in done.stderr.splitlines() if "AccessDenied" in line or "lease-limits" in line]
    assert bool(done.returncode) == bool(refused), done
    print(f"{what}: {'refused, ' + refused[0].strip() if refused else done.stdout.strip()}"[:150])

tries("it reads", aws, "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
tries("it writes", aws, "iam", "create-account-alias", "--account-alias", "taken-over")
tries("it asks for full access", daypass, "start", "demo")
tries("it asks for more time", daypass, "lease", "demo", "--for", "8h", "--", "true")
"""
"""A script that plays a coding agent."""

BEFORE = b"# the person's own profile, which must not change\n[mine]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"


class Failed(Exception):
    """A step failed."""


class Demo:
    """The person's machine, and the steps."""

    def __init__(self, binary: Path, folder: Path):
        self.binary = binary
        self.folder = folder
        # Only what a program needs to run, so that this machine's AWS and Daypass settings don't affect the demo.
        kept = ("PATH", "HOME", "LANG", "TERM", "DAYPASS_LOG", "RUST_BACKTRACE")
        self.env = {k: os.environ[k] for k in kept if k in os.environ} | {
            "AWS_EC2_METADATA_DISABLED": "true",
            "BROWSER": str(PERSON),
            "PERSON_USER": "maya",
            "PERSON_PASSWORD": "sandbox",
            "PERSON_TRACE": str(folder / "person.log"),
        }

    def main_job(self) -> None:
        with contextlib.ExitStack() as running_parts:
            with self.step("START    A sandbox on this machine: AWS STS, the AWS console and an identity provider") as told:
                told(f"daypass sandbox --lifetime {LIFETIME}")
                self.start_sandbox(running_parts)
                told(f"running at {self.env['DAYPASS_SANDBOX']}")
            with self.step("PROVE    Add an identity for Maya's company, which uses OpenID Connect"):
                issuer = ("--issuer", f"{self.env['DAYPASS_SANDBOX']}oidc", "--client-id", "daypass-sandbox")
                self.daypass("identity", "add", "oidc", "shop", *issuer)
                self.daypass("role", "add", ROLE, "--identity", "shop", "--profile", "demo")
            with self.step("         Maya signs in once in her browser (scripted here)") as told:
                told(self.daypass("identity", "login", "shop", "--timeout", "60").strip())
            with self.step("EXCHANGE Start a role"):
                running_parts.enter_context(self.agent())
                self.daypass("start", "demo")
                first = self.session()
            with self.step("EXEC     Start a long script that gets its credentials from an endpoint") as told:
                told("daypass exec demo -- python script.py")
                script = running_parts.enter_context(self.long_script())
            with self.step("DELIVER  The profile is in the credentials file, and Maya's own profiles are unchanged"):
                text = self.credentials.read_bytes()
                self.hold(b"[demo]" in text, "the credentials file has no profile [demo]")
                self.hold(text.startswith(BEFORE), "the bytes of [mine] changed")
            with self.step("         The real AWS CLI uses that profile and gets the right role") as told:
                told("aws sts get-caller-identity --profile demo")
                told(self.caller())
            with self.step(f"HOLD     Daypass renews the credentials without Maya (they last {LIFETIME} s here)") as told:
                renewed = wait_until(
                    lambda: (s := self.session())["renewals"] > 0 and s, seconds=LIFETIME + 10, what="the renewal"
                )
                self.hold(renewed["accessKeyId"] != first["accessKeyId"], "the access key is still the first one")
                self.hold(renewed["accessKeyId"].encode() in self.credentials.read_bytes(), "the new key isn't in the file")
                self.caller()
                told(f"{first['accessKeyId']} became {renewed['accessKeyId']}, and the AWS CLI still works")
            with self.step("         The AWS console opens, signed in as the role") as told:
                told("daypass console demo --service s3")
                told(self.open_console())
            with self.step("SAML     Maya's other company uses SAML. Daypass takes the assertion on its way to AWS") as told:
                self.daypass("identity", "add", "saml", "office", "--start-url", f"{self.env['DAYPASS_SANDBOX']}saml/start")
                self.daypass("identity", "login", "office", "--assertion-file", str(self.assertion()))
                told(f"{self.roles_of('office')} roles are in it. Maya didn't type an ARN")
                told(self.use("office"))
            with self.step("CENTER   IAM Identity Center lists every account and role") as told:
                portal = ("--start-url", f"{self.env['DAYPASS_SANDBOX']}start", "--region", "eu-central-1")
                self.daypass("identity", "add", "identity-center", "portal", *portal)
                self.daypass("identity", "login", "portal", "--timeout", "60")
                told(f"{self.roles_of('portal')} roles found")
                told(self.use("portal"))
            with self.step("EXEC     The script outlived two sessions, and its keys were never written to a file") as told:
                told(self.output_of(script))
            with self.step("LEASE    A coding agent gets a read-only lease, asks for more, and is refused") as told:
                told("daypass lease demo --for 30m --read-only -- claude")
                for line in self.coding_agent().splitlines():
                    told(line)
                refused = self.events("lease-refused")
                self.hold(refused == 2, f"the audit log has {refused} refusals, not 2")
                told("the audit log shows the lease from start to end, and what was refused")
            with self.step("STOP     End the session. Its profile is gone, and the file is the same as before, byte for byte"):
                self.daypass("stop", "demo")
                self.hold(self.credentials.read_bytes() == BEFORE, "the credentials file isn't the same as before")
            with self.step("         The audit log has every event, and no line was changed") as told:
                told(self.daypass("logs", "verify").strip().rpartition(": ")[2])

    # The parts of the steps

    def start_sandbox(self, parts: contextlib.ExitStack) -> None:
        log = self.folder / "sandbox.log"
        argv = [self.binary, "sandbox", "--lifetime", LIFETIME, "--home", self.folder / "home"]
        up = lambda: "The sandbox is running" in log.read_text()  # noqa: E731
        parts.enter_context(running("sandbox", argv, logs=self.folder, env=self.env, ready=up))
        # What a person would paste into a shell.
        for name, value in re.findall(r"^export (\w+)=(.*)$", log.read_text(), re.M):
            self.env[name] = shlex.split(value)[0]
        self.credentials = Path(self.env["AWS_SHARED_CREDENTIALS_FILE"])
        self.credentials.parent.mkdir(exist_ok=True)
        self.credentials.write_bytes(BEFORE)

    def agent(self) -> contextlib.AbstractContextManager:
        log = self.folder / "agent.log"
        answers = lambda: "is running" in log.read_text()  # noqa: E731
        return running("agent", [self.binary, "agent"], logs=self.folder, env=self.env, ready=answers)

    @contextlib.contextmanager
    def long_script(self) -> Iterator[subprocess.Popen]:
        argv = [self.binary, "exec", "demo", "--", sys.executable, "-c", LONG_SCRIPT]
        with subprocess.Popen(
            argv, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as script:
            try:
                yield script
            finally:
                script.terminate()

    def coding_agent(self) -> str:
        """What the script that plays one prints about its attempts."""
        script = self.folder / "claude"
        script.write_text(f"#!{sys.executable}\n{CODING_AGENT}")
        script.chmod(0o755)
        return self.run([self.binary, "lease", "demo", "--for", "30m", "--read-only", "--", script, AWS, self.binary]).strip()

    def events(self, kind: str) -> int:
        return len(json.loads(self.daypass("logs", "list", "--json", "--event", kind))["lines"])

    def output_of(self, script: subprocess.Popen) -> str:
        out, err = script.communicate(timeout=3 * LIFETIME)
        self.hold(script.returncode == 0, f"the script exited with {script.returncode}\n{err}")
        return out.strip()

    def session(self) -> dict:
        sessions = json.loads(self.daypass("status", "--json"))["sessions"]
        found = next((s for s in sessions if s["profile"] == "demo"), None)
        self.hold(found is not None, "the status doesn't show a session with the profile demo")
        return found

    def caller(self) -> str:
        arn = self.run([AWS, "--profile", "demo", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"])
        self.hold("assumed-role/Developer/" in arn, f"the AWS CLI got {arn}")
        return arn.strip()

    def assertion(self) -> Path:
        """What the SAML provider's sign-in page would post to AWS. The scripted person stops before that."""
        posted = self.folder / "posted.json"
        page = f"{self.env['DAYPASS_SANDBOX']}saml/start"
        env = self.env | {"PERSON_SAML": str(posted), "PERSON_STOP": "assertion"}
        subprocess.run([PERSON, page], env=env, check=True, capture_output=True, timeout=60)
        posted = wait_until(lambda: posted.exists() and json.loads(posted.read_text()), seconds=30, what="the assertion")
        file = self.folder / "assertion"
        file.write_text(posted["saml_response"])
        return file

    def roles_of(self, identity: str) -> int:
        roles = json.loads(self.daypass("role", "list", "--json"))["roles"]
        count = sum(role["identity"] == identity for role in roles)
        self.hold(count > 1, f"after the sign-in to {identity}, the list shows {count} of its roles")
        return count

    def use(self, identity: str) -> str:
        """Start one of an identity's roles, use it, and end it."""
        roles = json.loads(self.daypass("role", "list", "--json"))["roles"]
        role = next(role for role in roles if role["identity"] == identity and role["name"] == "Developer")
        self.daypass("start", f"{identity}:{role['arn']}", "--profile", identity)
        command = [AWS, "--profile", identity, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
        arn = self.run(command).strip()
        self.hold("Developer" in arn, f"the AWS CLI got {arn}")
        self.daypass("stop", identity)
        return f"aws --profile {identity}: {arn}"

    def open_console(self) -> str:
        url = self.daypass("console", "demo", "--print", "--service", "s3").strip()
        try:
            answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20)
        except urllib.error.HTTPError as error:
            raise Failed(f"the console answered {error.code}: {error.read().decode(errors='replace')[:300]}") from None
        self.hold(answer.status == 200, f"the console answered {answer.status}")
        return f"{answer.url.split('?')[0]} accepts the session"

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
        """Print a step with its outcome, its duration and its findings."""
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
        took = time.monotonic() - began
        print(f"✓ {words}{f' ({took:.0f} s)' if took >= 2 else ''}", flush=True)
        for line in found:
            print(f"             {line}", flush=True)


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: demo.py DAYPASS")
    with tempfile.TemporaryDirectory(prefix="daypass-demo-") as folder:
        demo = Demo(Path(sys.argv[1]).absolute(), Path(folder))
        print("Daypass, end to end, in half a minute. It doesn't use an AWS account, your own AWS files or your keyring.\n")
        try:
            demo.main_job()
        except (Failed, OSError, RuntimeError, ValueError, KeyError, subprocess.SubprocessError):
            print("\nFailed. This is a bug. Please report it with the lines above.")
            return 1
    print("\nAll steps succeeded. To try it yourself, run target/debug/daypass sandbox -- bash, then daypass --help")
    return 0


if __name__ == "__main__":
    sys.exit(main())
