"""The first start on a machine where another tool was set up: import, sign in, and the old profile works."""

from __future__ import annotations

import json

import pytest
from window import driven

from peers import leapp
from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.sandbox import Sandbox

ACCOUNT, ROLE = "444455556666", "Developer"
"""A role of the sandbox's portal."""


def of_the_aws_cli(machine: Daypass, sandbox: Sandbox) -> tuple[str, str]:
    machine.aws_config.write_text(
        f"# mine\n[sso-session acme]\nsso_start_url = {sandbox.start_url}\nsso_region = eu-central-1\n\n"
        f"[profile shop]\nsso_session = acme\nsso_account_id = {ACCOUNT}\nsso_role_name = {ROLE}\nregion = eu-central-1\n"
    )
    return "acme", "shop"


def of_leapp(machine: Daypass, sandbox: Sandbox) -> tuple[str, str]:
    workspace = leapp.with_portal(sandbox.start_url, ACCOUNT, ROLE, profile="shop-dev")
    file = machine.folder / "home/.Leapp/Leapp-lock.json"
    file.parent.mkdir()
    file.write_text(leapp.seal(json.dumps(workspace), leapp.machine_id()))
    return "Acme", "shop-dev"


@pytest.mark.parametrize("tool", [of_the_aws_cli, of_leapp])
def test_an_old_set_up_is_imported_and_its_profile_works(
    machine: Daypass, desktop: PrivateDesktop, sandbox: Sandbox, tool
):
    machine.credentials.write_text("")
    identity, profile = tool(machine, sandbox)
    before = machine.aws_config.read_text() if machine.aws_config.exists() else None
    machine.env |= sandbox.env | {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    name = tool.__name__.removeprefix("of_")
    with driven(machine, desktop) as window:
        page = window.page
        page.by_role("button", "Import from").click()
        page.by_role("dialog", "Import from other tools")
        page.wait_for_text(identity)
        page.wait_for_text(profile)
        window.picture(f"import-1-plan-{name}")
        assert (machine.aws_config.read_text() if machine.aws_config.exists() else None) == before, "only looked at"

        window.in_dialog("Import")
        page.wait_for_text(f"Imported {identity}")
        window.picture(f"import-2-done-{name}")
        window.in_dialog(f"Sign in to {identity}")
        page.by_role("option", ROLE)
        window.picture(f"import-3-signed-in-{name}")
        assert f"assumed-role/AWSReservedSSO_{ROLE}_" in machine.caller(profile), "as the tools use it"
    if before:
        assert machine.aws_config.read_text().startswith("# mine\n")
