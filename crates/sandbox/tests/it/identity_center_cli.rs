//! `aws sso login` and the calls after it, with the AWS CLI version 2. Without it, these tests skip and say so, unless
//! `DAYPASS_REQUIRE_PEERS` is set.

use std::{path::Path, process::Stdio, time::Duration};

use daypass_sandbox::{
    Sandbox,
    headless::{self, Answer},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};
use url::Url;

use crate::support::{start, text};

/// The CLI with its own home folder.
struct Cli<'a> {
    program: &'static str,
    sandbox: &'a Sandbox,
    home: tempfile::TempDir,
}

impl<'a> Cli<'a> {
    async fn new(sandbox: &'a Sandbox) -> Option<Self> {
        let program = version_2().await?;
        let home = tempfile::tempdir().unwrap();
        let config = format!(
            "[profile maya]\nsso_session = sandbox\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\nregion = \
             eu-central-1\n\n[sso-session sandbox]\nsso_start_url = {}\nsso_region = \
             eu-central-1\nsso_registration_scopes = sso:account:access\n",
            sandbox.start_url()
        );
        std::fs::write(home.path().join("config"), config).unwrap();
        for service in ["sso", "sso-oidc"] {
            lead_to(sandbox, &home.path().join(format!(".aws/models/{service}/2019-06-10")));
        }
        Some(Self { program, sandbox, home })
    }

    fn command(&self, args: &[&str]) -> Command {
        let (home, base) = (self.home.path(), self.sandbox.base_url());
        let mut command = Command::new(self.program);
        command
            .args(args)
            .args(["--profile", "maya", "--output", "json"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("AWS_CONFIG_FILE", home.join("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", home.join("credentials"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // Newer versions use these. Debian's 2.9 ignores them.
            .env("AWS_ENDPOINT_URL_SSO", base.as_str())
            .env("AWS_ENDPOINT_URL_SSO_OIDC", base.as_str())
            .env("AWS_ENDPOINT_URL_STS", base.as_str())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    async fn ask(&self, args: &[&str]) -> Result<Value, String> {
        let output = self.command(args).output().await.unwrap();
        if output.status.success() {
            Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Runs `aws sso login` and answers its page. Returns whether it succeeded, and its standard error.
    async fn login(&self, answer: Answer) -> (bool, String) {
        let mut login = self.command(&["sso", "login", "--no-browser"]).spawn().unwrap();
        let mut lines = BufReader::new(login.stdout.take().unwrap()).lines();
        let page = loop {
            let Some(line) = lines.next_line().await.unwrap() else {
                let output = login.wait_with_output().await.unwrap();
                panic!("it named no page: {}", String::from_utf8_lossy(&output.stderr));
            };
            if let Some(page) = line.trim().parse::<Url>().ok().filter(|url| url.query().is_some()) {
                break page;
            }
        };
        headless::answer_device(&page, answer).await.unwrap();
        let rest = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let output = tokio::time::timeout(Duration::from_secs(60), login.wait_with_output()).await.unwrap().unwrap();
        rest.await.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Points older CLI versions, which have no variables for endpoints, to the sandbox. Service data in `~/.aws/models`
/// overrides the CLI's own. This replaces only the endpoint rules, not the client, its models or its code.
fn lead_to(sandbox: &Sandbox, folder: &Path) {
    let builtin = |name: &str, kind: &str| json!({ "builtIn": name, "required": false, "type": kind });
    let rules = json!({
        "version": "1.0",
        "parameters": {
            "Region": builtin("AWS::Region", "String"),
            "UseDualStack": builtin("AWS::UseDualStack", "Boolean"),
            "UseFIPS": builtin("AWS::UseFIPS", "Boolean"),
            "Endpoint": builtin("SDK::Endpoint", "String"),
        },
        "rules": [{
            "type": "endpoint",
            "conditions": [],
            "endpoint": { "url": sandbox.base_url(), "properties": {}, "headers": {} },
        }],
    });
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("endpoint-rule-set-1.json"), rules.to_string()).unwrap();
}

async fn version_2() -> Option<&'static str> {
    for program in ["aws", "/usr/bin/aws"] {
        let output = Command::new(program).arg("--version").output().await;
        if output.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).starts_with("aws-cli/2")) {
            return Some(program);
        }
    }
    assert!(std::env::var_os("DAYPASS_REQUIRE_PEERS").is_none(), "AWS CLI 2 is not installed");
    eprintln!("skipped: AWS CLI 2 is not installed; install awscli from the distribution to run this test");
    None
}

#[tokio::test]
async fn the_aws_cli_signs_in_and_works() {
    let sandbox = start().await;
    let Some(cli) = Cli::new(&sandbox).await else { return };
    let (signed_in, complaint) = cli.login(Answer::SignIn("maya".into())).await;
    assert!(signed_in, "{complaint}");

    let cached = std::fs::read_dir(cli.home.path().join(".aws/sso/cache")).unwrap();
    let cached = cached.map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let cached: Vec<Value> = cached.map(|bytes| serde_json::from_slice(&bytes).unwrap()).collect();
    let token = cached.iter().find(|entry| entry["accessToken"].is_string()).unwrap();
    assert!(token["refreshToken"].is_string());
    let token = text(&token["accessToken"]);

    let base = sandbox.base_url();
    let portal = async |operation: &[&str]| {
        let how = ["--access-token", token, "--endpoint-url", base.as_str(), "--region", "eu-central-1"];
        cli.ask(&[&["sso"], operation, &how].concat()).await
    };
    let accounts = portal(&["list-accounts"]).await.unwrap();
    assert_eq!(accounts["accountList"].as_array().unwrap().len(), 3);
    let roles = portal(&["list-account-roles", "--account-id", "111122223333"]).await.unwrap();
    assert_eq!(roles["roleList"].as_array().unwrap().len(), 3);
    let get = ["get-role-credentials", "--account-id", "111122223333", "--role-name", "ReadOnly"];
    let credentials = portal(&get).await.unwrap();
    assert!(text(&credentials["roleCredentials"]["accessKeyId"]).starts_with("ASIA"));

    // Only the profile is given, and the CLI gets the role's credentials from the portal by itself.
    let who = cli.ask(&["sts", "get-caller-identity", "--endpoint-url", base.as_str()]).await.unwrap();
    assert!(text(&who["Arn"]).contains(":assumed-role/AWSReservedSSO_ReadOnly_"), "{who}");

    cli.ask(&["sso", "logout"]).await.unwrap();
    let after = portal(&["list-accounts"]).await.unwrap_err();
    assert!(after.contains("(UnauthorizedException)"), "{after}");
}

#[tokio::test]
async fn the_aws_cli_understands_a_refusal() {
    let sandbox = start().await;
    let Some(cli) = Cli::new(&sandbox).await else { return };
    let (signed_in, complaint) = cli.login(Answer::Deny).await;
    assert!(!signed_in);
    assert!(complaint.contains("(AccessDeniedException)"), "{complaint}");
}
