"""The first minute in the real window: from what a company gives a person to credentials, for each kind of identity.

The inputs are counted as a person makes them: a paste, a key, a click, a field that is typed. What the identity
provider's own page asks isn't Daypass's.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from sign_in_window import SignInWindow
from window import ADDRESS, Window, copied, driven

from peers.daypass import Daypass
from peers.oidc_provider import Issuer
from peers.private_desktop import PrivateDesktop
from peers.process import PATIENCE, wait_until
from peers.saml import SamlIdp
from peers.sandbox import Sandbox
from peers.slapd import PERSONS, Directory
from peers.sts import Sts

MOST = 5
"""So many inputs lead from the first start to a working profile with IAM Identity Center."""

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@dataclass
class Person:
    """A person at the window who has it in front of them for the first time."""

    window: Window
    desktop: PrivateDesktop
    inputs: list[str] = field(default_factory=list)

    def paste(self, text: str) -> None:
        """Press Ctrl+V where the focus is."""
        field_ready = lambda: self.window.page.active.attribute("placeholder") is not None  # noqa: E731
        wait_until(field_ready, what="the field for the address to have the focus")
        with copied(self.desktop, text):
            self.inputs.append("paste")
            self.window.page.press("Control+v")
            self.window.page.by_role("dialog", "Add identity:")

    def press(self, key: str) -> None:
        self.inputs.append(key)
        self.window.page.press(key)

    def fill(self, label: str, text: str, role: str = "textbox") -> None:
        self.inputs.append(label)
        self.window.page.by_role(role, label).fill(text)

    def start_the_first_role(self) -> None:
        """Press Enter once there are roles."""
        page = self.window.page
        page.by_role("option")
        page.wait_for_text("Choose a role and press Enter")
        wait_until(lambda: page.active.attribute("role") == "combobox", what="the search field to have the focus")
        self.press("Enter")
        self.window.active()


def profile_of(machine: Daypass) -> str:
    (session,) = machine("status", "--json").json["sessions"]
    return session["profile"]


def caller_without_region(machine: Daypass, profile: str) -> str:
    """What `aws sts get-caller-identity --profile PROFILE` prints, with no region named anywhere but in the profile."""
    env = {k: v for k, v in machine.env.items() if k not in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    argv = [Path(sys.executable).with_name("aws"), "--profile", profile, "sts", "get-caller-identity"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_identity_center_takes_three_inputs_from_a_mail_to_credentials(
    machine: Daypass, desktop: PrivateDesktop, sandbox: Sandbox
):
    machine.env |= sandbox.env | {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    mail = f"Hi Maya,\n\nthis is your AWS access portal: {sandbox.start_url}/#/.\nYour IT"
    with driven(machine, desktop) as window:
        person, page = Person(window, desktop), window.page
        window.picture("first-1-welcome")
        person.paste(mail)
        page.wait_for_text("IAM Identity Center in eu-central-1")
        window.picture("first-2-recognised")
        person.press("Enter")
        window.signed_in()
        person.start_the_first_role()
        window.picture("first-3-started")
        profile = profile_of(machine)
        assert "AWSReservedSSO_" in caller_without_region(machine, profile)
        assert len(person.inputs) <= MOST, person.inputs
        assert person.inputs == ["paste", "Enter", "Enter"]
        window.stop()


def test_an_issuer_and_a_client_id_in_one_paste(machine: Daypass, desktop: PrivateDesktop, oidc_provider: Issuer):
    machine.env |= {"PERSON_USER": oidc_provider.user, "PERSON_PASSWORD": oidc_provider.password}
    with driven(machine, desktop) as window:
        person, page = Person(window, desktop), window.page
        person.paste(f"Issuer: {oidc_provider.url}\nClient ID: {oidc_provider.client_id}\n")
        page.by_role("dialog", "Add identity: OpenID Connect")
        window.picture("first-oidc")
        person.press("Enter")
        window.signed_in()
        page.by_role("dialog", "Add role")
        assert person.inputs == ["paste", "Enter"]
        assert f'client_id = "{oidc_provider.client_id}"' in machine.config.read_text()


def test_a_page_with_aws_on_it(
    machine: Daypass, desktop: PrivateDesktop, simplesamlphp: SamlIdp, moto: Sts
):
    machine.use(moto.endpoint)
    with driven(machine, desktop) as window:
        person, page = Person(window, desktop), window.page
        person.paste(simplesamlphp.start_url())
        page.wait_for_text("SimpleSAMLphp’s page for AWS")
        window.picture("first-saml")
        (name,) = [one.value for one in page.all_by_role("textbox", "Name")]
        sign_in = SignInWindow(desktop, name)
        person.press("Enter")
        sign_in.shown()
        sign_in.sign_in("one", "one-secret")
        window.signed_in()
        person.start_the_first_role()
        assert "one@example.org" in caller_without_region(machine, profile_of(machine))
        window.stop()


def test_a_directory(machine: Daypass, desktop: PrivateDesktop, slapd: Directory, moto: Sts):
    machine.use(moto.endpoint)
    alice = PERSONS["alice"]
    with driven(machine, desktop) as window:
        person, page = Person(window, desktop), window.page
        person.paste(slapd.ldaps)
        page.wait_for_text("A directory (LDAP)")
        window.picture("first-directory")
        person.fill("Name", "corp")
        person.fill("Bind as", f"uid={{user}},{slapd.people}")
        person.fill("Groups that are roles", "AWS-{account}-{role}")
        person.fill("Access key ID of the broker", "AKIAIOSFODNN7EXAMPLE")
        person.fill("Secret access key of the broker", SECRET)
        page.by_role("button", "Advanced").click()
        person.fill("CA file", str(slapd.ca))
        window.in_dialog("Save and sign in")
        person.fill("User name", "alice")
        person.fill("Password", alice.password)
        person.press("Enter")
        window.signed_in()
        person.start_the_first_role()
        assert "assumed-role/" in caller_without_region(machine, profile_of(machine))
        window.stop()


def test_an_access_key_never_shows_its_secret(machine: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    user = next(user for user in sandbox.users if not user["mfa_serial"])
    machine.env |= sandbox.env
    pasted = f"Access key ID,Secret access key\n{user['access_key_id']},{user['secret_access_key']}\n"
    with driven(machine, desktop) as window:
        person, page = Person(window, desktop), window.page
        person.paste(pasted)
        page.wait_for_text(f"The access key {user['access_key_id']}")
        shown = "return document.documentElement.outerHTML + [...document.querySelectorAll('input')].map((i) => i.value).join()"
        assert user["secret_access_key"] not in page.execute(shown)
        window.picture("first-key")
        person.press("Enter")
        person.start_the_first_role()
        assert user["secret_access_key"] not in page.execute(shown)
        assert person.inputs == ["paste", "Enter", "Enter"]
        assert ":user/" in caller_without_region(machine, profile_of(machine))
        window.stop()


def test_what_leads_nowhere_is_told_and_the_question_answers_the_rest(machine: Daypass, desktop: PrivateDesktop):
    with driven(machine, desktop) as window:
        page = window.page
        window.paste_instead("arn:aws:iam::123456789012:role/Developer")
        page.wait_for_text("paste the address where you sign in")
        assert page.active.attribute("placeholder"), "the field keeps the focus"
        window.picture("first-not-an-address")
        # From there with the keyboard alone: Tab to the question, arrows to the answer, Enter.
        page.press("Tab")
        page.press("ArrowRight")
        page.press("Enter")
        page.by_role("dialog", "Add identity: SAML 2.0")
        page.press("Escape")
        window.dialog_closed()
        assert page.by_role("textbox", ADDRESS)
    assert not machine.config.exists() or "identity" not in machine.config.read_text()


def test_the_console_that_is_open_in_the_browser(machine: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    kim = "arn:aws:iam::111122223333:user/kim"
    machine.env |= sandbox.env | {"PERSON_USER": kim, "PERSON_PASSWORD": sandbox.issuer.password}
    with driven(machine, desktop) as window:
        person, page = Person(window, desktop), window.page
        person.paste("https://eu-central-1.console.aws.amazon.com/console/home?region=eu-central-1#")
        page.by_role("dialog", "Add identity: AWS console")
        page.wait_for_text("The AWS console")
        window.picture("first-console")
        person.press("Enter")
        window.signed_in()
        person.start_the_first_role()
        assert kim in caller_without_region(machine, profile_of(machine))
        assert person.inputs == ["paste", "Enter", "Enter"]
        window.stop()


def test_an_identity_pool(machine: Daypass, desktop: PrivateDesktop, oidc_provider: Issuer, ministack: Sts):
    machine.env |= {f"AWS_ENDPOINT_URL_{service}": ministack.endpoint for service in ("COGNITO_IDENTITY", "STS")}
    role = ministack.add_role("first-minute-pool", oidc_provider)
    pool = ministack.add_identity_pool("first-minute", oidc_provider, role)
    machine.add_identity(oidc_provider)
    with driven(machine, desktop) as window:
        person, page = Person(window, desktop), window.page
        page.by_role("button", "Add identity", exact=True).click()
        person.paste(pool)
        page.by_role("dialog", "Add identity: Cognito identity pool")
        page.wait_for_text("The Cognito identity pool")
        window.picture("first-pool")
        page.by_role("combobox", "Signs in with").choose("work")
        person.fill("Account", ministack.account)
        window.in_dialog("Save and sign in")
        window.signed_in()
        person.start_the_first_role()
        assert "/CognitoIdentityCredentials" in caller_without_region(machine, profile_of(machine))
        window.stop()


def test_a_profile_of_another_tool(machine: Daypass, desktop: PrivateDesktop, ministack: Sts):
    """It has no address to paste, so it is an answer to the question below the field."""
    user = ministack.add_user("first-minute-cli")
    role = ministack.add_assumable_role("first-minute-job", user.arn)
    machine.env["AWS_ENDPOINT_URL"] = ministack.endpoint
    keys = f"aws_access_key_id = {user.id}\naws_secret_access_key = {user.secret}\n"
    machine.aws_config.write_text(f"[profile corp-cli]\nregion = eu-central-1\n{keys}")
    with driven(machine, desktop) as window:
        person, page = Person(window, desktop), window.page
        window.pick_kind("AWS profile")
        person.fill("Name", "corp")
        person.fill("Profile", "corp-cli")
        window.picture("first-profile")
        window.in_dialog("Save")
        page.by_role("dialog", "Add role")
        person.fill("Role ARN", role)
        window.in_dialog("Save role")
        window.dialog_closed()
        window.start()
        assert f":assumed-role/{role.rsplit('/', 1)[1]}/" in caller_without_region(machine, profile_of(machine))
        window.stop()
