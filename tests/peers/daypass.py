"""The command under test on its own machine: a folder with its state and AWS files, and a person at a browser."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import subprocess
import sys
import termios
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .oidc_provider import Issuer
from .process import PATIENCE, TARGET, running, wait_until
from .sandbox import Sandbox

PERSON = Path(__file__).with_name("person.py")

OTHERS = b"""\
# Managed by the platform team.   Do not sort!

[default]
aws_access_key_id=AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY   ; not a real one

[ legacy ]
aws_access_key_id   =   AKIAI44QH8DHBEXAMPLE
aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
account = 012345678901
s3 =
    max_concurrent_requests = 20


[last]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE"""
"""Other profiles, as found in real files: comments, blank lines, nesting, and no line break at the end."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The output of `--json`. A list comes without the object around it, which has only the version besides."""
        document = json.loads(self.out)
        match [value for key, value in document.items() if key != "version"]:
            case [list(only)] if "version" in document:
                return only
        return document


class Daypass:
    """`daypass("start", "dev")` runs the command. With `code=None`, the caller checks the exit status."""

    def __init__(self, folder: Path, *, binary: Path | None = None):
        self.folder = folder
        self.binary = Path(os.environ.get("DAYPASS", binary or TARGET / "debug/daypass"))
        self.home = folder / "daypass"
        self.config = self.home / "config.toml"
        self.credentials = folder / "aws/credentials"
        self.aws_config = folder / "aws/config"
        self.trace = folder / "person.log"
        self.with_agent = False
        """Whether to start an agent with the first sign-in."""
        self.running_agent: subprocess.Popen | None = None
        self._background = ExitStack()
        for made in (self.home, self.credentials.parent, folder / "home"):
            made.mkdir(parents=True, exist_ok=True)
        self.credentials.write_bytes(OTHERS)
        self.credentials.chmod(0o600)
        # There is no keyring here, so the config names a key file.
        self.config.write_text(f'[settings.vault]\nkey = "file:{self.home / "vault.key"}"\n')
        self.env: dict[str, str] = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "RUST_BACKTRACE": "1",
            "DAYPASS_HOME": str(self.home),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials),
            "AWS_CONFIG_FILE": str(self.aws_config),
            "AWS_EC2_METADATA_DISABLED": "true",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
            "BROWSER": str(PERSON),
            "PERSON_TRACE": str(self.trace),
        }

    # The command

    def __call__(
        self,
        *args: str | Path,
        code: int | None = 0,
        env: Mapping[str, str] | None = None,
        wrap: tuple[str, ...] = (),
        seconds: float = PATIENCE,
        stdin: str = "",
    ) -> Outcome:
        """Run it to its end. `wrap` goes in front, such as faketime or strace. `stdin` is typed or piped input."""
        argv = [*wrap, self.binary, *args]
        done = subprocess.run(
            [str(a) for a in argv],
            env=self.env | dict(env or {}),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            start_new_session=True,
        )
        outcome = Outcome(done.returncode, done.stdout, done.stderr)
        if code is not None and outcome.code != code:
            command = " ".join(map(str, args))
            raise AssertionError(
                f"daypass {command}: exit status {outcome.code}, not {code}\n{outcome.out}\n{outcome.err}\n{self.visits()}"
            )
        return outcome

    def at_terminal(self, *args: str | Path, code: int = 0, seconds: float = 90) -> Outcome:
        """Run it for a person at a terminal, with its output in a pipe, as in `eval "$(daypass env dev)"`."""
        ours, terminal = pty.openpty()
        try:
            process = subprocess.Popen(
                [str(a) for a in (self.binary, *args)],
                env=self.env,
                stdin=terminal,
                stdout=subprocess.PIPE,
                stderr=terminal,
                start_new_session=True,
            )
            os.close(terminal)
            shown = b""
            try:
                while select.select([ours], [], [], PATIENCE)[0] and (some := os.read(ours, 4096)):
                    shown += some
            except OSError:
                pass  # Linux reports an error when the last program has left the terminal.
            out, _ = process.communicate(timeout=seconds)
        finally:
            os.close(ours)
        outcome = Outcome(process.returncode, out.decode(), shown.decode().replace("\r\n", "\n"))
        assert outcome.code == code, f"daypass {' '.join(map(str, args))}: {outcome}\n{self.visits()}"
        return outcome

    def conversation(self, *args: str | Path, answers: Sequence[tuple[str, str]], code: int = 0) -> str:
        """Run it for a person at a terminal of their own, who gives each answer when its prompt comes. What was shown.

        The answer to a yes-or-no question is visible. All others must be hidden.
        """
        ours, terminal = pty.openpty()
        with subprocess.Popen(
            [str(a) for a in (self.binary, *args)],
            env=self.env,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        ) as process:
            os.close(terminal)
            shown, seen, left = "", 0, list(answers)
            try:
                while some := os.read(ours, 4096):
                    shown += some.decode(errors="replace").replace("\r\n", "\n")
                    if left and left[0][0] in shown[seen:]:
                        seen = len(shown)
                        # The prompt is shown a moment before the terminal stops showing what is typed.
                        is_hidden = lambda: not termios.tcgetattr(ours)[3] & termios.ECHO  # noqa: E731
                        if not left[0][0].endswith("[y/N] "):
                            wait_until(is_hidden, what="the terminal to hide what is typed", every=0.01)
                        os.write(ours, f"{left.pop(0)[1]}\n".encode())
            except OSError:
                pass  # Linux reports an error when the last program has left the terminal.
            finally:
                os.close(ours)  # A process that still waits for an answer ends by that.
            process.wait(PATIENCE)
        assert process.returncode == code, f"daypass {' '.join(map(str, args))}: {process.returncode}\n{shown}"
        assert not left, f"it never asked {left[0][0]!r}:\n{shown}"
        return shown

    def spawn(
        self, *args: str | Path, env: Mapping[str, str] | None = None, wrap: tuple[str, ...] = ()
    ) -> subprocess.Popen[str]:
        """Start it with pipes. It ends with the test if it still runs. `wrap` goes in front."""
        process = subprocess.Popen(
            [str(a) for a in (*wrap, self.binary, *args)],
            env=self.env | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._background.callback(lambda: (process.kill(), process.communicate()))
        return process

    def serving(self, *args: str | Path, wrap: tuple[str, ...] = ()) -> list[dict]:
        """Run `daypass serve` for the rest of the test. Returns its consumers."""
        return printed(self.spawn("serve", *args, "--json", wrap=wrap))["consumers"]

    def agent(self) -> subprocess.Popen:
        """Run an agent for the rest of the test, in the current environment."""
        log = self.folder / "agent.log"
        log.unlink(missing_ok=True)
        is_running = lambda: "is running" in log.read_text()  # noqa: E731
        context = running("agent", [self.binary, "agent"], logs=self.folder, env=self.env, ready=is_running)
        self.running_agent = self._background.enter_context(context)
        return self.running_agent

    def end_background(self) -> None:
        """End all programs started for this test."""
        self._background.close()

    # What most tests begin with

    def use(self, sts_endpoint: str) -> None:
        """Use this STS from now on, for Daypass and for other clients."""
        self.env["AWS_ENDPOINT_URL_STS"] = sts_endpoint

    def add_identity(self, issuer: Issuer, *more: str, name: str = "work") -> None:
        """Add an OIDC identity for the issuer, with the issuer's user at the browser."""
        port = ["--redirect-port", str(issuer.redirect_port)] if issuer.redirect_port else []
        self("identity", "add", "oidc", name, "--issuer", issuer.url, "--client-id", issuer.client_id, *port, *more)
        self.env |= {"PERSON_USER": issuer.user, "PERSON_PASSWORD": issuer.password}

    def sign_in(self, issuer: Issuer, *roles: tuple[str, str], name: str = "work") -> None:
        """Add the identity and its (ARN, profile) roles, and sign in."""
        if self.with_agent and not self.running_agent:
            self.agent()
        self.add_identity(issuer, name=name)
        for arn, profile in roles:
            self("role", "add", arn, "--identity", name, "--profile", profile, "--region", "eu-central-1")
        self("identity", "login", name)

    def sign_in_with_saml(self, sandbox: Sandbox) -> None:
        """Add the sandbox's SAML provider as `corp`, and sign Sam in with an assertion of it."""
        self("identity", "add", "saml", "corp", "--start-url", sandbox.saml_start_url)
        person = f"username=sam&password={sandbox.issuer.password}".encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{sandbox.sts}/saml/assertion", person, timeout=30) as answer:
            self("identity", "login", "corp", "--assertion-file", "-", stdin=answer.read().decode())

    # What others see

    def session(self, profile: str, wrap: tuple[str, ...] = ()) -> dict | None:
        """A profile's session in `status --json`."""
        status = self("status", "--json", wrap=wrap).json
        sessions = status["sessions"] if isinstance(status, dict) else status
        return next((s for s in sessions if s["profile"] == profile), None)

    def visits(self) -> str:
        """What the person at the browser did."""
        return self.trace.read_text() if self.trace.exists() else ""

    def browser_opened(self) -> int:
        """How often a browser opened."""
        return self.visits().count("opens ")

    def aws(self, profile: str, *args: str, code: int = 0) -> str:
        """Run the real AWS CLI with a profile."""
        aws = Path(sys.executable).with_name("aws")
        argv = [aws, "--profile", profile, "--region", "eu-central-1", "--output", "text", *args]
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == code, f"aws {' '.join(args)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def caller(self, profile: str) -> str:
        """The ARN that the AWS CLI gets for a profile."""
        return self.aws(profile, "sts", "get-caller-identity", "--query", "Arn").strip()

    def boto3_caller(self, profile: str) -> str:
        """The ARN that boto3 gets for a profile, in a process with this machine's environment."""
        program = (
            "import boto3, sys; s = boto3.Session(profile_name=sys.argv[1], region_name='eu-central-1');"
            "print(s.client('sts').get_caller_identity()['Arn'])"
        )
        argv = [sys.executable, "-c", program, profile]
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def untouched(self) -> bool:
        """Whether the credentials file is unchanged, byte for byte."""
        return self.credentials.read_bytes() == OTHERS


def printed(process: subprocess.Popen[str]) -> dict:
    """The JSON object that a process prints before it goes on."""
    text = ""
    while line := process.stdout.readline():
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(f"it ended: {text}{process.stderr.read()}")
