"""The exchange with the command: role chains, terms and failover, at independent STS servers."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import boto3
import pytest

from peers.aws_front import aws_front
from peers.daypass import Daypass
from peers.oidc_provider import Issuer
from peers.sandbox import OTHER_ROLE, Sandbox
from peers.sts import Sts, policy

INVALID, NOT_FOUND, REFUSED = 2, 4, 5
MEMBER_ROOT = "arn:aws:iam::444455556666:root"
MANAGEMENT_ROOT = "arn:aws:iam::111122223333:root"


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass) -> None:
    """Each test runs with an agent and without. The outcome is the same."""
    daypass.with_agent = request.param == "agent"


def named(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def first_role(sts: Sts, issuer: Issuer) -> str:
    """A role that the issuer's tokens can assume, and that can assume others."""
    name = named("first")
    arn = sts.add_role(name, issuer)
    sts.client("iam").put_role_policy(
        RoleName=name, PolicyName="chain", PolicyDocument=policy(Action="sts:*", Resource="*")
    )
    return arn


def declare(daypass: Daypass, arn: str, **terms: object) -> None:
    """Declare a role of identity `work` in config.toml, by hand as a person would."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in ({"arn": arn, "identity": "work"} | terms).items()]
    with daypass.config.open("a") as file:
        file.write("\n[[role]]\n" + "\n".join(lines) + "\n")


@pytest.mark.usefixtures("both_ways")
def test_a_chain_of_three_roles(daypass: Daypass, oidc_provider: Issuer, any_sts: Sts):
    first = first_role(any_sts, oidc_provider)
    second = any_sts.add_assumable_role(named("second"), first, external_id="door-7")
    third = any_sts.add_assumable_role(named("third"), second)
    daypass.use(any_sts.endpoint)
    daypass.sign_in(oidc_provider, (first, "first"))
    declare(daypass, second, via=first, external_id="door-7", profile="second")
    declare(daypass, third, via=second, profile="third")

    daypass("start", "third")

    name = daypass.caller("third").rsplit("/", 1)[1]
    assert daypass.caller("third").endswith(f"assumed-role/{third.rsplit('/', 1)[1]}/{name}")
    assert name == daypass.boto3_caller("third").rsplit("/", 1)[1], "one person through the whole chain"
    session = daypass.session("third")
    assert session["via"] == [first, second]
    way = " via ".join(arn.split(":")[4] + "/" + arn.rsplit("/", 1)[1] for arn in (third, second, first))
    assert way in daypass("status").out and way in daypass("role", "list").out
    daypass("renew", "third")
    assert daypass.session("third")["renewals"] == 1
    assert third.rsplit("/", 1)[1] in daypass.caller("third")


def test_an_external_id_and_a_trust_policy_are_not_talked_round(daypass: Daypass, oidc_provider: Issuer, ministack: Sts):
    first = first_role(ministack, oidc_provider)
    guarded = ministack.add_assumable_role(named("guarded"), first, external_id="door-7")
    strangers = ministack.add_assumable_role(named("strangers"), "arn:aws:iam::111111111111:role/Nobody")
    beyond = ministack.add_assumable_role(named("beyond"), strangers)
    daypass.use(ministack.endpoint)
    daypass.sign_in(oidc_provider, (first, "first"))
    declare(daypass, guarded, via=first, external_id="door-8", profile="guarded")
    declare(daypass, strangers, via=first, profile="strangers")
    declare(daypass, beyond, via=strangers, profile="beyond")

    for profile, arn in [("guarded", guarded), ("strangers", strangers)]:
        refused = daypass("start", profile, code=REFUSED)
        assert "AccessDenied" in refused.err and arn in refused.err and "AssumeRole" in refused.err
        assert "trust the caller" in refused.err

    broken = daypass("start", "beyond", code=REFUSED)
    assert f"the chain breaks at {strangers}" in broken.err
    assert daypass.untouched()


def test_what_a_chain_cannot_have_is_told_before_the_call(daypass: Daypass, oidc_provider: Issuer, moto: Sts):
    first = first_role(moto, oidc_provider)
    second = moto.add_assumable_role(named("second"), first)
    daypass.use(moto.endpoint)
    daypass.sign_in(oidc_provider, (first, "first"))
    right = daypass.config.read_text()

    declare(daypass, second, via=first, duration="2h", profile="second")
    refused = daypass("start", "second", code=INVALID)
    assert "2h is too long" in refused.err and "lasts from 15m to 1h" in refused.err and "config.toml, line" in refused.err

    for terms, words in [
        ({"tags": {"aws:x": "y"}}, ["Tags.Key", "AWS reserves that prefix"]),
        ({"external_id": "a b"}, ["ExternalId", "' ' in it"]),
        ({"policy": "{"}, ["Policy of AssumeRole", "isn't JSON"]),
        ({"policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"] * 11}, ["PolicyArns", "10 are allowed"]),
        ({"task_policy": "S3UnlockBucketPolicy"}, ["task_policy", "AssumeRole doesn't have a parameter for it"]),
    ]:
        daypass.config.write_text(right)
        declare_inline(daypass, second, via=first, profile="second", **terms)
        refused = daypass("start", "second", code=INVALID)
        assert all(word in refused.err for word in words), refused.err
        assert second in refused.err or "of AssumeRole" in refused.err
    assert daypass.untouched()


def test_what_cannot_be_asked_for_is_not_declared(daypass: Daypass, tmp_path: Path):
    role, first = "arn:aws:iam::123456789012:role/team/Job", "arn:aws:iam::123456789012:role/First"
    daypass("identity", "add", "saml", "corp", "--start-url", "https://login.example.com/aws")
    daypass("identity", "add", "profile", "cli", "--profile", "legacy")
    daypass("role", "add", first, "--identity", "cli", "--via", role)
    right = daypass.config.read_text()
    policy = tmp_path / "policy.json"
    policy.write_text("no JSON")
    for identity, terms, words in [
        ("cli", ["--policy-file", str(policy)], ["Policy of AssumeRole isn't JSON"]),
        ("cli", ["--external-id", "x"], ["ExternalId", "2 to 1224 characters"]),
        ("cli", ["--duration", "13h"], ["13h is too long", "12h"]),
        ("cli", ["--via", first], ["forms a loop", f"{first} via {role}"]),
        ("cli", ["--task-policy", "S3UnlockBucketPolicy"], ["AssumeRole doesn't have a parameter for it"]),
        ("cli", ["--tag", "Team=a", "--tag", "Team=b"], ["--tag Team", "twice"]),
        ("cli", ["--provided-context", "arn:aws:iam::aws:contextProvider/IdentityCenter=abc"], ["ContextAssertion", "4 to 2048"]),
        ("cli", ["--minimum-session-token-size", "4097"], ["MinimumSessionTokenSize", "4096 bytes"]),
        ("cli", ["--region", "us-gov-west-1"], ["us-gov-west-1 is in partition aws-us-gov", "in aws"]),
        ("cli", ["--via", "arn:aws-cn:iam::123456789012:role/X"], ["another partition"]),
        ("corp", ["--tag", "team=blue"], ["AssumeRoleWithSAML doesn't have a parameter for it"]),
    ]:
        refused = daypass("role", "add", role, "--identity", identity, *terms, code=INVALID)
        assert all(word in refused.err for word in words), refused.err
        assert "config.toml, line" not in refused.err, "it is not in the file"
    # The existing declaration stays as it is.
    refused = daypass("role", "add", first, "--identity", "cli", code=REFUSED)
    assert "is already declared for identity cli" in refused.err
    assert daypass.config.read_text() == right


def declare_inline(daypass: Daypass, arn: str, **terms: object) -> None:
    """Like `declare`, with inline tables."""
    tags = terms.pop("tags", None)
    declare(daypass, arn, **terms)
    if tags:
        with daypass.config.open("a") as file:
            file.write("tags = { " + ", ".join(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in tags.items()) + " }\n")


def test_a_duration_over_the_roles_own_maximum(daypass: Daypass, sandbox: Sandbox):
    """Only AWS knows this limit. Before the call, Daypass checks only the limit of twelve hours."""
    deploy = "arn:aws:iam::111122223333:role/Deploy"
    daypass.sign_in(sandbox.issuer, (OTHER_ROLE, "management"))
    declare(daypass, deploy, duration="4h", profile="deploy")
    refused = daypass("start", "deploy", code=REFUSED)
    assert "ValidationError" in refused.err and "MaxSessionDuration" in refused.err and deploy in refused.err
    assert "ask for a shorter duration" in refused.err
    assert daypass.untouched()


@pytest.mark.usefixtures("both_ways")
def test_another_region_answers_for_one_that_is_away(daypass: Daypass, oidc_provider: Issuer, moto: Sts, tmp_path: Path):
    role = first_role(moto, oidc_provider)
    here, there = "sts.eu-central-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"
    daypass.config.write_text('[settings]\nfallback_regions = ["eu-west-1"]\n' + daypass.config.read_text())
    with aws_front(tmp_path, moto, here, there) as front:
        daypass.env |= front.env
        front.away.add(here)
        daypass.sign_in(oidc_provider, (role, "dev"))
        started = daypass("start", "dev")
        assert "STS in eu-west-1 answered" in started.err
        assert "STS in eu-west-1 answered" in daypass("status").err

        session = daypass.session("dev")
        assert (session["region"], session["stsRegion"]) == ("eu-central-1", "eu-west-1")
        # (An agent also asks what the account is called.)
        asked = [host for host in front.asked if host.startswith("sts.")]
        assert asked[0] == here and asked[-1] == there
        line = json.loads((daypass.home / "audit.jsonl").read_text().splitlines()[-1])
        assert (line["event"], line["region"]) == ("started", "eu-west-1")

        front.away.clear()
        assert "answered" not in daypass("renew", "dev").err
        assert daypass.session("dev")["stsRegion"] is None
        assert [host for host in front.asked if host.startswith("sts.")][-1] == here

        front.away |= {here, there}
        away = daypass("renew", "dev", code=None)
        assert away.code != 0
        assert here in away.err and there in away.err, "all that were asked are named"
        assert daypass.session("dev")["state"] == "active"


def test_a_region_that_is_switched_off(daypass: Daypass, oidc_provider: Issuer, moto: Sts, tmp_path: Path):
    role = first_role(moto, oidc_provider)
    here, there = "sts.eu-central-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"
    with aws_front(tmp_path, moto, here, there) as front:
        daypass.env |= front.env
        front.off.add(here)
        daypass.sign_in(oidc_provider, (role, "dev"))
        refused = daypass("start", "dev", code=REFUSED)
        assert "RegionDisabledException" in refused.err and "request id: region-off" in refused.err
        assert "switched off in this region" in refused.err and "code: sts-region-disabled" in refused.err
        assert there not in front.asked

        daypass.config.write_text('[settings]\nfallback_regions = ["eu-west-1"]\n' + daypass.config.read_text())
        daypass("start", "dev")
        assert daypass.session("dev")["stsRegion"] == "eu-west-1"


SOUTH = "eu-south-1"
"""A region that each account has to enable."""


def add_robot(daypass: Daypass, sandbox: Sandbox, *more: str) -> dict:
    """A user of the sandbox as an identity."""
    robot = next(user for user in sandbox.users if not user.get("mfa_serial"))
    key = f"{robot['access_key_id']}\n{robot['secret_access_key']}\n"
    daypass("identity", "add", "iam-user", "robot", *more, stdin=key)
    return robot


def refusals(sandbox: Sandbox) -> int:
    """How often STS didn't know a key."""
    return sum(entry["outcome"] == "InvalidClientTokenId" for entry in sandbox.seen())


