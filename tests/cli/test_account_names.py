"""Accounts with names, and roles that are reached by them, with the command at the sandbox."""

from __future__ import annotations

import json
import urllib.request
import uuid

import pytest

from peers.daypass import Daypass
from peers.process import wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.sts import Sts

INVALID, NOT_FOUND = 2, 4
PRODUCTION, STAGING = "111122223333", "444455556666"


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Sandbox:
    """A sandbox, with an agent and without. The outcome is the same."""
    if request.param == "agent":
        daypass.agent()
    return sandbox


@pytest.fixture
def center(daypass: Daypass, both_ways: Sandbox) -> Daypass:
    """Signed in at IAM Identity Center, whose list has the names of accounts."""
    sandbox = both_ways
    daypass("identity", "add", "identity-center", "work", "--start-url", sandbox.start_url, "--region", "eu-central-1")
    daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    daypass("identity", "login", "work")
    return daypass


@pytest.fixture
def declared(daypass: Daypass, both_ways: Sandbox) -> Daypass:
    """Two declared roles, and a sign-in that tells nothing of accounts."""
    daypass.add_identity(both_ways.issuer)
    for arn in (ROLE, OTHER_ROLE):
        daypass("role", "add", arn, "--identity", "work")
    daypass("identity", "login", "work")
    return daypass


def runs(err: str) -> list[str]:
    """The commands that a problem suggests."""
    return [line.split(": ", 1)[1] for line in err.splitlines() if line.strip().startswith(("run: ", "or: "))]


class TestRolesByName:
    @pytest.mark.parametrize(
        "name", ["Shop – production/ReadOnly", "shop-production/ReadOnly", "prod/read", "ReadOnly", "3333/ReadOnly"]
    )
    def test_start_and_say_which_role_was_meant(self, center: Daypass, name: str):
        started = center("start", name)
        assert "Started Shop – production/ReadOnly (111122223333) with work as profile" in started.out
        is_whole = name not in ("prod/read", "3333/ReadOnly")
        assert ("In a script, write shop-production/ReadOnly" in started.err) != is_whole
        assert center.session(f"{PRODUCTION}-ReadOnly")["accountName"] == "Shop – production"
        assert "Shop – production/ReadOnly (111122223333)" in center("status").out

    def test_are_taken_by_every_command(self, center: Daypass):
        arn = center("exec", "staging/dev", "--", "aws", "sts", "get-caller-identity", "--query", "Arn")
        assert f"{STAGING}:assumed-role/AWSReservedSSO_Developer_" in arn.out
        assert "staging/dev means Shop – staging/Developer (444455556666) here" in arn.err
        console = center("console", "Shop – staging/Developer", "--print", "--json").json
        assert console["arn"].endswith("/Developer") and STAGING in console["arn"]
        assert "export AWS_ACCESS_KEY_ID" in center("env", "shop-staging/Developer").out
        assert len(center("status", "--json").json["sessions"]) == 1

    def test_that_several_have_list_the_command_for_each(self, center: Daypass):
        refused = center("exec", "Deploy", "--region", "eu-west-1", "--", "true", code=INVALID)
        assert "ambiguous-role" in refused.err and '"Deploy" means 2 roles' in refused.err
        assert "arn:" not in refused.err
        commands = runs(refused.err)
        assert commands == [
            f"daypass exec shop-{place}/Deploy --region eu-west-1 -- true" for place in ("production", "staging")
        ]
        center(*commands[1].split()[1:])
        told = json.loads(center("start", "Deploy", "--json", code=INVALID).err)
        assert told["next"]["roles"] == ["shop-production/Deploy", "shop-staging/Deploy"]

    def test_that_are_mistyped_list_what_is_near(self, center: Daypass):
        for typed, expected in {
            "shop-staging/Develpoer": ["daypass start shop-staging/Developer"],
            "Analsyt": ["daypass start data-lake/Analyst"],
        }.items():
            refused = center("start", typed, code=NOT_FOUND)
            assert "unknown-role" in refused.err and runs(refused.err) == expected
        # A profile that was mistyped too: no sign-in would help.
        refused = center("env", "Analsyt", code=NOT_FOUND)
        assert "unknown-session" in refused.err and runs(refused.err) == ["daypass env data-lake/Analyst"]
        refused = center("start", "nothing-like-it", code=NOT_FOUND)
        assert runs(refused.err) == ["daypass role list"]

    def test_are_not_for_programs(self, center: Daypass):
        for name in ("ReadOnly", "shop-production/ReadOnly", "prod/read"):
            assert "unknown-session" in center("credential-process", "--profile", name, code=NOT_FOUND).err
        assert "unknown-role" in center("start", "--profile", "read", code=NOT_FOUND).err

    def test_of_a_part_remove_nothing(self, declared: Daypass):
        declared("account", "set", STAGING, "--alias", "stag")
        before = declared.config.read_text()
        refused = declared("role", "remove", "stag/dev", code=NOT_FOUND)
        assert "unknown-role" in refused.err and runs(refused.err) == ["daypass role remove stag/Developer"]
        assert declared.config.read_text() == before
        declared("role", "remove", "stag/Developer")
        assert ROLE not in declared.config.read_text()

    def test_are_listed_with_what_to_type_and_narrowed_by_words(self, center: Daypass):
        listed = center("role", "list").out
        row = next(line for line in listed.splitlines() if line.startswith("shop-production/ReadOnly"))
        assert "Shop – production (111122223333)" in row and row.endswith("set by AWS")
        narrowed = center("role", "list", "staging", "dep").out.splitlines()
        assert [line.split()[0] for line in narrowed] == ["ROLE", "shop-staging/Deploy"]
        assert [role["name"] for role in center("role", "list", "prod/readonly", "--json").json] == ["ReadOnly"]
        assert "No role matches nothing" in center("role", "list", "nothing").err

    def test_that_only_a_sign_in_lists_name_who_can_list_them(self, center: Daypass, both_ways: Sandbox):
        center.add_identity(both_ways.issuer, name="none")
        center("identity", "logout", "work")
        refused = center("start", "shop-production/ReadOnly", code=NOT_FOUND)
        assert "aren't signed in to work, and" in refused.err, "no sign-in to the other one lists roles"


