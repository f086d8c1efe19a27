//! Commands that only IAM users have: `daypass identity code` and `daypass identity rotate-key`.

use daypass_broker::agent::{Answer, Request};
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use secrecy::ExposeSecret;

use crate::ask::{ask_quietly, unexpected};
use crate::say;

pub(super) fn code(name: IdentityName, json: bool) -> Result<(), Problem> {
    let code = match ask_quietly(Request::MfaCode { identity: name })? {
        Answer::MfaCode(code) => code,
        other => return Err(unexpected(&other)),
    };
    if json {
        return say::json(&code);
    }
    say::line(code.code.expose_secret());
    let seconds = code.seconds_left;
    say::note(&if code.used {
        format!(
            "This code was already used or shown, and AWS accepts each code once. The next one comes in {seconds} s"
        )
    } else {
        format!("Valid for another {seconds} s")
    });
    Ok(())
}

pub(super) fn rotate_key(name: IdentityName, json: bool) -> Result<(), Problem> {
    let rotated = match ask_quietly(Request::RotateKey { identity: name.clone() })? {
        Answer::Rotated(rotated) => rotated,
        other => return Err(unexpected(&other)),
    };
    if json {
        return say::json(&rotated);
    }
    if rotated.resumed {
        say::note("Resumed an interrupted rotation");
    }
    say::line(&format!("{name} has a new access key, {}. The old key {} is deleted", rotated.new, rotated.old));
    Ok(())
}
