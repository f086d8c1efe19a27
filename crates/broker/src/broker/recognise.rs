//! Says what a pasted text is. If the text alone isn't enough, Daypass asks the address in it: with a GET of its bare
//! form, without anything that the person has or is.

use std::time::Duration;

use url::Url;

use super::door::Broker;
use daypass_core::names::IdentityName;
use daypass_core::recognised::Recognised;
use daypass_http::{Http, Unanswered};
use daypass_identity::recognise::{self, Issuer, Question, Reading};

/// How long all requests for one text may take. The person waits for them.
const PATIENCE: Duration = Duration::from_secs(6);
/// Below an issuer.
const DOCUMENT: &str = "/.well-known/openid-configuration";
/// A company's own address leads to a portal, whose page names its region: that is two questions.
const MOST_QUESTIONS: usize = 2;

impl Broker {
    /// What a pasted text is, and the identity that can be added with it, with a name that is free.
    ///
    /// `ask`: whether to ask the address over the network if the text doesn't tell. Only https, and http on this
    /// machine. Redirects aren't followed.
    pub async fn recognise(&self, text: &str, ask: bool) -> Recognised {
        let mut reading = recognise::read(text);
        if ask && tokio::time::timeout(PATIENCE, self.ask(&mut reading)).await.is_err() {
            reading.learn_failure("no answer in time");
        }
        let config = self.config();
        reading.recognised(|name| name.parse::<IdentityName>().is_ok_and(|name| config.identities.contains_key(&name)))
    }

    async fn ask(&self, reading: &mut Reading) {
        for _ in 0..MOST_QUESTIONS {
            let Some(question) = reading.question().cloned() else { return };
            let http = match Http::over(self.aws().network(), None) {
                Ok(http) => http,
                Err(error) => return reading.learn_failure(&error.to_string()),
            };
            match question {
                Question::PortalPage(url) => {
                    if !is_page(&http, reading, &url).await {
                        return;
                    }
                }
                Question::Issuer(issuers) => {
                    is_issuer(&http, reading, &issuers).await;
                    return;
                }
                Question::Anything(issuers, url) => {
                    if is_issuer(&http, reading, &issuers).await || !is_page(&http, reading, &url).await {
                        return;
                    }
                }
            }
        }
    }
}

/// Whether one of these is an issuer.
async fn is_issuer(http: &Http, reading: &mut Reading, issuers: &[Url]) -> bool {
    for asked in issuers {
        let document = format!("{}{DOCUMENT}", asked.as_str().trim_end_matches('/'));
        let Ok(document) = document.parse::<Url>() else { continue };
        match http.get_json(&document).await {
            Ok(answer) if answer.status == 200 => {
                if let Some(issuer) = Issuer::read(asked, &answer.body) {
                    reading.learn_issuer(&issuer);
                    return true;
                }
            }
            Ok(_) => {}
            Err(error) => {
                reading.learn_failure(&said(&error));
                return false;
            }
        }
    }
    false
}

/// Whether the page says more than its address does.
async fn is_page(http: &Http, reading: &mut Reading, url: &Url) -> bool {
    match http.get_page(url).await {
        Ok(answer) => {
            let location = answer.location.as_deref().filter(|_| (300..400).contains(&answer.status));
            let page = String::from_utf8_lossy(&answer.body);
            reading.learn_page(url, location, &page);
            if reading.question().is_some_and(|question| asks_of(question, url)) {
                reading.end_question();
            }
            true
        }
        Err(error) => {
            reading.learn_failure(&said(&error));
            false
        }
    }
}

/// Whether this question has been answered with that page.
fn asks_of(question: &Question, url: &Url) -> bool {
    match question {
        Question::PortalPage(asked) | Question::Anything(_, asked) => asked == url,
        Question::Issuer(_) => false,
    }
}

fn said(error: &Unanswered) -> String {
    format!("{}: {}", error.url, error.trouble)
}
