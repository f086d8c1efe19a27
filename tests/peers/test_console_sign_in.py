"""The sandbox's console sign-in, judged by other people's clients: botocore's own login provider refreshes there, and the
AWS CLI's `aws login` signs in where there is one. A plain client shows how strict it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peers.console import CROSS_DEVICE, PERSON, ConsoleClient, encode
from peers.sandbox import Sandbox
from peers.sandbox import sandbox as run_sandbox

KIM = "arn:aws:iam::111122223333:user/kim"
MAYA = "arn:aws:sts::111122223333:assumed-role/ReadOnly/maya"
ROOT = "arn:aws:iam::111122223333:root"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    """For tests that turn no knob."""
    with run_sandbox(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path):
    with run_sandbox(tmp_path) as running:
        yield running


def signed_in(sandbox: Sandbox, arn: str = KIM) -> tuple[ConsoleClient, dict]:
    client = ConsoleClient(sandbox.signin)
    status, tokens = client.redeem(client.sign_in(arn, sandbox.issuer.password))
    assert status == 200, tokens
    return client, tokens


class Botocore:
    """boto3 with a profile of `aws login`, in a process of its own."""

    PROGRAM = (
        "import boto3, sys; s = boto3.Session(profile_name='console'); c = s.get_credentials();"
        "print(s.client('sts').get_caller_identity()['Arn'], c.method, c.get_frozen_credentials().access_key)"
    )

    def __init__(self, sandbox: Sandbox, folder: Path, client: ConsoleClient, arn: str, tokens: dict):
        self.config = folder / "config"
        self.config.write_text(f"[profile console]\nlogin_session = {arn}\nregion = eu-central-1\n")
        self.cache = client.keep_for_botocore(folder / "cache", arn, tokens, expired=True)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | sandbox.env | {
            "AWS_CONFIG_FILE": str(self.config),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            "AWS_LOGIN_CACHE_DIRECTORY": str(self.cache.parent),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-c", self.PROGRAM]
        return subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=60)

    def kept(self) -> dict:
        return json.loads(self.cache.read_text())

    def expire(self) -> None:
        kept = self.kept()
        kept["accessToken"]["expiresAt"] = "2020-01-01T00:00:00Z"
        self.cache.write_text(json.dumps(kept))


@pytest.mark.parametrize("arn", [KIM, MAYA, ROOT])
def test_botocores_login_provider_refreshes_and_uses_what_it_gets(shared: Sandbox, tmp_path: Path, arn: str):
    client, tokens = signed_in(shared, arn)
    botocore = Botocore(shared, tmp_path, client, arn, tokens)
    before = tokens
    for _ in range(2):
        done = botocore.run()
        assert done.returncode == 0, done.stderr
        caller, method, key = done.stdout.split()
        assert (caller, method) == (arn, "login")
        kept = botocore.kept()
        assert kept["accessToken"]["accessKeyId"] == key != before["accessToken"]["accessKeyId"]
        assert kept["refreshToken"] != before["refreshToken"], "it rotates"
        before = kept
        botocore.expire()


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ("token-expired", "LoginRefreshRequired"),
        ("user-credentials-changed", "LoginRefreshRequired"),
        ("insufficient-permissions", "LoginInsufficientPermissions"),
        ("invalid-request", "ValidationException"),
        ("server-error", "InternalServerException"),
    ],
)
def test_botocore_tells_the_refusals_apart(own: Sandbox, tmp_path: Path, refusal: str, error: str):
    client, tokens = signed_in(own)
    botocore = Botocore(own, tmp_path, client, KIM, tokens)
    own.turn(console_refusal=refusal)
    done = botocore.run()
    assert done.returncode != 0 and error in done.stderr, done.stderr


def test_a_refresh_token_is_bound_to_its_key_its_client_and_its_time(own: Sandbox):
    client, tokens = signed_in(own)
    thief = ConsoleClient(own.signin)
    assert thief.refresh(tokens["refreshToken"])[1]["error"] == "INVALID_REQUEST"
    assert client.refresh(tokens["refreshToken"], clientId=CROSS_DEVICE)[1]["error"] == "INVALID_REQUEST"
    status, again = client.refresh(tokens["refreshToken"])
    assert status == 200 and "idToken" not in again and again["tokenType"] == "aws_sigv4"
    assert client.refresh(tokens["refreshToken"])[0] == 200, "an answer that got lost can be had again"
    own.turn(skew_seconds=120)
    late = {"proof": client.proof(iat=int(time.time()) + 120)}
    body = {"clientId": "arn:aws:signin:::devtools/same-device", "grantType": "refresh_token"}
    status, spent = client.token(body | {"refreshToken": tokens["refreshToken"]}, **late)
    assert (status, spent["error"]) == (400, "INVALID_REQUEST")
    own.turn(skew_seconds=43_300)
    proof = client.proof(iat=int(time.time()) + 43_300)
    status, over = client.token(body | {"refreshToken": again["refreshToken"]}, proof)
    assert (status, over["error"]) == (401, "TOKEN_EXPIRED")


def test_a_proof_is_for_one_request_near_its_time(shared: Sandbox):
    client, tokens = signed_in(shared)
    body = {"clientId": "arn:aws:signin:::devtools/same-device", "grantType": "refresh_token"}
    body["refreshToken"] = tokens["refreshToken"]
    other = ConsoleClient(shared.signin)
    good = client.proof()
    header, claims, signature = good.split(".")
    private = {"jwk": {"kty": "EC", "crv": "P-256", "x": "", "y": "", "d": "AA"}}
    for wrong in [
        "",
        "x",
        client.proof(htm="GET"),
        client.proof(htu="https://eu-central-1.signin.aws.amazon.com/v1/token"),
        client.proof(htu=f"{client.base}/token?x=1"),
        client.proof(iat=int(time.time()) - 300),
        client.proof(iat=int(time.time()) + 300),
        client.proof(jti=""),
        client.proof({"typ": "JWT"}),
        client.proof({"alg": "none"}),
        client.proof(private),
        other.proof(),
        f"{header}.{claims}.{encode(bytes(64))}",
        f"{header}.{claims}.",
        f"{other.proof().split('.')[0]}.{claims}.{signature}",
    ]:
        status, refused = client.token(body, wrong)
        assert (status, refused["error"]) == (400, "INVALID_REQUEST"), wrong
    assert client.token(body, good)[0] == 200
    assert client.token(body, good)[1]["error"] == "INVALID_REQUEST", "a proof works once"


def test_a_code_is_for_one_client_and_one_request(shared: Sandbox):
    password = shared.issuer.password
    for wrong in [
        {"codeVerifier": "x" * 43},
        {"codeVerifier": "short"},
        {"codeVerifier": None},
        {"redirectUri": "http://127.0.0.1:1/oauth/callback"},
        {"redirectUri": None},
        {"clientId": CROSS_DEVICE},
        {"clientId": "me"},
        {"code": "made-up"},
        {"grantType": "password"},
        {"extra": "x"},
    ]:
        client = ConsoleClient(shared.signin)
        status, refused = client.redeem(client.sign_in(KIM, password), **wrong)
        assert (status, refused["error"]) == (400, "INVALID_REQUEST"), wrong
    client = ConsoleClient(shared.signin)
    answer = client.sign_in(KIM, password)
    assert client.redeem(answer)[0] == 200
    assert client.redeem(answer)[1]["error"] == "INVALID_REQUEST", "a code works once"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "x"}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"client_id": "me"}, None),
        ({"redirect_uri": "http://127.0.0.1:1/callback"}, None),
        ({"redirect_uri": "https://evil.example/oauth/callback"}, None),
        ({"client_id": CROSS_DEVICE}, None),
    ],
)
def test_a_wrong_authorization_request_gets_no_code(shared: Sandbox, changes: dict, error: str | None):
    answer = ConsoleClient(shared.signin).sign_in(KIM, shared.issuer.password, **changes)
    assert "code" not in answer and answer.get("error") == error


def newest_aws_cli() -> list[str] | None:
    """An AWS CLI with `aws login`: that of AWS_CLI_2, or the first in PATH."""
    command = os.environ.get("AWS_CLI_2", shutil.which("aws", path=os.defpath + ":/usr/local/bin") or "").split()
    if not command:
        return None
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=60).stdout
    found = re.match(r"aws-cli/(\d+)\.(\d+)", version)
    return command if found and (int(found[1]), int(found[2])) >= (2, 32) else None


@pytest.mark.parametrize("remote", [False, True], ids=["same device", "another device"])
def test_the_aws_clis_own_login_signs_in(shared: Sandbox, tmp_path: Path, remote: bool):
    command = newest_aws_cli()
    if not command:
        pytest.skip("no AWS CLI 2.32 or later, in AWS_CLI_2 or in PATH")
    trace = tmp_path / "person.log"
    env = os.environ | shared.env | {
        "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_LOGIN_CACHE_DIRECTORY": str(tmp_path / "cache"), "AWS_EC2_METADATA_DISABLED": "true",
        "BROWSER": f"{sys.executable} {PERSON} %s &", "PERSON_TRACE": str(trace),
        "PERSON_USER": KIM, "PERSON_PASSWORD": shared.issuer.password,
    }  # fmt: skip
    argv = [*command, "login", "--profile", "console", "--region", "eu-central-1"]
    login = subprocess.Popen(
        argv + ["--remote"] * remote, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    shown = ""
    if remote:
        while not (found := re.search(r"http://\S+authorize\?\S+", shown)):
            line = login.stdout.readline()
            assert line, shown
            shown += line
        subprocess.run([sys.executable, PERSON, found[0]], env=env, timeout=60)
        shown += login.communicate(code_shown(trace) + "\n", timeout=60)[0]
    else:
        shown += login.communicate(timeout=60)[0]
    assert login.returncode == 0, f"{shown}\n{trace.read_text()}"
    whoami = [*command, "sts", "get-caller-identity", "--profile", "console", "--query", "Arn", "--output", "text"]
    done = subprocess.run([*whoami, "--region", "eu-central-1"], env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == KIM, done.stderr


def code_shown(trace: Path) -> str:
    """The code on the last page that the person saw."""
    return re.search(r"Copy this code into the program (\S+)", trace.read_text())[1]
