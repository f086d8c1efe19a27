//! What only IAM users have: `daypass identity code` and `daypass identity rotate-key`.

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
        format!("It was used or shown already: AWS takes each code once. The next one comes in {seconds} s")
    } else {
        format!("Good for {seconds} s more")
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
        say::note("A rotation that was interrupted went on");
    }
    say::line(&format!("{name} has a new access key: {}. {} is deleted", rotated.new, rotated.old));
    Ok(())
}
