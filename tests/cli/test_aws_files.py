"""The person's AWS files and environment as they really are: what tools pass over or can't read, other environments, other
tools that write the same file."""

from __future__ import annotations

import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from peers.daypass import OTHERS, Daypass
from peers.process import PATIENCE
from peers.sandbox import ROLE, Sandbox
from peers.tls import self_signed

CASES = Path(__file__).parent / "cases/aws-files"


@pytest.fixture(params=["alone", "agent"])
def signed_in(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with and without an agent. The outcome is the same."""
    daypass.with_agent = request.param == "agent"
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    return daypass


def botocore(daypass: Daypass, profile: str) -> tuple[str, str]:
    """Where botocore gets the profile's credentials from, and their access key id; or the name of its error."""
    program = (
        "import botocore.session, json, sys\n"
        "try:\n"
        "    c = botocore.session.Session(profile=sys.argv[1]).get_credentials()\n"
        "    print(json.dumps([c.method, '' if 'Deferred' in type(c).__name__ else c.access_key]))\n"
        "except Exception as e:\n"
        "    print(json.dumps(['error', type(e).__name__]))\n"
    )
    argv = [sys.executable, "-c", program, profile]
    done = subprocess.run(argv, env=daypass.env, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return tuple(json.loads(done.stdout))


class TestWhatShadowsWhat:
    """`[profile dev]` in the config file beside keys in the credentials file."""

    # What botocore really does with each.
    WINS = {
        "role_arn = arn:aws:iam::444455556666:role/Admin\nsource_profile = default\n": "assume-role",
        "web_identity_token_file = /t\nrole_arn = arn:aws:iam::444455556666:role/Admin\n": "assume-role-with-web-identity",
        "sso_session = corp\nsso_account_id = 1\nsso_role_name = A\n[sso-session corp]\n"
        "sso_start_url = https://x.example\nsso_region = eu-west-1\n": "sso",
        "sso_start_url = https://x.example\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = A\n": "sso",
    }
    LOSES = ("credential_process = /bin/tool\n", "login_session = x\n", "sso_session = corp\n", "sso_start_url = https://x\n")

    def text(self, body: str) -> str:
        return f"[profile dev]\nregion = eu-central-1\n{body}"

    @pytest.mark.parametrize("body", WINS)
    def test_a_profile_that_wins_is_refused(self, signed_in: Daypass, body: str):
        # First what is true: with the profile's keys written, botocore goes elsewhere.
        signed_in("start", "dev")
        signed_in.aws_config.write_text(self.text(body))
        assert botocore(signed_in, "dev")[0] == self.WINS[body]
        key = "role_arn" if "role_arn" in body else "sso_account_id"
        told = signed_in("doctor", code=1).out
        assert f"{signed_in.aws_config}:" in told and key in told and "dev" in told
        assert "warning" in signed_in("start", "dev").err, "it runs already"
        signed_in("stop", "dev")
        refused = signed_in("start", "dev", code=5)
        assert f"{signed_in.aws_config}:" in refused.err and "profile-shadowed" in refused.err
        assert "profile-shadowed" in signed_in("start", "dev", "--replace", code=5).err, "it can't be replaced there"
        assert signed_in.untouched()
        signed_in("start", "dev", "--profile", "mine")
        assert botocore(signed_in, "mine")[0] == "shared-credentials-file"

    @pytest.mark.parametrize("body", LOSES)
    def test_a_profile_that_some_sdks_take_first_is_warned_of(self, signed_in: Daypass, body: str):
        signed_in.aws_config.write_text(self.text(body))
        started = signed_in("start", "dev")
        assert "warning" in started.err and body.split(" = ")[0] in started.err and f"{signed_in.aws_config}:3" in started.err
        assert botocore(signed_in, "dev")[0] == "shared-credentials-file"
        assert body.split(" = ")[0] in signed_in("doctor", code=None).out

    def test_daypass_itself_and_harmless_settings_are_no_shadow(self, signed_in: Daypass):
        signed_in.aws_config.write_text(
            "[profile dev]\nregion = eu-central-1\noutput = json\ncredential_process = daypass credential-process --profile dev\n"
        )
        assert "warning" not in signed_in("start", "dev").err


class TestAFileThatBotocoreCannotRead:
    """`start` and `doctor` say which line and why."""

    CASES = {
        "unparsable-bom.ini": 1,
        "unparsable-dup-option.ini": 4,
        "unparsable-dup-section.ini": 7,
        "unparsable-no-header.ini": 1,
        "unparsable-stray-line.ini": 2,
        "unparsable-utf16.ini": 1,
        "latin-1": 3,
    }

    @pytest.mark.parametrize("case", CASES)
    def test_its_line_is_named(self, signed_in: Daypass, case: str):
        text = (CASES / case).read_bytes() if case.endswith(".ini") else "[a]\nx = y\nname = Jörg\n".encode("latin-1")
        signed_in.credentials.write_bytes(text)
        assert botocore(signed_in, "a") == ("error", "ConfigParseError")
        where = f"{signed_in.credentials}:{self.CASES[case]}: "
        started = signed_in("start", "dev")
        assert where in started.err and "warning" in started.err
        assert where in signed_in("doctor", code=1).out
        assert where in signed_in("status").err
        signed_in("stop", "dev")
        assert signed_in.credentials.read_bytes() == text

    def test_the_config_file_as_well(self, signed_in: Daypass):
        signed_in.aws_config.write_text("[profile a]\nregion = x\n[profile a]\n")
        where = f"{signed_in.aws_config}:3: "
        assert where in signed_in("start", "dev").err
        assert where in signed_in("doctor", code=1).out

    @pytest.mark.parametrize("case", ["nbsp-before-header.ini", "vt-before-header.ini"])
    def test_a_profile_behind_an_odd_blank_is_found(self, signed_in: Daypass, case: str):
        text = (CASES / case).read_bytes()
        signed_in.credentials.write_bytes(text)
        assert "foreign-profile" in signed_in("start", "dev", "--profile", "zz-new", code=5).err
        assert signed_in.credentials.read_bytes() == text
        signed_in("start", "dev", "--profile", "zz-new", "--replace")
        assert botocore(signed_in, "zz-new")[0] == "shared-credentials-file"


class TestAnotherEnvironment:
    """AWS_SHARED_CREDENTIALS_FILE differs between shells, or from the agent's."""

    def test_the_agents_file_is_named_where_the_shell_reads_another(self, daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
        daypass.with_agent = True
        daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
        other = tmp_path / "other/credentials"
        elsewhere = {"AWS_SHARED_CREDENTIALS_FILE": str(other)}
        started = daypass("start", "dev", env=elsewhere)
        assert "warning" in started.err and str(daypass.credentials) in started.err and str(other) in started.err
        assert str(other) in daypass("doctor", env=elsewhere, code=None).out
        assert str(other) in daypass("status", env=elsewhere).err
        assert "the agent writes" not in daypass("start", "dev").err
        daypass("stop", "dev", env=elsewhere)
        assert daypass.untouched()

    def test_keys_leave_the_file_that_they_were_written_to(self, daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
        daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
        daypass("start", "dev")
        elsewhere = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "other/credentials")}
        daypass("stop", "dev", env=elsewhere)
        assert daypass.untouched()
        daypass("start", "dev")
        daypass("start", "dev", env=elsewhere)
        assert daypass.untouched() and "[dev]" in (tmp_path / "other/credentials").read_text()
        daypass("stop", "--all")
        assert not (tmp_path / "other/credentials").exists()

    def test_variables_in_the_path_mean_what_they_mean_to_the_aws_cli(self, signed_in: Daypass):
        if signed_in.with_agent:
            pytest.skip("the agent has its own environment")
        (Path(signed_in.env["HOME"]) / "secret").mkdir()
        signed_in.env["AWS_SHARED_CREDENTIALS_FILE"] = "$HOME/secret/${NAME}"
        signed_in.env["NAME"] = "creds"
        signed_in("start", "dev")
        assert "[dev]" in (Path(signed_in.env["HOME"]) / "secret/creds").read_text()
        assert botocore(signed_in, "dev")[0] == "shared-credentials-file"


class TestOtherToolsAndHomes:
    """Others write the same file."""

    def rewrite(self, daypass: Daypass) -> None:
        """Like a tool that reads with configparser and writes everything again: comments are lost."""
        program = (
            "import configparser, sys; p = configparser.RawConfigParser(); p.read(sys.argv[1]);"
            "p.write(open(sys.argv[1], 'w'))"
        )
        subprocess.run([sys.executable, "-c", program, daypass.credentials], check=True)
        assert "daypass" not in daypass.credentials.read_text()

    def test_a_profile_whose_comment_is_gone_is_renewed_and_removed(self, signed_in: Daypass):
        signed_in("start", "dev")
        before = signed_in.session("dev")["accessKeyId"]
        self.rewrite(signed_in)
        signed_in("renew", "dev")
        after = signed_in.session("dev")["accessKeyId"]
        assert before != after and botocore(signed_in, "dev") == ("shared-credentials-file", after)
        self.rewrite(signed_in)
        signed_in("stop", "dev")
        left = signed_in.credentials.read_text()
        assert after not in left and "[dev]" not in left and "[default]" in left

    def test_keys_that_stay_are_named(self, signed_in: Daypass):
        signed_in("start", "dev")
        theirs = OTHERS + b"\n[dev]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = x\n"
        signed_in.credentials.write_bytes(theirs)
        stopped = signed_in("stop", "dev")
        line = theirs[: theirs.index(b"[dev]")].count(b"\n") + 1
        assert f"{signed_in.credentials}:{line} still has keys" in stopped.err
        assert signed_in.credentials.read_bytes() == theirs
        signed_in.credentials.write_bytes(OTHERS)
        signed_in("start", "dev")
        assert "still has keys" not in signed_in("stop", "dev").err

    def test_a_second_start_writes_what_is_gone(self, signed_in: Daypass):
        signed_in("start", "dev")
        signed_in.credentials.write_bytes(OTHERS)
        signed_in("start", "dev")
        assert botocore(signed_in, "dev")[0] == "shared-credentials-file"
        signed_in.credentials.write_bytes(OTHERS + b"\n[dev]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = x\n")
        assert "foreign-profile" in signed_in("start", "dev", code=5).err

    def test_another_home_is_not_written_over_in_silence(self, daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
        daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
        daypass("start", "dev")
        written = daypass.credentials.read_bytes()
        second = Daypass(tmp_path / "second")
        second.env |= sandbox.env | {"AWS_SHARED_CREDENTIALS_FILE": str(daypass.credentials)}
        second.sign_in(sandbox.issuer, (ROLE, "dev"))
        refused = second("start", "dev", code=5)
        assert "another Daypass" in refused.err and daypass.credentials.read_bytes() == written
        second("start", "dev", "--replace")
        daypass("stop", "dev")
        assert "[dev]" in daypass.credentials.read_text(), "it is the second one's by now"

    def test_acls_stay(self, signed_in: Daypass):
        acl = bytes.fromhex("02000000" "01000600ffffffff" "02000400" + (54321).to_bytes(4, "little").hex() +
                            "04000000ffffffff" "10000400ffffffff" "20000000ffffffff")  # fmt: skip
        name = "system.posix_acl_access"
        try:
            os.setxattr(signed_in.credentials, name, acl)
        except OSError:
            pytest.skip("this file system has no ACLs")
        signed_in("start", "dev")
        signed_in("renew", "dev")
        assert os.getxattr(signed_in.credentials, name) == acl
        signed_in("stop", "dev")
        assert os.getxattr(signed_in.credentials, name) == acl and signed_in.untouched()


class TestTheEnvironment:
    """`daypass env`, and what doctor says about variables."""

    STALE = {
        "AWS_PROFILE": "default",
        "AWS_DEFAULT_PROFILE": "default",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_SECURITY_TOKEN": "stale",
        "AWS_ACCOUNT_ID": "999999999999",
    }

    def after(self, daypass: Daypass, profile: str) -> dict[str, str]:
        script = f'eval "$({daypass.binary} env {profile})"; exec {sys.executable} -c "import os, json; print(json.dumps(dict(os.environ)))"'
        done = subprocess.run(["sh", "-ec", script], env=daypass.env | self.STALE, capture_output=True, text=True, check=True)
        return {name: value for name, value in json.loads(done.stdout).items() if name in self.STALE}

    def test_what_leads_tools_elsewhere_is_unset(self, signed_in: Daypass, sandbox: Sandbox):
        signed_in("start", "dev")
        region = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
        assert self.after(signed_in, "dev") == region | {"AWS_ACCOUNT_ID": "444455556666"}
        signed_in("role", "add", "arn:aws:iam::111122223333:role/ReadOnly", "--identity", "work", "--profile", "bare")
        # A session without a region leaves the shell its own.
        own = {"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2"}
        assert self.after(signed_in, "bare") == own | {"AWS_ACCOUNT_ID": "111122223333"}

    def test_the_account_reaches_botocore(self, signed_in: Daypass):
        signed_in("start", "dev")
        account = (
            "import botocore.session, sys; p = sys.argv[1:];"
            "c = botocore.session.Session(profile=p[0] if p else None).get_credentials();"
            "print(c.get_frozen_credentials().account_id)"
        )

        def read(*profile: str, env: dict[str, str]) -> str:
            argv = [sys.executable, "-c", account, *profile]
            return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.strip()

        process = f"{signed_in.binary} credential-process --profile dev"
        signed_in.aws_config.write_text(f"[profile by-process]\ncredential_process = {process}\n")
        variables = signed_in("env", "dev", "--shell", "json").json
        assert read("dev", env=signed_in.env) == "444455556666"
        assert read("by-process", env=signed_in.env) == "444455556666"
        assert read(env=signed_in.env | variables) == "444455556666"

    def test_doctor_names_all_that_belongs_to_keys(self, daypass: Daypass, sandbox: Sandbox):
        def told(**env: str) -> str:
            findings = daypass("doctor", "--json", env=env, code=None).json
            return " ".join(f["message"] + " " + f["hint"] for f in findings if f["what"] == "environment")

        keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}
        assert "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_CREDENTIAL_EXPIRATION" in told(**keys)
        assert "unset AWS_CREDENTIAL_EXPIRATION" in told(AWS_CREDENTIAL_EXPIRATION="x")
        assert told() == ""


class TestTheOutput:
    """Results that don't arrive, and a filter that isn't one."""

    @pytest.mark.parametrize(
        "command", ["status --json", "role list", "env dev", "credential-process --profile dev", "completions bash", "status"]
    )
    def test_a_full_disk_is_no_success(self, signed_in: Daypass, command: str):
        signed_in("start", "dev")
        with open("/dev/full", "w") as full:
            argv = [signed_in.binary, *command.split()]
            done = subprocess.run(argv, env=signed_in.env, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        assert done.returncode == 1 and "No space left" in done.stderr

    def test_a_reader_that_has_gone_is_no_success(self, signed_in: Daypass):
        reading, writing = os.pipe()
        os.close(reading)
        argv = [signed_in.binary, "role", "list"]
        done = subprocess.run(argv, env=signed_in.env, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        os.close(writing)
        assert (done.returncode, done.stderr) == (1, "")

    def test_a_misspelt_log_filter_is_told_and_logs_nothing(self, daypass: Daypass, sandbox: Sandbox):
        daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
        told = daypass("start", "dev", env={"DAYPASS_LOG": "debgu"}).err
        assert '"debgu" isn\'t part of Daypass, nor a level' in told and "DEBUG" not in told
        assert "DEBUG" not in daypass("renew", "dev", env={"DAYPASS_LOG": "warn"}).err
        assert "DEBUG" in daypass("renew", "dev", env={"DAYPASS_LOG": "daypass=debug,daypass_deliver=debug"}).err


class TestWhatIsWrongIsSaid:
    """The cause, and not what follows from it."""

    @pytest.mark.parametrize("command", [["start", "444455556666/Admin"], ["console", "444455556666/Admin", "--print"]])
    def test_a_vault_that_does_not_open_is_no_unknown_role(self, signed_in: Daypass, command: list[str]):
        assert "unknown-role" in signed_in(*command, code=4).err
        (signed_in.home / "vault.age").write_bytes(b"damaged")
        refused = signed_in(*command, code=1)
        assert "vault-damaged" in refused.err and "no role is called" not in refused.err

    def test_no_sign_in_for_a_profile_that_cannot_be_written(self, daypass: Daypass, sandbox: Sandbox):
        daypass.add_identity(sandbox.issuer)
        daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev")
        assert "foreign-profile" in daypass.at_terminal("start", "dev", "--profile", "default", code=5).err
        daypass.aws_config.write_text("[profile dev]\nrole_arn = x\nsource_profile = default\n")
        assert "profile-shadowed" in daypass.at_terminal("start", "dev", code=5).err
        daypass.aws_config.unlink()
        # What a full disk or a read-only folder does, to root as well: something is where the lock must go.
        in_the_way = daypass.credentials.parent / ".credentials.daypass-lock"
        in_the_way.mkdir()
        assert str(daypass.credentials) in daypass.at_terminal("start", "dev", code=1).err
        assert daypass.browser_opened() == 0
        in_the_way.rmdir()
        daypass.at_terminal("start", "dev")
        assert daypass.browser_opened() == 1

    def test_after_a_logout_credential_process_asks_for_a_sign_in(self, daypass: Daypass, sandbox: Sandbox):
        url = sandbox.start_url
        daypass("identity", "add", "identity-center", "work", "--start-url", url, "--region", "eu-central-1")
        daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        daypass("identity", "login", "work")
        profile = "444455556666-Developer"
        assert daypass("credential-process", "--profile", profile).json["AccountId"] == "444455556666"
        daypass("stop", "--all")
        daypass("identity", "logout", "work")
        for named in (profile, "some-name"):
            told = daypass("credential-process", "--profile", named, code=3)
            assert "daypass identity login work" in told.err and told.out == ""
        daypass("identity", "login", "work")
        assert "unknown-session" in daypass("credential-process", "--profile", "some-name", code=4).err

    def test_doctor_asks_where_the_settings_say_with_the_certificates_that_are_trusted(self, daypass: Daypass):
        def sts() -> str:
            findings = daypass("doctor", "--json", code=None, seconds=60).json
            return " ".join(f["message"] for f in findings if f["what"] == "AWS STS")

        daypass.env |= {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
        text = daypass.config.read_text()
        daypass.config.write_text(f'[settings]\nregion = "eu-central-1"\n{text}')
        assert "sts.eu-central-1.amazonaws.com" in sts()
        daypass.config.write_text(f'[settings]\nregion = "us-gov-west-1"\n\n[settings.sts]\nfips = true\n\n{text}')
        assert "sts.us-gov-west-1.amazonaws.com" in sts()
        daypass.env["AWS_CA_BUNDLE"] = "/nonexistent/ca.pem"
        assert "/nonexistent/ca.pem" in sts()

    def test_doctor_trusts_the_bundle_for_aws(self, daypass: Daypass, tmp_path: Path):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        made = self_signed(tmp_path)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.cert, made.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            daypass.env["AWS_ENDPOINT_URL_STS"] = f"https://127.0.0.1:{server.server_port}"
            refused = daypass("doctor", code=1).out
            assert "AWS_CA_BUNDLE" in refused
            daypass.env["AWS_CA_BUNDLE"] = str(made.cert)
            trusted = daypass("doctor").out
            assert f"127.0.0.1:{server.server_port}/ answers" in trusted and "\u2717" not in trusted
        finally:
            server.shutdown()
