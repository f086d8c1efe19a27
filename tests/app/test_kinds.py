"""Each kind of identity in the real window: its form, how to sign in, and its sessions."""

from __future__ import annotations

import pytest
from mfa_window import MfaWindow, codes
from window import Window, clipboard, driven

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import wait_until
from peers.sandbox import OTHER_ROLE, Sandbox
from peers.slapd import PERSONS, Directory
from peers.sts import Sts

DEVELOPER = "arn:aws:iam::123456789012:role/Developer"
VAULT_ROLE = "arn:aws:iam::123412341234:role/Vault"
"""A sandbox role that requires MFA."""

MANAGEMENT_ROOT = "arn:aws:iam::111122223333:root"

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def fill(window: Window, **fields: str) -> None:
    """Fill text fields by their labels, which have spaces where the names have underscores."""
    for label, text in fields.items():
        window.page.by_role("textbox", label.replace("_", " ")).fill(text)


def submit_sign_in(window: Window) -> None:
    """Press Sign in in the dialog, because the rail has a button with that name too."""
    window.in_dialog("Sign in")


def nothing_kept(window: Window, *secrets: str) -> None:
    """The page, its fields and the web view's storage contain no secret."""
    kept = window.page.execute(
        "return document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')]"
        ".map((field) => field.value).join(' ') + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
    )
    assert not [secret for secret in secrets if secret in kept]


def test_a_directory_from_its_form_to_a_read_only_session(
    machine: Daypass, desktop: PrivateDesktop, slapd: Directory, moto: Sts
):
    machine.use(moto.endpoint)
    alice = PERSONS["alice"]
    with driven(machine, desktop) as window:
        page = window.page
        window.pick_kind("Directory (LDAP)")
        page.by_role("button", "Advanced").click()
        fill(
            window,
            Name="corp",
            Server=slapd.ldaps,
            Bind_as=f"uid={{user}},{slapd.people}",
            Groups_that_are_roles="AWS-{account}-{role}",
            Access_key_ID_of_the_broker="AKIAIOSFODNN7EXAMPLE",
            CA_file=str(slapd.ca),
        )
        page.by_role("textbox", "Secret access key of the broker").fill(SECRET)
        window.in_dialog("Check settings")
        page.wait_for_text("Everything that can be checked without you works.")
        assert "The broker's key, at AWS" in page.text and " ms" in page.text
        window.picture("20-directory-tried")
        vault = machine.home / "vault.age"
        assert not vault.exists(), "what was typed was used, and kept nowhere"
        window.in_dialog("Save and sign in")
        page.by_role("textbox", "User name")
        nothing_kept(window, SECRET)

        fill(window, User_name="alice", Password="wrong")
        submit_sign_in(window)
        page.wait_for_text("Wrong user name or password")
        window.picture("21-directory-wrong-password")
        assert page.active.value == "", "the person has to type the password again"
        fill(window, Password=alice.password)
        submit_sign_in(window)
        window.signed_in()
        nothing_kept(window, alice.password)

        window.search("developer")
        assert "Developer" in window.chosen()
        page.by_role("switch", "Read-only").click()
        window.start()
        profile = machine("status", "--json").json["sessions"][0]["profile"]
        assert "assumed-role/Developer/" in machine.caller(profile)
        assert machine.session(profile)["terms"]["read_only"] is True
        window.picture("22-directory-read-only")
        window.stop()
    assert SECRET not in machine.config.read_text()


