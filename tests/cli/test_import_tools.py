"""From the set-up of each other tool to the AWS CLI under the profile that the tool used: one import, one sign-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from peers import leapp
from peers.daypass import OTHERS, Daypass
from peers.person import post_of_assertion
from peers.saml import SamlIdp
from peers.sandbox import Sandbox
from peers.simplesamlphp import USERS
from peers.sts import Sts

DEVELOPER = "assumed-role/AWSReservedSSO_Developer_"
ROLE = USERS["one"].roles[0]
ENDED = """

[{}]
aws_access_key_id = ASIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
aws_session_token = AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5T
aws_security_token = AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5T
x_principal_arn = arn:aws:sts::123456789012:assumed-role/Developer/one
x_security_token_expires = 2020-01-01T00:00:00Z
"""
"""What these tools leave in the credentials file."""


def home(daypass: Daypass, file: str, text: str) -> None:
    """Write a file below the person's home folder."""
    path = Path(daypass.env["HOME"], file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def of_leapp(daypass: Daypass, sandbox: Sandbox) -> tuple[str, str]:
    workspace = leapp.with_portal(sandbox.start_url, "444455556666", "Developer", profile="shop-dev")
    home(daypass, ".Leapp/Leapp-lock.json", leapp.seal(json.dumps(workspace), leapp.machine_id()))
    return "Acme", "shop-dev"


def of_aws_sso_cli(daypass: Daypass, sandbox: Sandbox) -> tuple[str, str]:
    settings = f"""
        SSOConfig:
            acme:
                SSORegion: eu-central-1
                StartUrl: {sandbox.start_url}
                DefaultRegion: eu-west-1
        ProfileFormat: '{{{{ .AccountIdPad }}}}:{{{{ .RoleName }}}}'
    """
    home(daypass, ".config/aws-sso/config.yaml", settings)
    arn = "arn:aws:iam::444455556666:role/Developer"
    daypass.aws_config.write_text(
        f'[profile 444455556666:Developer]\ncredential_process = aws-sso -u open -S "acme" process --arn {arn}\n'
    )
    return "acme", "444455556666:Developer"


def of_granted(daypass: Daypass, sandbox: Sandbox) -> tuple[str, str]:
    home(daypass, ".granted/config", f'[SSO.acme]\nStartURL = "{sandbox.start_url}"\nSSORegion = "eu-central-1"\n')
    daypass.aws_config.write_text(f"""\
[profile Shop/Developer]
granted_sso_start_url      = {sandbox.start_url}
granted_sso_region         = eu-central-1
granted_sso_account_id     = 444455556666
granted_sso_role_name      = Developer
common_fate_generated_from = aws-sso
credential_process         = granted credential-process --profile Shop/Developer
region                     = eu-west-1
""")
    return "acme", "Shop/Developer"


@pytest.mark.parametrize("tool", [of_leapp, of_aws_sso_cli, of_granted])
def test_with_an_access_portal(daypass: Daypass, sandbox: Sandbox, tool):
    identity, profile = tool(daypass, sandbox)
    name = tool.__name__.removeprefix("of_").replace("_", "-")
    daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}

    daypass("import", "--from", name, "--yes")
    daypass("identity", "login", identity)
    assert DEVELOPER in daypass.caller(profile)

    before = daypass.config.read_bytes(), daypass.aws_config.read_bytes()
    daypass("import", "--from", name, "--yes")
    assert (daypass.config.read_bytes(), daypass.aws_config.read_bytes()) == before


def test_at_a_terminal_one_confirmation_is_enough(daypass: Daypass, sandbox: Sandbox):
    identity, profile = of_leapp(daypass, sandbox)
    daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    answers = [("Import this, then sign in? [y/N] ", "y")]
    shown = daypass.conversation("import", "--from", "leapp", answers=answers)
    assert f"Signed in to {identity} as " in shown
    assert DEVELOPER in daypass.caller(profile)


def of_saml2aws(daypass: Daypass, start: str) -> tuple[str, str]:
    settings = f"url = {start}\nprovider = Browser\nmfa = Auto\naws_profile = work\nrole_arn = {ROLE}\nregion = us-east-1\n"
    home(daypass, ".saml2aws", f"[corp]\n{settings}")
    return "corp", "work"


def of_gimme_aws_creds(daypass: Daypass, start: str) -> tuple[str, str]:
    settings = f"gimme_creds_server = appurl\napp_url = {start}\naws_rolename = {ROLE}\ncred_profile = acc-role\n"
    home(daypass, ".okta_aws_login_config", f"[DEFAULT]\nokta_org_url = https://acme.okta.com\n{settings}")
    return "127.0.0.1", f"{ROLE.split(':')[4]}-Developer"


def of_aws_azure_login(daypass: Daypass, start: str) -> tuple[str, str]:
    daypass.aws_config.write_text(f"""\
[profile dev]
azure_tenant_id=8273303e-1e63-49f2-9812-43c86b5b11ec
azure_app_id_uri=urn:amazon:webservices
azure_default_role_arn={ROLE}
azure_default_duration_hours=1
""")
    return "entra", "dev"


def of_okta_aws_cli(daypass: Daypass, start: str) -> tuple[str, str]:
    settings = f"oidc-client-id: 0oa1, org-domain: acme.okta.com, aws-acct-fed-app-id: 0oa2, aws-iam-role: '{ROLE}'"
    home(daypass, ".okta/okta.yaml", f"awscli: {{profiles: {{staging: {{{settings}}}}}}}\n")
    return "acme.okta.com", "staging"


@pytest.mark.parametrize("tool", [of_saml2aws, of_gimme_aws_creds, of_aws_azure_login, of_okta_aws_cli])
def test_with_a_saml_provider(daypass: Daypass, simplesamlphp: SamlIdp, moto: Sts, tool):
    daypass.use(moto.endpoint)
    identity, profile = tool(daypass, simplesamlphp.start_url())
    daypass.credentials.write_bytes(OTHERS + ENDED.format(profile).encode())
    daypass("import", "--from", tool.__name__.removeprefix("of_").replace("_", "-"), "--yes")

    # What Microsoft and Okta have on their own hosts is the assertion's origin only: any provider's is taken.
    assertion = post_of_assertion(simplesamlphp.start_url(), "one", USERS["one"].password).saml_response
    daypass("identity", "login", identity, "--assertion-file", "-", stdin=assertion)
    assert "assumed-role/Developer/one@example.org" in daypass.caller(profile)
    assert daypass.credentials.read_bytes().rstrip() == OTHERS, "the keys that had ended are gone, and nothing else is"