@pytest.mark.parametrize("with_agent", [True, False], ids=["agent", "no agent"])
def test_a_role_in_a_region_that_the_callers_account_has_not_enabled(daypass: Daypass, sandbox: Sandbox, with_agent: bool):
    if with_agent:
        daypass.agent()
    add_robot(daypass, sandbox, "--region", SOUTH)
    daypass("identity", "login", "robot")
    daypass("role", "add", OTHER_ROLE, "--identity", "robot", "--profile", "south", "--region", SOUTH)
    started = daypass("start", "south")
    assert "STS in us-east-1 answered" in started.err and refusals(sandbox) > 0
    session = daypass.session("south")
    assert (session["region"], session["stsRegion"]) == (SOUTH, "us-east-1"), "tools get the role's region"
    assert ":assumed-role/ReadOnly/" in daypass.caller("south")

    # The region of the settings comes before the partition's.
    daypass.config.write_text('[settings]\nregion = "eu-west-3"\n' + daypass.config.read_text())
    daypass("renew", "south")
    assert daypass.session("south")["stsRegion"] == "eu-west-3"

    # With a region for STS, the first request is right.
    daypass.config.write_text(daypass.config.read_text().replace("[settings]\n", '[settings]\nsts = { region = "eu-west-1" }\n'))
    before = refusals(sandbox)
    daypass("renew", "south")
    session = daypass.session("south")
    assert (session["region"], session["stsRegion"], refusals(sandbox)) == (SOUTH, None, before)

    # In an account that has the region, it is the first to be asked.
    daypass.config.write_text(daypass.config.read_text().replace('sts = { region = "eu-west-1" }\n', ""))
    sandbox.turn(enabled_regions=[SOUTH])
    daypass("renew", "south")
    assert (daypass.session("south")["stsRegion"], refusals(sandbox)) == (None, before)
    # The account of the role may lack it too.
    sandbox.turn(enabled_regions=[f"111122223333/{SOUTH}"])
    declare(daypass, "arn:aws:iam::444455556666:role/Developer", identity="robot", profile="other", region=SOUTH)
    daypass("start", "other")
    assert daypass.session("other")["stsRegion"] == "eu-west-3"