def test_an_iam_user_whose_mfa_device_is_in_the_vault(machine: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    kim = next(user for user in sandbox.users if user["mfa_serial"])
    machine.env |= sandbox.env
    with driven(machine, desktop) as window:
        page = window.page
        window.pick_kind("IAM user")
        fill(window, Name="kim", Access_key_ID=kim["access_key_id"])
        page.by_role("textbox", "Secret access key").fill(kim["secret_access_key"])
        page.by_role("combobox", "MFA device").click()
        page.by_role("option", kim["mfa_serial"]).click()
        page.by_role("textbox", "MFA secret").fill(kim["mfa_secret"])
        window.picture("23-iam-user")
        window.in_dialog("Save identity")
        window.signed_in()  # with both secrets in the vault, there is nothing left to type
        page.by_role("option", "kim")  # the user itself can be used at once
        nothing_kept(window, kim["secret_access_key"], kim["mfa_secret"])

        page.by_role("button", "More").click()
        page.by_role("menuitem", "Show MFA code").click()
        shown = MfaWindow(desktop, "kim")
        code = shown.copied()
        assert code in codes(kim["mfa_secret"])
        shown.picture("30-mfa-code")
        nothing_kept(window, code, f"{code[:3]} {code[3:]}")
        window.run("keyboard shortcuts")  # meanwhile, the window keeps working
        page.press("Escape")
        window.dialog_closed()
        shown.close()

        page.by_role("button", "More").click()
        page.by_role("menuitem", "Copy MFA code").click()
        page.wait_for_text("Copied the MFA code for kim")
        code = wait_until(lambda: clipboard(desktop), what="a code on the clipboard")
        assert code in codes(kim["mfa_secret"]) and code not in page.text

        window.add_role(VAULT_ROLE, "vault")
        window.start()
        assert ":assumed-role/Vault/" in machine.caller("vault")
        window.run("whose key")
        fill(window, Access_key_ID=kim["access_key_id"])
        window.in_dialog("Ask AWS")
        page.wait_for_text(f"It belongs to account {kim['arn'].split(':')[4]}")
        window.picture("27-whose-key")
        window.in_dialog("Close")
        window.dialog_closed()
        page.by_role("button", "More").click()
        page.by_role("menuitem", "Edit, secrets").click()
        page.wait_for_text("In the vault")
        window.picture("24-iam-user-secrets")
        window.in_dialog("Cancel")
        window.dialog_closed()
        window.stop()


class TestIdentityCenter:
    """The sandbox's role."""

    @pytest.fixture
    def person(self, machine: Daypass, sandbox: Sandbox) -> Daypass:
        """A machine with the person at the browser."""
        machine.env |= sandbox.env
        machine.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        return machine

    def add(self, window: Window, sandbox: Sandbox) -> None:
        """Fill in the form and submit it."""
        window.pick_kind("IAM Identity Center")
        fill(window, Name="work", Start_URL=sandbox.start_url)
        window.page.by_role("combobox", "Region of Identity Center").fill("eu-central-1")
        window.in_dialog("Save and sign in")

    def test_signs_in_by_browser_and_lists_the_roles(self, person: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
        with driven(person, desktop) as window:
            self.add(window, sandbox)
            window.signed_in()
            window.page.by_role("option", "Developer")
            window.search("444455556666 developer")
            window.picture("25-identity-center")
            window.start()
            profile = person("status", "--json").json["sessions"][0]["profile"]
            assert "assumed-role/AWSReservedSSO_Developer_" in person.caller(profile)
            window.stop()

            window.page.press("Escape")  # back to the search field
            window.page.press("Escape")  # and clear it
            before = len(person("role", "list", "--json").json)
            wait_until(lambda: int(window.total()) == before, what="all roles in the list")
            sandbox.turn(sso_accounts=4)  # with three roles each
            window.page.by_role("button", "More").click()
            window.page.by_role("menuitem", "List roles again").click()
            window.page.wait_for_text(f"Found {before + 12} roles for work")
            wait_until(lambda: int(window.total()) == before + 12, what="the new roles in the list")

    def test_signs_in_with_a_code_instead(self, person: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
        person.env["PERSON_STOP"] = "url"
        with driven(person, desktop) as window:
            page = window.page
            self.add(window, sandbox)
            page.by_role("button", "Use a code instead").click()
            page.wait_for_text("Enter this code")
            shown = page.find("[data-testid=user-code]").text
            window.picture("26-device-code")
            page.by_role("button", "Copy code").click()
            assert wait_until(lambda: clipboard(desktop), what="the code on the clipboard") == shown
            window.in_dialog("Cancel sign-in")
            window.dialog_closed()
            page.wait_for_text("Signed out")


def test_a_denial_is_explained_as_a_tree(machine: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    machine.sign_in(sandbox.issuer, (OTHER_ROLE, "management"))
    sandbox.turn(encode_denials=True)
    with driven(machine, desktop) as window:
        page = window.page
        window.start()
        # AssumeRoot is refused for the management account's root.
        page.by_role("button", "Add role", exact=True).click()
        fill(window, Role_ARN=MANAGEMENT_ROOT)
        page.by_role("combobox", "Assumed by").choose("ReadOnly · 111122223333")
        page.by_role("combobox", "Task").choose("View the root user’s credentials")
        window.picture("28-root")
        window.in_dialog("Save role")
        window.dialog_closed()
        page.by_role("button", "Start", exact=True).click()
        page.wait_for_text("AccessDenied")
        told = next(line for line in page.text.splitlines() if "authorization failure message" in line)

        window.run("why was i denied")
        page.by_role("textbox", "Encoded message").fill(told)
        window.in_dialog("Explain")
        page.wait_for_text("No statement allows it")
        assert "sts:AssumeRoot" in page.text and MANAGEMENT_ROOT in page.text
        window.picture("29-denial")
