//! Runs a sandbox until Ctrl-C or SIGTERM, and prints its URLs and secrets as one line of JSON.
//!
//! `cargo run -p daypass-sandbox --example sandbox -- --port 0`
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use clap::Parser;
use daypass_sandbox::{Account, Knobs, Options, PASSWORD, Sandbox, TrustedIssuer};
use secrecy::ExposeSecret;
use serde_json::json;
use url::Url;

/// Run a local AWS and identity provider on 127.0.0.1
#[derive(Parser)]
struct Args {
    /// Port to listen on, or 0 for a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Number of accounts to generate instead of the made-up company
    #[arg(long, requires = "roles")]
    accounts: Option<u32>,
    /// Number of roles in each generated account
    #[arg(long, requires = "accounts")]
    roles: Option<u32>,
    /// Another issuer to trust, with the client ID in its tokens; repeat for several
    #[arg(long = "trust", value_name = "ISSUER=CLIENT_ID", value_parser = trusted)]
    trust: Vec<TrustedIssuer>,
    /// Knobs to start with, as JSON
    #[arg(long, default_value = "{}", value_parser = knobs)]
    knobs: Knobs,
    /// Stop when standard input ends, so that the sandbox doesn't outlive the test that started it
    #[arg(long)]
    until_stdin_ends: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut options = Options { port: args.port, knobs: args.knobs, trusted_issuers: args.trust, ..Options::default() };
    if let (Some(accounts), Some(roles)) = (args.accounts, args.roles) {
        options.accounts = Account::generate(accounts, roles);
    }
    let sandbox = Sandbox::start(options).await?;
    let users: Vec<_> = sandbox
        .users()
        .iter()
        .map(|user| {
            json!({
                "arn": user.arn(),
                "access_key_id": user.access_key_id,
                "secret_access_key": user.secret_access_key.expose_secret(),
                "mfa_serial": user.mfa.as_ref().map(|device| &device.serial),
                "mfa_secret": user.mfa.as_ref().map(|device| device.secret.expose_secret()),
            })
        })
        .collect();
    let summary = json!({
        "sts": sandbox.base_url(),
        "issuer": sandbox.issuer(),
        "signin": sandbox.signin_url(),
        "start_url": sandbox.start_url(),
        "saml_start_url": sandbox.saml_start_url(),
        "client_id": sandbox.client_id(),
        "people": sandbox.people(),
        "password": PASSWORD,
        "roles": sandbox.roles(),
        "users": users,
    });
    println!("{summary}");
    if args.until_stdin_ends {
        tokio::select! {
            signalled = ended() => signalled?,
            () = stdin_ended() => {}
        }
    } else {
        ended().await?;
    }
    sandbox.stop().await;
    Ok(())
}

/// Reads on a separate thread, because a pending read of tokio's standard input would keep the runtime from ending.
async fn stdin_ended() {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(tell);
    });
    _ = told.await;
}

#[cfg(unix)]
async fn ended() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn ended() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn trusted(text: &str) -> Result<TrustedIssuer, String> {
    let (issuer, client_id) = text.rsplit_once('=').ok_or("write it as ISSUER=CLIENT_ID")?;
    let issuer = Url::parse(issuer).map_err(|e| format!("the issuer is not a URL: {e}"))?;
    Ok(TrustedIssuer { issuer, audiences: vec![client_id.to_owned()] })
}

fn knobs(text: &str) -> Result<Knobs, String> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}