def test_a_key_is_called_wrong_only_by_a_region_that_would_know_it(daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
    robot = add_robot(daypass, sandbox, "--region", SOUTH)
    daypass("role", "add", OTHER_ROLE, "--identity", "robot", "--profile", "south", "--region", SOUTH)
    sts = boto3.client(
        "iam", endpoint_url=sandbox.sts, region_name="us-east-1",
        aws_access_key_id=robot["access_key_id"], aws_secret_access_key=robot["secret_access_key"],
    )  # fmt: skip
    sts.delete_access_key(AccessKeyId=robot["access_key_id"])
    refused = daypass("start", "south", code=REFUSED)
    assert "code: iam-user-key-unknown" in refused.err
    assert [entry["outcome"] for entry in sandbox.seen()][-2:] == ["InvalidClientTokenId"] * 2, "both regions were asked"


def test_whose_key_is_this(daypass: Daypass, oidc_provider: Issuer, moto: Sts):
    role = first_role(moto, oidc_provider)
    key = moto.add_user(named("ann"))
    daypass.use(moto.endpoint)
    daypass.sign_in(oidc_provider, (role, "dev"))
    daypass("start", "dev")
    assert daypass("whose-key", key.id).out.strip() == moto.account
    wrong = daypass("whose-key", "AKIA", code=INVALID)
    assert "AccessKeyId of GetAccessKeyInfo has 4 characters: AWS allows 16 to 128" in wrong.err


@pytest.mark.usefixtures("both_ways")
def test_the_root_of_a_member_account_for_one_task(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (OTHER_ROLE, "management"))
    declare(daypass, MEMBER_ROOT, via=OTHER_ROLE, task_policy="IAMAuditRootUserCredentials", profile="member")
    daypass("start", "member")
    assert daypass.caller("member") == MEMBER_ROOT
    session = daypass.session("member")
    assert session["via"] == [OTHER_ROLE]
    before = len(sandbox.seen())
    refused = daypass("console", "member", "--print", code=REFUSED)
    assert "AssumeRoot" in refused.err and MEMBER_ROOT in refused.err and "AWS CLI" in refused.err
    assert len(sandbox.seen()) == before, "no request was sent"


def test_a_session_stays_in_its_partition(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (OTHER_ROLE, "management"))
    daypass("start", "management")
    before = len(sandbox.seen())
    refused = daypass("console", "management", "--print", "--region", "cn-north-1", code=INVALID)
    assert "cn-north-1 isn't in the role's partition aws" in refused.err
    assert len(sandbox.seen()) == before, "its credentials went nowhere"


def test_an_unknown_role_may_be_one_of_a_sign_in(daypass: Daypass, sandbox: Sandbox):
    daypass("identity", "add", "saml", "corp", "--start-url", sandbox.saml_start_url)
    unknown = daypass("start", "111122223333/Admin", code=NOT_FOUND)
    assert "you aren't signed in to corp" in unknown.err and "code: unknown-role" in unknown.err
    for_programs = daypass("start", "111122223333/Admin", "--json", code=NOT_FOUND)
    problem = json.loads(for_programs.err)
    assert (problem["code"], problem["kind"], for_programs.out) == ("unknown-role", "not-found", "")


def test_a_root_session_is_for_a_task_that_is_named(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (OTHER_ROLE, "management"))
    declare(daypass, MEMBER_ROOT, via=OTHER_ROLE, task_policy="AdministratorAccess", profile="member")
    refused = daypass("start", "member", code=INVALID)
    assert "AssumeRoot" in refused.err and "S3UnlockBucketPolicy" in refused.err
    read_only = daypass("start", "member", "--read-only", code=INVALID)
    assert "read_only" in read_only.err and "AssumeRoot doesn't have a parameter for it" in read_only.err


def test_why_was_i_denied(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(encode_denials=True)
    daypass.sign_in(sandbox.issuer, (OTHER_ROLE, "management"))
    task = "IAMAuditRootUserCredentials"
    declare(daypass, MANAGEMENT_ROOT, via=OTHER_ROLE, task_policy=task, profile="own")
    daypass("start", "management")
    denied = daypass("start", "own", code=REFUSED)
    assert "AccessDenied" in denied.err and "centralized root access" in denied.err

    # Pasted with all the text around it.
    read = daypass("why", stdin=denied.err).out
    assert "Not allowed. No policy statement allows it" in read
    assert "sts:AssumeRoot" in read and MANAGEMENT_ROOT in read and f"root-task/{task}" in read
    tree = daypass("why", "--json", stdin=denied.err).json
    assert (tree["verdict"], tree["action"]) == ("not-allowed", "sts:AssumeRoot")
    # Broken into lines, as on a terminal with 80 columns.
    assert daypass("why", stdin=re.sub(r"(.{80})", r"\1\n", denied.err)).out == read

    for text in ("not-a-message", "An error occurred (AccessDenied) when calling ListBuckets: Access Denied"):
        assert "an encoded authorization message" in daypass("why", text, code=INVALID).err
    unreadable = daypass("why", "not-a-message" * 6, code=REFUSED)
    assert "InvalidAuthorizationMessage" in unreadable.err and "whole encoded message" in unreadable.err