class TestAccounts:
    def test_are_named_in_the_config(self, declared: Daypass):
        declared.config.write_text(f"{declared.config.read_text()}\n[account.{STAGING}] # ours\nregion = 'eu-north-1' # cold\n")
        told = declared(
            "account", "set", STAGING, "--name", "Shop staging", "--alias", "stag", "--colour", "green", "--production"
        )
        assert told.out.strip() == f"Account {STAGING}: Shop staging, alias stag, green, production, region eu-north-1"
        text = declared.config.read_text()
        assert f"[account.{STAGING}] # ours\nregion = 'eu-north-1' # cold\n" in text and 'alias = "stag"' in text

        assert "Started Shop staging/Developer (444455556666) [production] (read-only) with work" in declared("start", "stag/dev").out
        session = declared.session(f"{STAGING}-Developer")
        assert (session["accountAlias"], session["accountColour"], session["production"]) == ("stag", "green", True)
        assert "Shop staging (444455556666), production" in declared("role", "list").out
        row = next(line for line in declared("account", "list").out.splitlines() if line.startswith(STAGING))
        assert row.split("  ") and "stag" in row and "green" in row and "yes" in row

        declared("account", "set", "stag", "--production=false")
        declared("account", "unset", "Shop staging", "--colour", "--name")
        listed = {account["id"]: account for account in declared("account", "list", "--json").json}
        assert listed[STAGING]["name"] is None and not listed[STAGING]["production"] and listed[STAGING]["alias"] == "stag"
        declared("account", "unset", "stag")
        assert STAGING not in declared.config.read_text().replace(ROLE, "")

    def test_with_a_mistake_are_refused_with_its_place(self, declared: Daypass):
        before = declared.config.read_text()
        declared("account", "set", STAGING, "--alias", "shop")
        for args, words in {
            ("account", "set", PRODUCTION, "--alias", "SHOP"): f"account {STAGING} has this alias already",
            ("account", "set", PRODUCTION, "--alias", "a b"): "account alias",
            ("account", "set", PRODUCTION, "--colour", "grey"): "one of blue, turquoise",
            ("account", "set", PRODUCTION): "--name",
        }.items():
            refused = declared(*args, code=INVALID)
            assert words in refused.err, refused.err
        assert "unknown-account" in declared("account", "set", "nope", "--alias", "x", code=NOT_FOUND).err
        for table, words in {
            f"[account.{PRODUCTION}]\nalias = 'Shop'\n": "alias",
            f"[account.{PRODUCTION}]\ncolour = 'grey'\n": "grey",
            f"[account.{PRODUCTION}]\nproduction = 'yes'\n": "boolean",
            f"[account.{PRODUCTION}]\nname = ''\n": "account name",
        }.items():
            declared.config.write_text(f"{before}[account.{STAGING}]\nalias = 'shop'\n{table}")
            line = declared.config.read_text().count("\n")
            refused = declared("role", "list", code=INVALID)
            assert "config-mistake" in refused.err and f"line {line}" in refused.err and words in refused.err

    def test_of_the_person_come_before_those_of_aws(self, center: Daypass):
        assert "Shop – production" in center("account", "list").out
        center("account", "set", PRODUCTION, "--name", "Mine", "--alias", "prod")
        listed = center("account", "list").out
        assert "Mine" in listed and "Shop – production" not in listed
        # Another account's name has it as a part, and an alias is whole.
        center("account", "set", STAGING, "--name", "prod staging")
        assert "Started Mine/Deploy" in center("start", "prod/Deploy").out


