"""The SDKs and the AWS CLI, which find credentials by themselves. Each prints whose, or which access key it found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .process import PATIENCE

HERE = Path(__file__).parent
WHO = ("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
BOTO3 = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
CRT = """
from awscrt import auth, io
chain = auth.AwsCredentialsProvider.new_default_chain(io.ClientBootstrap.get_or_create_static_default())
print(chain.get_credentials().result(60).access_key_id)
"""
GO_PATH = Path("/usr/share/gocode")
"""Where Debian has Go's libraries."""


@dataclass(frozen=True)
class Reader:
    """A program that reads credentials as an SDK does."""

    name: str
    argv: Callable[[Path], Sequence[str | Path] | str]
    """Its command line, built in a folder if need be; or why it isn't here."""
    lacks: tuple[str, ...] = ()
    """The ways that this version doesn't know."""

    def command(self, folder: Path) -> Sequence[str | Path] | str:
        """Its command line, or why it isn't here."""
        return self.argv(folder)


def run(argv: Sequence[str | Path], env: Mapping[str, str], wrap: Sequence[str] = ()) -> str:
    """What it prints, without the line's end. What it says on failure is in the error."""
    done = subprocess.run([*wrap, *argv], env=dict(env), capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def _cli_2(_: Path) -> Sequence[str | Path] | str:
    aws = shutil.which("aws", path="/usr/bin:/usr/local/bin")
    version = aws and subprocess.run([aws, "--version"], capture_output=True, text=True).stdout
    if not version or not version.startswith("aws-cli/2"):
        return "AWS CLI 2 isn't installed (apt-get install awscli)"
    # Debian's is of 2022 and can't be told where STS is.
    return [aws, "configure", "export-credentials"]


@cache
def _built_go(folder: Path) -> Sequence[str | Path] | str:
    if not shutil.which("go") or not (GO_PATH / "src/github.com/aws/aws-sdk-go-v2").exists():
        return "Go or its SDK isn't installed (apt-get install golang-go golang-github-aws-aws-sdk-go-v2-dev)"
    program = folder / "reader"
    env = {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOCACHE": str(folder / "cache"), "PATH": "/usr/bin:/bin"}
    subprocess.run(["go", "build", "-o", program, HERE / "reader.go"], env=env, check=True, capture_output=True)
    return [program]


READERS = [
    Reader("boto3", lambda _: [sys.executable, "-c", BOTO3]),
    Reader("AWS CLI 1", lambda _: [Path(sys.executable).with_name("aws"), *WHO]),
    # Debian's is of 2022, when it had no file for the token.
    Reader("AWS CLI 2", _cli_2, lacks=("token file",)),
    Reader("JavaScript", lambda _: ["node", HERE / "node/credentials.mjs"]),
    # So is Debian's SDK for Go.
    Reader("Go", _built_go, lacks=("token file",)),
    # It asks the metadata service at its own address only.
    Reader("C runtime", lambda _: [sys.executable, "-c", CRT], lacks=("imds",)),
]
