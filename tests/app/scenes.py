"""The gallery's scenes. Each has a machine, the app on it, and a person who opens one thing after another."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from camera import SCHEMES, SIZES, Camera
from mfa_window import MfaWindow, codes
from sign_in_window import SignInWindow
from window import Window, driven

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop, private_desktop
from peers.process import ROOT, free_port, http_answers, running, wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.sandbox import sandbox as run_sandbox
from peers.slapd import PERSONS
from peers.slapd import slapd as run_slapd
from peers.webdriver import webkit_page

KINDS = {
    "identity-center": "IAM Identity Center", "saml": "SAML 2.0", "oidc": "OpenID Connect", "iam-user": "IAM user",
    "directory": "Directory (LDAP)", "profile": "AWS profile", "cognito": "Cognito identity pool", "oauth": "OAuth 2.0",
    "console": "AWS console",
}  # fmt: skip

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

FILL = """
const [texts, fallback] = arguments;
const dialog = document.querySelector('dialog[open]');
for (const field of dialog.querySelectorAll('input:not([type=checkbox]), textarea')) {
  const row = /\\d+$/.exec(field.getAttribute('aria-label') ?? '');
  if (field.readOnly || field.getClientRects().length === 0 || (row && row[0] !== '1')) continue;
  const label = (field.labels?.[0]?.innerText ?? field.getAttribute('aria-label') ?? '').replace(' · optional', '').trim();
  const text = texts[label] ?? (fallback || field.placeholder.replace('…', '2f3a-4b5c-6d7e') || 'example');
  field.value = field.type === 'password' ? (fallback || 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY') : text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('blur'));
}
"""
"""Fill the visible fields by label, or else with the fallback or the placeholder's suggestion."""

TEXTS = {
    "Access key ID": "AKIAIOSFODNN7EXAMPLE", "Access key ID of the broker": "AKIAIOSFODNN7EXAMPLE",
    "Name": "example", "Fixed redirect port": "8765", "Inline policy of the federated user": "", "Client ID": "daypass",
    "Policies of the federated user": "arn:aws:iam::aws:policy/ReadOnlyAccess", "Scopes": "profile", "Server": "ldaps://ldap.example.com",
    "More scopes": "", "Roles claim": "https://aws.amazon.com/roles", "Provider": "login.example.com",
}  # fmt: skip


@dataclass
class Stage:
    """The stage for a scene."""

    folder: Path
    desktop: PrivateDesktop
    camera: Camera

    def machine(self) -> Daypass:
        """A new machine."""
        machine = Daypass(self.folder / "machine")
        machine.config.unlink()
        machine.env |= {n: self.desktop.env[n] for n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY")}
        return machine

    @contextlib.contextmanager
    def company(self) -> Iterator[tuple[Daypass, Sandbox]]:
        """A machine with an identity of each kind, at the sandbox if it supports the kind."""
        with run_sandbox(self.folder) as sandbox:
            machine = self.machine()
            machine.env |= sandbox.env | {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
            kim = next(user for user in sandbox.users if user["mfa_serial"])
            add = partial(machine, "identity", "add")
            issuer = ("--issuer", sandbox.issuer.url, "--client-id", sandbox.issuer.client_id)
            add("identity-center", "acme", "--start-url", sandbox.start_url, "--region", "eu-central-1")
            add("oidc", "login", *issuer)
            add("saml", "adfs", "--start-url", sandbox.saml_start_url)
            key = f"{kim['access_key_id']}\n{kim['secret_access_key']}\n"
            add("iam-user", "kim", "--mfa-serial", kim["mfa_serial"], stdin=key)
            tree = ("--url", "ldaps://127.0.0.1:9", "--bind-dn", "uid={user},ou=people,dc=example,dc=org")
            add("directory", "corp", *tree, "--role-pattern", "AWS-{account}-{role}", stdin=f"AKIAIOSFODNN7EXAMPLE\n{SECRET}\n")
            add("profile", "from-leapp", "--profile", "legacy")
            pool = ("--pool-id", "eu-central-1:1d2c3b4a-5e6f-4a1b-8c2d-3e4f5a6b7c8d", "--account", "444455556666")
            add("cognito", "app-pool", "--identity", "login", *pool)
            provider = ("--provider-id", "www.amazon.com", "--client-id", "amzn1.application-oa2-client.1f2e3d")
            add("oauth", "shop", *provider, "--redirect-port", "8765")
            yield machine, sandbox
            machine.end_background()

    def opened(self, machine: Daypass):
        """The app on the machine."""
        return driven(machine, self.desktop)

    def shoot(self, window: Window, name: str, *, parts: bool = False) -> None:
        """Photograph a state."""
        self.camera.shoot(window, name, parts=parts)


def welcome(stage: Stage) -> None:
    with stage.opened(stage.machine()) as window:
        window.page.wait_for_text("Welcome to Daypass")
        stage.shoot(window, "welcome")
        window.page.press("Control+n")
        window.page.by_role("dialog", "Add identity")
        stage.shoot(window, "kind-picker")


PASTED = {
    "portal": "https://ssoins-1234567890abcdef.portal.eu-central-1.app.aws",
    "tile": "https://acme.okta.com/home/amazon_aws/0oa1b2c3d4e5F6g7h8i9/272",
    "home": "https://myapps.microsoft.com/",
    "directory": "ldaps://ldap.acme.example/ou=people,dc=acme,dc=example",
    "key": "AKIAIOSFODNN7EXAMPLE",
    "role": "arn:aws:iam::123456789012:role/Developer",
    "nothing": "the page my colleague told me about",
}
"""What a person may paste on the first screen. None of it is asked over the network."""


def pasted(stage: Stage) -> None:
    """What the first screen says to each."""
    for name, text in PASTED.items():
        with stage.opened(stage.machine()) as window:
            window.paste_instead(text)
            stage.shoot(window, f"pasted-{name}")


def form(word: str, stage: Stage) -> None:
    """A kind's form: empty, with required fields missing, with mistakes everywhere, filled in, and tried."""
    with stage.company() as (machine, _), stage.opened(machine) as window:
        page = window.page
        page.press("Control+n")
        page.by_role("dialog", "Add identity")
        page.by_role("button", KINDS[word]).click()
        page.by_role("dialog", f"Add identity: {KINDS[word]}")
        stage.shoot(window, f"form-{word}-1-empty")
        window.in_dialog("Save")
        wait_until(lambda: page.active.attribute("aria-invalid") == "true", what="the first mistake to have the focus")
        stage.shoot(window, f"form-{word}-2-missing")
        open_more(window)
        page.execute(FILL, {}, "no t//right?")
        wait_until(lambda: page.has("[aria-invalid=true]"), what="the mistakes to be marked")
        stage.shoot(window, f"form-{word}-3-mistakes")
        for _ in range(2):  # some fields appear only after typing in others
            page.execute(FILL, TEXTS, "")
            page.execute("document.querySelectorAll('dialog select').forEach((one) => { one.selectedIndex = one.options.length - 1;"
                         " one.dispatchEvent(new Event('change', { bubbles: true })) })")
        stage.shoot(window, f"form-{word}-4-filled")
        window.in_dialog("Check settings")
        tried = "return Boolean(document.querySelector('dialog .findings > *'))"
        wait_until(lambda: page.execute(tried), seconds=40, what="findings")
        page.execute("document.querySelector('dialog .findings').scrollIntoView({ block: 'end' })")
        stage.shoot(window, f"form-{word}-5-tried")


def edits(stage: Stage) -> None:
    """The form of an existing identity, and the question before removing it."""
    with stage.company() as (machine, _), stage.opened(machine) as window:
        stage.shoot(window, "identities", parts=True)
        for name in ("acme", "adfs", "login", "kim", "corp", "from-leapp", "app-pool", "shop"):
            menu(window, name)
            if name in ("acme", "kim"):
                stage.camera.sizes = {"wide": SIZES["wide"]}  # the menu closes with the drawer
                stage.shoot(window, f"menu-{name}")
                stage.camera.sizes = dict(SIZES)
                window.page.press("Escape")
                menu(window, name)
            window.page.by_role("menuitem", "Edit").click()
            window.page.by_role("dialog", f"Edit identity {name}")
            stage.shoot(window, f"edit-{name}")
            window.in_dialog("Cancel")
            window.dialog_closed()
        for item, title in (("Remove", "remove-identity"), ("Rotate access key", "rotate-key")):
            menu(window, "kim")
            window.page.by_role("menuitem", item).click()
            window.page.by_role("dialog")
            stage.shoot(window, title)
            window.in_dialog("Cancel")
            window.dialog_closed()


def sign_ins(stage: Stage) -> None:
    """Every way to sign in that involves a person, and how it fails."""
    with stage.company() as (machine, sandbox):
        machine.env["PERSON_STOP"] = "url"
        with stage.opened(machine) as window:
            page = window.page

            def begun(name: str, text: str, picture: str) -> None:
                sign_in(window, name)
                page.wait_for_text(text)
                stage.shoot(window, picture)

            begun("login", "Continue in your browser", "sign-in-browser")
            window.in_dialog("Cancel sign-in")
            window.dialog_closed()

            begun("acme", "Continue in your browser", "sign-in-browser-portal")
            page.by_role("button", "Use a code instead").click()
            page.wait_for_text("Enter this code")
            stage.shoot(window, "sign-in-device-code")
            window.in_dialog("Cancel sign-in")
            window.dialog_closed()

            begun("kim", "code", "sign-in-mfa-code")
            window.in_dialog("Sign in")
            stage.shoot(window, "sign-in-mfa-code-missing")
            page.by_role("textbox", "code").fill("123456")
            window.in_dialog("Sign in")
            wait_until(lambda: page.execute("return Boolean(document.querySelector('dialog [role=alert], dialog .problem'))"), what="it to be refused")
            stage.shoot(window, "sign-in-mfa-code-wrong")
            window.in_dialog("Cancel")
            window.dialog_closed()

            begun("corp", "Password", "sign-in-password")
            page.by_role("textbox", "User name").fill("maya")
            page.by_role("textbox", "Password").fill("wrong")
            window.in_dialog("Sign in")
            page.wait_for_text("can’t be reached")
            stage.shoot(window, "sign-in-password-unreachable")
            window.in_dialog("Cancel")
            window.dialog_closed()

            begun("shop", "Continue in your browser", "sign-in-oauth")
            window.in_dialog("Cancel sign-in")
            window.dialog_closed()

            shown = SignInWindow(stage.desktop, "adfs")
            begun("adfs", "Continue in the window", "sign-in-window")
            shown.shown()
            (stage.camera.folder / "sign-in-window-itself.png").write_bytes(shown.picture("gallery-sign-in").read_bytes())
            window.in_dialog("Cancel sign-in")
            window.dialog_closed()

            # A pool has no separate sign-in.
            begun("app-pool", "Continue in your browser", "sign-in-pool")
            window.in_dialog("Cancel sign-in")
            window.dialog_closed()

            # Successful and failed trials of existing identities.
            for name in ("acme", "kim", "corp"):
                menu(window, name)
                page.by_role("menuitem", "Check settings").click()
                wait_until(lambda: not page.execute("return document.querySelector('dialog [aria-busy=true]')"), seconds=40, what="it to be tried")
                stage.shoot(window, f"try-{name}")
                page.press("Escape")
                window.dialog_closed()


def successes(stage: Stage) -> None:
    """Correct input, a trial in progress, and an MFA code."""
    with stage.company() as (machine, sandbox), run_slapd(stage.folder) as directory:
        config = machine.config.read_text().replace("ldaps://127.0.0.1:9", directory.ldaps)
        config = config.replace("ou=people,dc=example,dc=org", directory.people)
        machine.config.write_text(config.replace('kind = "directory"', f'kind = "directory"\nca_file = "{directory.ca}"'))
        kim = next(user for user in sandbox.users if user["mfa_serial"])
        with stage.opened(machine) as window:
            page = window.page
            sign_in(window, "kim")
            page.by_role("textbox", "code", seconds=20).fill(codes(kim["mfa_secret"])[0])
            window.in_dialog("Sign in")
            window.dialog_closed()
            stage.shoot(window, "signed-in-mfa-code", parts=True)

            sign_in(window, "corp")
            page.by_role("textbox", "User name", seconds=20).fill("alice")
            page.by_role("textbox", "Password").fill(PERSONS["alice"].password)
            window.in_dialog("Sign in")
            window.dialog_closed()
            page.by_role("option", seconds=20)
            stage.shoot(window, "signed-in-directory", parts=True)

            sandbox.turn(latency_ms=60_000)
            menu(window, "kim")
            page.by_role("menuitem", "Check settings").click()
            page.by_role("dialog")
            stage.shoot(window, "try-under-way")
            page.press("Escape")
            window.dialog_closed()
            sandbox.turn()

            machine("identity", "secret", "kim", "totp_secret", stdin=f"{kim['mfa_secret']}\n")
            wait_until(lambda: has_menu_item(window, "kim", "Show MFA code"), seconds=20, what="the code to be offered")
            page.by_role("menuitem", "Show MFA code").click()
            shown = MfaWindow(stage.desktop, "kim")
            shown.wait()
            shown.keep(stage.camera.folder / "mfa-code-itself.png")
            time.sleep(31)
            shown.keep(stage.camera.folder / "mfa-code-itself-over.png")
            shown.close()


def imports(stage: Stage) -> None:
    """Other tools' set-ups: the plan, what became of it, and its undoing."""
    with run_sandbox(stage.folder) as sandbox:
        machine = stage.machine()
        machine.env |= sandbox.env | {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        [user, *_] = sandbox.users
        keys = f"aws_access_key_id = {user['access_key_id']}\naws_secret_access_key = {user['secret_access_key']}\n"
        machine.credentials.write_text(f"[old]\n{keys}")
        machine.aws_config.write_text(
            f"[sso-session acme]\nsso_start_url = {sandbox.start_url}\nsso_region = eu-central-1\n\n"
            "[profile shop]\nsso_session = acme\nsso_account_id = 444455556666\nsso_role_name = Developer\n"
        )
        with stage.opened(machine) as window:
            page = window.page
            page.by_role("button", "Import from")
            stage.shoot(window, "import-offered")
            page.by_role("button", "Import from").click()
            page.by_role("dialog", "Import from other tools")
            page.wait_for_text("shop")
            stage.shoot(window, "import-plan")
            page.execute("document.querySelectorAll('dialog details').forEach((one) => (one.open = true))")
            stage.shoot(window, "import-plan-opened")
            window.in_dialog("Import")
            page.wait_for_text("Imported")
            stage.shoot(window, "import-done")
            window.in_dialog("Undo")
            page.wait_for_text("Import undone")
            stage.shoot(window, "import-undone")


def lists(stage: Stage) -> None:
    """A list of roles that fails to load, one that is loading, and a long one."""
    with stage.company() as (machine, sandbox):
        reached = dict(machine.env)
        machine.env["AWS_ENDPOINT_URL_SSO"] = f"http://127.0.0.1:{free_port()}"
        with stage.opened(machine) as window:
            sign_in(window, "acme")
            window.page.wait_for_text("Couldn’t list the roles", seconds=40)
            window.dialog_closed()
            stage.shoot(window, "listing-failed", parts=True)
        machine.env.clear()
        machine.env.update(reached)
        sandbox.turn(sso_accounts=2000)
        roles = (
            f'[[role]]\narn = "arn:aws:iam::{100_000_000_000 + n // 5}:role/{name}{n % 5}"\nidentity = "login"\n\n'
            for n, name in ((n, ("Developer", "ReadOnly", "Billing")[n % 3]) for n in range(10_000))
        )
        machine.config.write_text(machine.config.read_text() + "\n" + "".join(roles))
        with stage.opened(machine) as window:
            window.page.by_role("option", seconds=60)
            window.page.wait_for_text("accounts…", seconds=40)
            stage.shoot(window, "listing", parts=True)
            window.search("billing 4")
            stage.shoot(window, "roles-10000-found", parts=True)


def keyring(stage: Stage) -> None:
    """A keyring that is slow, and then doesn't have the vault's key."""
    with stage.company() as (machine, _), private_desktop(stage.folder / "bare", keyring=False, size="2000x1200x24") as bare:
        machine.env |= {n: bare.env[n] for n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY")}
        with driven(machine, bare) as window:
            window.page.wait_for_text("Waiting for your keyring", seconds=40)
            stage.shoot(window, "keyring-waits")
            window.page.wait_for_text("Try again", seconds=60)
            stage.shoot(window, "keyring-without-the-key", parts=True)


def work(stage: Stage) -> None:
    """A day's work."""
    with stage.company() as (machine, sandbox):
        machine("identity", "login", "login")
        machine("identity", "login", "acme")
        machine("role", "add", ROLE, "--identity", "login", "--profile", "dev", "--region", "eu-central-1")
        machine("role", "add", OTHER_ROLE, "--identity", "login", "--profile", "management")
        with stage.opened(machine) as window:
            page = window.page
            page.by_role("option", "Developer")
            stage.shoot(window, "work-signed-in", parts=True)
            window.search("nothing like this")
            stage.shoot(window, "work-nothing-found")
            window.search("dev")
            page.by_role("switch", "Read-only").click()
            stage.shoot(window, "work-read-only-wish", parts=True)
            window.start()
            stage.shoot(window, "work-started-read-only", parts=True)
            page.find(".detail summary").click()
            page.by_role("button", "Add a profile").click()
            stage.shoot(window, "role-changed-while-it-runs", parts=True)
            page.press("Escape")
            page.by_role("combobox", "Service or page").fill("log")
            stage.shoot(window, "role-console-services")
            page.press("Escape")
            page.by_role("button", "Copy as env").click()
            stage.shoot(window, "work-env-menu")
            page.press("Escape")
            page.press("Control+k")
            page.by_role("dialog")
            stage.shoot(window, "palette")
            page.by_role("combobox", "Search commands").fill("sign")
            stage.shoot(window, "palette-sign")
            page.by_role("combobox", "Search commands").fill("qqqq")
            stage.shoot(window, "palette-nothing")
            page.press("Escape")
            page.press("Control+/")
            page.by_role("dialog", "shortcuts")
            stage.shoot(window, "shortcuts")
            page.press("Escape")
            window.dialog_closed()
            page.by_role("button", "Running", exact=True).click()
            stage.shoot(window, "work-running", parts=True)
            page.by_role("button", "Clear filters").click()
            page.press("Control+b")
            stage.shoot(window, "work-without-rail")
            page.press("Control+b")


def roles(stage: Stage) -> None:
    """Actions on roles, and questions to AWS about them."""
    with stage.company() as (machine, sandbox):
        machine("identity", "login", "login")
        machine("role", "add", OTHER_ROLE, "--identity", "login", "--profile", "management")
        with stage.opened(machine) as window:
            window.search("management")
            window.start()
            role_form(stage, window)
            questions(stage, window, sandbox)


def role_form(stage: Stage, window: Window) -> None:
    """The role form for each kind of target, and a role chain made with it."""
    page = window.page
    page.by_role("button", "Add role", exact=True).click()
    stage.shoot(window, "role-form-1-empty")
    window.in_dialog("Save role")
    stage.shoot(window, "role-form-2-missing")
    open_more(window)
    page.execute(FILL, {}, "no t//right?")
    stage.shoot(window, "role-form-3-mistakes")
    texts = {"Role ARN": "arn:aws:iam::123456789012:role/Auditor", "Profile": "auditor", "Duration": "1h", "Session name": "maya"}
    policy = '{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] }'
    more = {"Source identity": "maya", "External ID": "daypass-2291", "Inline session policy": policy}
    page.execute(FILL, texts | more, "")
    page.by_role("combobox", "Identity").choose("login")
    choose_parent(window)
    stage.shoot(window, "role-form-4-filled")
    window.in_dialog("Save role")
    window.dialog_closed()
    window.search("auditor")
    stage.shoot(window, "role-chain", parts=True)
    page.by_role("button", "Edit role").click()
    stage.shoot(window, "role-form-5-edit")
    window.in_dialog("Cancel")
    page.by_role("button", "Remove role").click()
    stage.shoot(window, "remove-role")
    window.in_dialog("Cancel")
    window.dialog_closed()
    page.by_role("button", "Start", exact=True).click()
    wait_until(lambda: page.execute("return Boolean(document.querySelector('.detail .problem'))"), what="AWS to refuse")
    stage.shoot(window, "role-refused", parts=True)

    page.by_role("button", "Add role", exact=True).click()
    page.by_role("textbox", "Role ARN").fill("arn:aws:iam::111122223333:root")
    page.by_role("combobox", "Identity").choose("login")
    choose_parent(window)
    stage.shoot(window, "role-form-root")
    page.by_role("combobox", "Task").choose("View the root user’s credentials")
    window.in_dialog("Save role")
    window.dialog_closed()
    page.by_role("button", "Start", exact=True)
    stage.shoot(window, "role-root", parts=True)


def choose_parent(window: Window) -> None:
    """Choose the role that comes before this one, once the identity's roles are listed."""
    parents = window.page.by_role("combobox", "Assumed by")
    wait_until(lambda: "ReadOnly" in window.page.execute("return arguments[0].innerText", parents), what="the roles before it")
    label = next(one for one in window.page.execute("return [...arguments[0].options].map((one) => one.label)", parents) if "ReadOnly" in one)
    parents.choose(label)


def questions(stage: Stage, window: Window, sandbox: Sandbox) -> None:
    """Why was I denied, and whose key is this."""
    page = window.page
    sandbox.turn(encode_denials=True)
    page.by_role("button", "Start", exact=True).click()
    page.wait_for_text("authorization failure message")
    told = next(line for line in page.text.splitlines() if "authorization failure message" in line)
    stage.shoot(window, "role-denied-encoded", parts=True)
    sandbox.turn()
    for command, label, text in (
        ("why was i denied", "Encoded message", told),
        ("whose key", "Access key ID", sandbox.users[0]["access_key_id"]),
    ):
        name, verb = ("denial", "Explain") if "denied" in command else ("key", "Ask AWS")
        window.run(command)
        stage.shoot(window, f"{name}-1-empty")
        window.in_dialog(verb)
        stage.shoot(window, f"{name}-2-missing")
        page.by_role("textbox", label).fill(text)
        window.in_dialog(verb)
        page.wait_for_text("No statement allows it" if name == "denial" else "It belongs to account")
        stage.shoot(window, f"{name}-3-answer")
        page.press("Escape")
        window.dialog_closed()
    window.run("why was i denied")
    page.by_role("textbox", "Encoded message").fill("bm90IGEgbWVzc2FnZQ")
    window.in_dialog("Explain")
    wait_until(lambda: page.execute("return Boolean(document.querySelector('dialog [role=alert]'))"), what="a refusal")
    stage.shoot(window, "denial-4-refused")
    page.press("Escape")
    window.dialog_closed()


def troubles(stage: Stage) -> None:
    """What goes wrong."""
    with stage.company() as (machine, sandbox):
        machine("identity", "login", "login")
        machine("role", "add", ROLE, "--identity", "login", "--profile", "dev", "--region", "eu-central-1")
        machine("role", "add", OTHER_ROLE, "--identity", "login", "--profile", "legacy")
        with stage.opened(machine) as window:
            page = window.page
            page.by_role("option", "Developer")
            window.search("legacy")
            page.by_role("button", "Start", exact=True).click()
            page.by_role("dialog", "Replace profile")
            stage.shoot(window, "replace-profile")
            window.in_dialog("Cancel")
            window.dialog_closed()
            window.search("dev")
            sandbox.turn(latency_ms=12_000)
            page.by_role("button", "Start", exact=True).click()
            stage.shoot(window, "role-starting")
            sandbox.turn()
            window.active()

            page.by_role("button", "Renew now").click()
            page.wait_for_text("Renewed once")
            sandbox.turn(fail_next=999)
            page.by_role("button", "Renew now").click()
            page.wait_for_text("Renewal delayed", seconds=40)
            stage.shoot(window, "renewal-delayed", parts=True)
            sandbox.turn(deny_next=999)
            page.by_role("button", "Renew now").click()
            page.wait_for_text("AccessDenied", seconds=40)
            stage.shoot(window, "renewal-refused", parts=True)
            sandbox.turn()

            good = machine.config.read_text()
            machine.config.write_text(good.replace("client_id", "clientid"))
            page.wait_for_text("config.toml has a mistake")
            stage.shoot(window, "config-mistake", parts=True)
            machine.config.write_text(good)
            wait_until(lambda: "mistake" not in page.text, what="the banner to go")

            machine("stop", "dev")
            machine("identity", "logout", "login")
            machine("identity", "logout", "acme", code=None)
            page.by_role("button", "Start", exact=True)
            stage.shoot(window, "signed-out", parts=True)


ACCOUNTS = {
    "111122223333": ("Shop production", "red", ("ReadOnly", "Deploy", "Admin")),
    "444455556666": ("Shop staging", "green", ("Developer", "Deploy", "Admin")),
    "777788889999": ("Data lake", "purple", ("Analyst", "DataEngineer")),
    "210987654321": ("Billing", "yellow", ("Billing", "FinOps")),
    "310987654321": ("Identity production", "red", ("ReadOnly", "Auditor")),
    "410987654321": ("Identity staging", "green", ("Developer", "Admin")),
    "510987654321": ("Mobile", "turquoise", ("Developer", "Support")),
    "610987654321": ("Network", "blue", ("NetworkAdmin", "ReadOnly")),
    "710987654321": ("Payments production", "red", ("ReadOnly", "Auditor", "Support")),
    "810987654321": ("Payments test", "green", ("Developer", "Admin", "Deploy")),
    "910987654321": ("Sandbox Maya", "", ("Admin",)),
    "110987654321": ("Security", "blue", ("Auditor", "IncidentResponse")),
}  # fmt: skip
"""The accounts of the pictures in README: their names, colours and roles."""

PICTURES = ROOT / "docs/images"


def readme(stage: Stage) -> None:
    """The window in the README and in software centres: real sessions in accounts with names and colours."""
    with run_sandbox(stage.folder) as sandbox:
        machine = stage.machine()
        machine.env |= sandbox.env | {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        for name in ("acme", "acme-admin", "northwind"):
            machine("identity", "add", "oidc", name, "--issuer", sandbox.issuer.url, "--client-id", sandbox.issuer.client_id)
        arn = "arn:aws:iam::{}:role/{}".format
        favourites = [f"acme:{arn('444455556666', 'Deploy')}", f"acme:{arn('710987654321', 'Support')}"]
        config = f"[settings]\nfavourites = {json.dumps(favourites)}\n\n" + machine.config.read_text()
        for account, (name, colour, roles) in ACCOUNTS.items():
            marks = (f'colour = "{colour}"\n' if colour else "") + ("production = true\n" if colour == "red" else "")
            config += f'\n[account.{account}]\nname = "{name}"\n{marks}'
            short = name.lower().replace(" ", "-").replace("production", "prod")
            for role in roles:
                config += f'\n[[role]]\narn = "{arn(account, role)}"\nidentity = "acme"\nprofile = "{short}-{role.lower()}"\n'
        machine.config.write_text(config)
        machine("identity", "login", "acme")
        for profile in ("shop-prod-readonly", "shop-staging-developer", "data-lake-analyst"):
            machine("start", profile)
        with stage.opened(machine) as window:
            window.page.by_role("option", "Developer")
            for scheme in SCHEMES:
                window.page.execute("document.documentElement.dataset.theme = arguments[0]", scheme)
                window.page.execute("return new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))")
                (PICTURES / f"window-{scheme}.png").write_bytes(base64.b64decode(window.page.command("GET", "/screenshot")))
            stage.shoot(window, "readme", parts=True)
        machine.end_background()


def twice_as_large(stage: Stage) -> None:
    """The first start and the list on a screen with two pixels for each."""
    with stage.company() as (machine, _):
        machine("identity", "login", "login")
        machine("role", "add", ROLE, "--identity", "login", "--profile", "dev")
        machine("start", "dev")
        machine.env["GDK_SCALE"] = "2"
        with stage.opened(machine) as window:
            window.page.by_role("option", "Developer")
            stage.camera.sizes = {"wide": SIZES["wide"], "small": SIZES["small"]}
            stage.shoot(window, "scale-2", parts=True)


def settings(stage: Stage) -> None:
    """Each part of the settings, a search, a value that can't be right, keys that are being chosen, and a mistake in the file."""
    with stage.company() as (machine, _), stage.opened(machine) as window:
        page = window.page
        page.press("Control+,")
        page.by_role("heading", "Settings")
        parts = page.execute("return [...document.querySelectorAll('.settings nav button')].map((b) => b.innerText.trim())")
        for at, part in enumerate(parts):
            page.by_role("button", part, exact=True).click()
            stage.shoot(window, f"settings-{at + 1}-{part.split()[0].lower()}")
        page.by_role("button", "Regions", exact=True).click()
        page.by_role("combobox", "Region", exact=True).fill("mars")
        page.press("Enter")
        page.by_role("alert")
        stage.shoot(window, "settings-refused")
        page.by_role("button", "Shortcuts", exact=True).click()
        page.by_role("button", "Change the keys of: Find").click()
        stage.shoot(window, "settings-keys")
        page.press("Escape")
        page.by_role("textbox", "Search settings").fill("browser")
        stage.shoot(window, "settings-search")
        machine.config.write_text(machine.config.read_text() + '\n[settings.window]\ntheme = "grey"\n')
        page.wait_for_text("can’t change these settings until you fix config.toml")
        stage.shoot(window, "settings-mistake")


def memory(stage: Stage) -> None:
    """Not the real app: every session state, every kind of role, and long lists, on the in-memory backend."""
    code = stage.folder / "code"
    vite = ["npx", "--prefix", ROOT / "ui", "vite", "build", "--mode", "fake", "--outDir", code, "--logLevel", "error"]
    subprocess.run([str(word) for word in vite], cwd=ROOT / "ui", check=True, stdin=subprocess.DEVNULL)
    port = free_port()
    server = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", code]
    serves = http_answers(f"http://127.0.0.1:{port}/")
    with running("code", server, logs=stage.folder, ready=serves), webkit_page(stage.desktop, stage.folder) as page:
        window = Window(page)
        # The browser around the page can't get smaller.
        stage.camera.sizes = SIZES | {"small": (700, 560), "middle": (800, 600)}
        for name in ("main", "customers", "kinds", "problems", "morning", "locked", "many", "no-roles", "sandbox", "sandbox-signed-out"):
            page.open(f"http://127.0.0.1:{port}/?fake={name}")
            wait_until(lambda: page.text.strip(), what="the window to show anything")
            page.execute("return new Promise((done) => setTimeout(done, 800))")
            stage.shoot(window, f"memory-{name}", parts=name not in ("no-roles", "sandbox-signed-out"))
            if name == "customers":
                many_customers(stage, window)
            if name in ("problems", "morning"):
                page.press("Control+j")
                stage.shoot(window, f"memory-{name}-attention")
                page.press("Escape")
            wanted = {"kinds": ("audit", "root", "federated", "mara", "app"), "problems": ("acme-prod-readonly", "staging-power", "expired", "renewing")}
            for query in wanted.get(name, ()):
                window.search(query)
                stage.shoot(window, f"memory-{name}-{query}", parts=True)
        page.open(f"http://127.0.0.1:{port}/?fake=month")
        wait_until(lambda: page.text.strip(), what="the window to show anything")
        page.press("Control+Shift+h")
        for span in ("Day", "Week", "Month"):
            page.by_role("button", span, exact=True).click()
            stage.shoot(window, f"timeline-{span.lower()}")
        page.by_role("button", "Table", exact=True).click()
        stage.shoot(window, "timeline-table")


def many_customers(stage: Stage, window: Window) -> None:
    """What the list looks like with a thousand accounts: searched, grouped, filtered, and with several roles selected."""
    page = window.page
    for query in ("analytics prod", "teams", "break", "goes on", "חשבון"):
        window.search(query)
        stage.shoot(window, f"list-{query.split()[-1] if query.isascii() else 'right-to-left'}")
    page.by_role("combobox", "Search roles").click()
    page.press("Escape")
    page.press("Control+End")
    stage.shoot(window, "list-end")
    for grouping in ("By identity", "By folder"):
        page.by_role("button", "Grouping").click()
        page.by_role("menuitemcheckbox", grouping).click()
        stage.shoot(window, f"list-{grouping.replace(' ', '-').lower()}")
    page.by_role("button", "Grouping").click()
    stage.camera.sizes = {"wide": SIZES["wide"]}  # a menu closes with a change of size
    stage.shoot(window, "list-grouping-menu")
    page.by_role("menuitemcheckbox", "By account").click()
    stage.camera.sizes = SIZES | {"small": (700, 560), "middle": (800, 600)}
    window.search("analytics readonly")
    for _ in range(4):
        page.press("Shift+ArrowDown")
    stage.shoot(window, "list-several")
    page.press("Escape")
    page.by_role("button", "Production", exact=True).click()
    page.by_role("button", "Needs sign-in", exact=True).click()
    stage.shoot(window, "list-filtered")
    page.by_role("combobox", "Search roles").click()
    page.press("Shift+F10")
    stage.camera.sizes = {"wide": SIZES["wide"]}
    stage.shoot(window, "list-role-menu")
    page.press("Escape")
    stage.camera.sizes = SIZES | {"small": (700, 560), "middle": (800, 600)}


SCENES: dict[str, Callable[[Stage], None]] = {
    "welcome": welcome, "pasted": pasted, **{f"form-{word}": partial(form, word) for word in KINDS}, "edits": edits, "sign-ins": sign_ins, "successes": successes, "imports": imports, "lists": lists, "keyring": keyring, "work": work, "roles": roles, "troubles": troubles,
    "readme": readme, "scale-2": twice_as_large, "settings": settings,
    "memory": memory,
}  # fmt: skip


def has_menu_item(window: Window, identity: str, item: str) -> bool:
    """Open an identity's menu, and close it again if it still lacks an item."""
    menu(window, identity)
    if window.page.has("menuitem", item):
        return True
    window.page.press("Escape")
    return False


def open_more(window: Window) -> None:
    """Open a form's advanced part, if it has one."""
    window.page.execute("document.querySelectorAll('dialog details').forEach((one) => (one.open = true))")


def menu(window: Window, identity: str) -> None:
    """Open an identity's menu."""
    press_in_rail(window, identity, "[aria-haspopup]")
    window.page.by_role("menu")


def sign_in(window: Window, identity: str) -> None:
    """Press Sign in for one of several identities."""
    press_in_rail(window, identity, ".acts button")


def press_in_rail(window: Window, identity: str, what: str) -> None:
    """Press a button of one of several identities, which all have the same buttons."""
    script = "const [id, what] = arguments; const one = document.getElementById(`identity-${id}`)?.closest('li').querySelector(what);"
    pressed = lambda: window.page.execute(f"{script} one?.click(); return Boolean(one);", identity, what)  # noqa: E731
    wait_until(pressed, what=f"{what} of {identity}")