ALL = ("IAM", "ACCOUNT", "ORGANIZATIONS")


def at_sandbox(daypass: Daypass, sandbox: Sandbox, *services: str) -> Daypass:
    """An agent whose AWS has these services too, with the roles of Maya's token."""
    daypass.env |= {f"AWS_ENDPOINT_URL_{service}": sandbox.sts for service in services}
    daypass.agent()
    daypass.add_identity(sandbox.issuer, "--roles-claim", "https://aws.amazon.com/roles")
    daypass("identity", "login", "work")
    return daypass


def names(daypass: Daypass) -> dict[str, tuple[str | None, str | None]]:
    """Name and alias of each account that has one."""
    listed = daypass("account", "list", "--json").json
    return {one["id"]: (one["name"], one["alias"]) for one in listed if one["name"] or one["alias"]}


def asked(sandbox: Sandbox) -> list[str]:
    """What was asked for names, with the outcome."""
    operations = ("GetAccountInformation", "ListAccountAliases", "DescribeOrganization", "ListAccounts", "choose-role")
    return [f"{one['action']}: {one['outcome']}" for one in sandbox.seen() if one["action"] in operations]


class TestNamesFromAws:
    def test_are_learned_from_a_session_that_may_ask(self, daypass: Daypass, sandbox: Sandbox):
        at_sandbox(daypass, sandbox, *ALL)
        assert names(daypass) == {}
        daypass("start", f"{STAGING}/Admin")
        wait_until(lambda: names(daypass), what="the account's name")
        assert names(daypass) == {STAGING: ("Shop – staging", "shop-staging")}
        assert asked(sandbox) == [f"{it}: ok" for it in ("GetAccountInformation", "ListAccountAliases", "DescribeOrganization")]
        assert daypass.session(f"{STAGING}-Admin")["accountAlias"] == "shop-staging"
        daypass("start", "shop-staging/Developer")
        daypass("renew", f"{STAGING}-Admin")
        assert len(asked(sandbox)) == 3, "what is known isn't asked again"
        # They are there for a command without an agent, and go with the sign-in.
        daypass("agent", "stop")
        daypass("identity", "logout", "work")
        assert names(daypass), "sessions run there"
        daypass("stop", "--all")
        daypass("identity", "login", "work")
        daypass("identity", "logout", "work")
        assert names(daypass) == {} and not (daypass.home / "cache/accounts.json").exists()

    def test_are_learned_of_all_accounts_in_the_one_that_manages_them(self, daypass: Daypass, sandbox: Sandbox):
        at_sandbox(daypass, sandbox, *ALL)
        daypass("start", f"{PRODUCTION}/Admin")
        wait_until(lambda: len(names(daypass)) > 1, what="the names of all accounts")
        assert names(daypass)[PRODUCTION] == ("Shop – production", "shop-production")
        assert {name for name, _ in names(daypass).values()} == {"Shop – production", "Shop – staging", "Data lake", "Security"}
        assert asked(sandbox)[-2:] == ["ListAccounts: ok"] * 2
        assert "Started Data lake/Analyst (777788889999)" in daypass("start", "lake/analyst").out

    def test_that_may_not_be_asked_are_no_error_and_asked_once(self, daypass: Daypass, sandbox: Sandbox):
        at_sandbox(daypass, sandbox, *ALL)
        started = daypass("start", f"{STAGING}/Developer")
        assert started.err.count("\n") == daypass("start", f"{STAGING}/Developer").err.count("\n")
        wait_until(lambda: len(asked(sandbox)) == 3, what="the refusals")
        assert all(one.split(": ")[1].startswith("AccessDenied") for one in asked(sandbox))
        wait_until(lambda: (daypass.home / "cache/accounts.json").exists(), what="that they are remembered")
        daypass("stop", "--all")
        daypass("start", f"{STAGING}/Developer")
        # An answer to the next role's questions comes after any that this one would ask.
        daypass("start", f"{STAGING}/Admin")
        wait_until(lambda: names(daypass), what="the account's name")
        assert len(asked(sandbox)) == 6
        assert "AccessDenied" not in daypass("status").out + daypass("status").err

    def test_are_not_asked_where_only_sts_is_replaced_or_the_person_wants_none(self, daypass: Daypass, sandbox: Sandbox):
        at_sandbox(daypass, sandbox, "IAM")
        daypass("config", "set", "ask_account_names", "false")
        daypass("start", f"{STAGING}/Admin")
        daypass("config", "unset", "ask_account_names")
        daypass("start", f"{PRODUCTION}/Admin")
        wait_until(lambda: names(daypass), what="an alias")
        assert names(daypass) == {PRODUCTION: (None, "shop-production")}
        assert asked(sandbox) == ["ListAccountAliases: ok"]

    def test_are_learned_from_the_page_that_an_assertion_leads_to(self, daypass: Daypass, both_ways: Sandbox):
        sandbox = both_ways
        daypass("identity", "add", "saml", "adfs", "--start-url", sandbox.saml_start_url)

        def login(username: str):
            person = f"username={username}&password={sandbox.issuer.password}".encode()
            with urllib.request.urlopen(f"{sandbox.sts}/saml/assertion", person, timeout=30) as answer:
                daypass("identity", "login", "adfs", "--assertion-file", "-", stdin=answer.read().decode())

        login("maya")
        wait_until(lambda: names(daypass), what="the names of accounts")
        assert names(daypass)[STAGING] == (None, "shop-staging") and len(names(daypass)) == 3
        # The assertion is still good.
        assert "Started shop-staging/Developer (444455556666)" in daypass("start", "shop-staging/Developer").out
        login("sam")
        assert asked(sandbox) == ["choose-role: ok"], "all of them are known"

    def test_come_from_servers_of_others(self, daypass: Daypass, moto: Sts):
        iam = moto.client("iam")
        iam.create_account_alias(AccountAlias="moto-alias")
        moto.client("organizations").create_organization(FeatureSet="ALL")
        moto.client("organizations").create_account(AccountName="Moto member", Email="member@example.org")
        user = moto.add_user(f"names-{uuid.uuid4().hex[:8]}")
        role = moto.add_assumable_role(f"names-{uuid.uuid4().hex[:8]}", user.arn)
        daypass.use(moto.endpoint)
        daypass.env |= {f"AWS_ENDPOINT_URL_{service}": moto.endpoint for service in ALL}
        daypass.agent()
        secrets = f"{user.id}\n{user.secret}\n"
        daypass("identity", "add", "iam-user", "ann", stdin=secrets)
        daypass("role", "add", role, "--identity", "ann", "--profile", "dev")
        daypass("start", "dev")
        wait_until(lambda: len(names(daypass)) > 1, what="the names of moto's accounts")
        assert names(daypass)[moto.account][1] == "moto-alias"
        assert "Moto member" in [name for name, _ in names(daypass).values()]
