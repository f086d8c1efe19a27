//! Sign-ins with a browser that a test plays, over a pipe in memory.
#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daypass_core::names::IdentityName;
use daypass_core::problem::ProblemCode;
use daypass_core::proxy::PageProxies;
use daypass_saml::PageStart;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};

use super::frames::Frames;
use super::talk::{Broken, Talk};
use super::*;

const AWS: &str = "https://signin.aws.amazon.com/saml";

/// The other end of the pipe.
struct Browser {
    from: ReadHalf<DuplexStream>,
    to: WriteHalf<DuplexStream>,
    frames: Frames,
    /// Every order so far, by its method.
    orders: Vec<Value>,
    product: &'static str,
}

impl Browser {
    /// The next order, or `None` once the pipe is closed.
    async fn order(&mut self) -> Option<Value> {
        let mut part = [0; 4096];
        loop {
            if let Some(bytes) = self.frames.next() {
                let order: Value = serde_json::from_slice(&bytes).unwrap();
                self.orders.push(order.clone());
                return Some(order);
            }
            match self.from.read(&mut part).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.frames.push(&part[..count]).unwrap(),
            }
        }
    }

    async fn tell(&mut self, message: &Value) {
        let _ = self.to.write_all(format!("{message}\0").as_bytes()).await;
    }

    /// Answers orders as a browser does, until one has this method.
    async fn until(&mut self, method: &str) -> Option<Value> {
        loop {
            let order = self.order().await?;
            let result = match order["method"].as_str().unwrap() {
                "Browser.getVersion" => json!({ "product": self.product, "protocolVersion": "1.3" }),
                "Target.createTarget" => json!({ "targetId": "A" }),
                "Target.attachToTarget" => json!({ "sessionId": "S" }),
                _ => json!({}),
            };
            self.tell(&json!({ "id": order["id"], "result": result })).await;
            if order["method"] == method {
                return Some(order);
            }
        }
    }

    async fn opens(&mut self, page: &str) {
        let info = json!({ "targetId": page, "type": "page", "url": "https://login.example.com/" });
        self.tell(&json!({ "method": "Target.targetCreated", "params": { "targetInfo": info } })).await;
    }

    async fn closes(&mut self, page: &str) {
        self.tell(&json!({ "method": "Target.targetDestroyed", "params": { "targetId": page } })).await;
    }

    async fn pauses(&mut self, request: &str, method: &str, url: &str, body: &str) {
        let entries = json!([{ "bytes": STANDARD.encode(body) }]);
        let sent = json!({ "url": url, "method": method, "hasPostData": true, "postDataEntries": entries });
        self.tell(&json!({ "method": "Fetch.requestPaused", "params": { "requestId": request, "request": sent } }))
            .await;
    }

    fn count(&self, method: &str) -> usize {
        self.orders.iter().filter(|order| order["method"] == method).count()
    }
}

fn page(quietly: bool) -> SamlPage {
    SamlPage {
        identity: "corp".parse().unwrap(),
        start: PageStart::Get("https://login.example.com/aws".parse().unwrap()),
        proxies: PageProxies::System,
        keep_cookies: true,
        quietly,
    }
}

/// A sign-in with a browser that does what `play` says, and every order that it got.
async fn with<F>(page: SamlPage, product: &'static str, play: F) -> (Result<String, ProblemCode>, Vec<Value>)
where
    F: AsyncFnOnce(&mut Browser),
{
    let (ours, theirs) = duplex(64 << 10);
    let (from, to) = split(theirs);
    let mut browser = Browser { from, to, frames: Frames::default(), orders: Vec::new(), product };
    let identity: IdentityName = "corp".parse().unwrap();
    let sign_in = async {
        let (from, to) = split(ours);
        let mut talk = Talk::new(from, to);
        talk.sign_in(&page, Names { identity: &identity, browser: "Chromium" }).await
    };
    let played = async {
        play(&mut browser).await;
        while browser.order().await.is_some() {}
    };
    let (outcome, ()) = tokio::join!(sign_in, played);
    let outcome = match outcome {
        Ok(assertion) => Ok(assertion.expose_secret().to_owned()),
        Err(Broken::Told(problem)) => Err(problem.code),
        Err(Broken::AtOnce) => Err(ProblemCode::SignInBrowserFailed),
        Err(Broken::Later) => Err(ProblemCode::SignInCrashed),
    };
    (outcome, browser.orders)
}

const CHROME: &str = "Chrome/156.0.8078.114";

#[tokio::test]
async fn a_person_signs_in_and_nothing_is_asked_of_their_pages() {
    let long = "A".repeat(120_000);
    let (outcome, orders) = with(page(false), CHROME, async |browser| {
        let opened = browser.until("Target.createTarget").await.unwrap();
        assert_eq!(opened["params"], json!({ "url": "https://login.example.com/aws", "newWindow": true }));
        browser.opens("A").await;
        browser.opens("B").await;
        browser.closes("B").await;
        browser.pauses("r1", "POST", "https://a-b.example.org/.signin.aws.amazon.com/saml", "SAMLResponse=PHNh").await;
        browser.pauses("r2", "POST", AWS, &format!("SAMLResponse={long}")).await;
        browser.until("Browser.close").await;
        assert_eq!(browser.count("Fetch.continueRequest"), 1);
    })
    .await;
    assert_eq!(outcome.unwrap(), long);
    let methods: Vec<&str> = orders.iter().map(|order| order["method"].as_str().unwrap()).collect();
    assert_eq!(
        methods,
        [
            "Browser.getVersion",
            "Browser.setDownloadBehavior",
            "Fetch.enable",
            "Target.setDiscoverTargets",
            "Target.createTarget",
            "Fetch.continueRequest",
            "Fetch.fulfillRequest",
            "Browser.close"
        ]
    );
    assert_eq!(orders[1]["params"], json!({ "behavior": "deny" }));
    for pattern in orders[2]["params"]["patterns"].as_array().unwrap() {
        let wildcard = pattern["urlPattern"].as_str().unwrap();
        assert!(wildcard.starts_with("https://") && wildcard.ends_with("saml*"), "{wildcard}");
        assert_eq!(pattern["resourceType"], "Document");
    }
    let shown = orders.iter().find(|order| order["method"] == "Fetch.fulfillRequest").unwrap();
    let shown = STANDARD.decode(shown["params"]["body"].as_str().unwrap()).unwrap();
    assert!(String::from_utf8(shown).unwrap().contains("corp"));
}

#[tokio::test]
async fn a_provider_that_wants_a_form_gets_it_from_a_page_at_its_own_origin() {
    let start = PageStart::Post {
        action: "https://idp.example.org/sso?tenant=7".parse().unwrap(),
        fields: vec![("SAMLRequest".to_owned(), "PHNhb<\"".to_owned())],
    };
    let (outcome, orders) = with(SamlPage { start, ..page(false) }, CHROME, async |browser| {
        let opened = browser.until("Target.createTarget").await.unwrap();
        let first = opened["params"]["url"].as_str().unwrap().to_owned();
        assert!(first.starts_with("https://idp.example.org/daypass-"), "{first}");
        browser.opens("A").await;
        browser.pauses("r1", "GET", &first, "").await;
        let form = browser.until("Fetch.fulfillRequest").await.unwrap();
        let form = String::from_utf8(STANDARD.decode(form["params"]["body"].as_str().unwrap()).unwrap()).unwrap();
        assert!(form.contains("action=\"https://idp.example.org/sso?tenant=7\""), "{form}");
        assert!(form.contains("PHNhb&lt;&quot;") && form.contains("submit()"), "{form}");
        browser.pauses("r2", "POST", AWS, "SAMLResponse=PHNh").await;
    })
    .await;
    assert_eq!(outcome.unwrap(), "PHNh");
    let patterns = orders[2]["params"]["patterns"].as_array().unwrap().clone();
    assert!(patterns.iter().any(|pattern| pattern["urlPattern"].as_str().unwrap().contains("/daypass-")));
}

#[tokio::test]
async fn the_person_closes_the_window_or_the_page_goes_to_aws_without_an_assertion() {
    let (outcome, _) = with(page(false), CHROME, async |browser| {
        browser.until("Target.createTarget").await;
        browser.opens("A").await;
        browser.closes("A").await;
    })
    .await;
    assert_eq!(outcome, Err(ProblemCode::SignInCancelled));
    let (outcome, _) = with(page(false), CHROME, async |browser| {
        browser.until("Target.createTarget").await;
        browser.opens("A").await;
        browser.pauses("r1", "GET", AWS, "").await;
    })
    .await;
    assert_eq!(outcome, Err(ProblemCode::AssertionNotCaught));
}

#[tokio::test]
async fn a_browser_that_is_too_old_refuses_or_ends_is_told_apart() {
    let (outcome, orders) = with(page(false), "Chrome/111.0.5563.64", async |browser| {
        browser.until("Browser.getVersion").await;
    })
    .await;
    assert_eq!((outcome, orders.len()), (Err(ProblemCode::SignInBrowserTooOld), 1));
    let (outcome, _) = with(page(false), CHROME, async |browser| {
        browser.until("Browser.setDownloadBehavior").await;
        let asked = browser.order().await.unwrap();
        browser.tell(&json!({ "id": asked["id"], "error": { "code": -32601, "message": "not found" } })).await;
    })
    .await;
    assert_eq!(outcome, Err(ProblemCode::SignInBrowserFailed));
    let (outcome, _) = with(page(false), CHROME, async |browser| {
        browser.order().await;
        browser.to.shutdown().await.unwrap();
    })
    .await;
    assert_eq!(outcome, Err(ProblemCode::SignInBrowserFailed), "before it said who it is");
    let (outcome, _) = with(page(false), CHROME, async |browser| {
        browser.until("Target.createTarget").await;
        browser.to.shutdown().await.unwrap();
    })
    .await;
    assert_eq!(outcome, Err(ProblemCode::SignInCrashed), "later");
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_leaves_the_pipe_alone_is_not_waited_for() {
    for quietly in [false, true] {
        let (outcome, _) = with(page(quietly), CHROME, async |browser| {
            browser.order().await;
        })
        .await;
        assert_eq!(outcome, Err(ProblemCode::SignInBrowserFailed));
    }
}

/// What a quiet sign-in needs: to know whether the first page could be loaded.
#[tokio::test(start_paused = true)]
async fn a_quiet_sign_in_ends_when_the_page_stays_or_cannot_be_loaded() {
    let (outcome, orders) = with(page(true), CHROME, async |browser| {
        browser.until("Page.navigate").await;
    })
    .await;
    assert_eq!(outcome, Err(ProblemCode::SignInNeedsPerson));
    let opened = orders.iter().find(|order| order["method"] == "Target.createTarget").unwrap();
    assert_eq!(opened["params"]["url"], "about:blank");

    let (outcome, _) = with(page(true), CHROME, async |browser| {
        browser.until("Target.attachToTarget").await;
        let asked = browser.order().await.unwrap();
        assert_eq!((&asked["method"], &asked["sessionId"]), (&json!("Page.navigate"), &json!("S")));
        let result = json!({ "frameId": "F", "errorText": "net::ERR_INTERNET_DISCONNECTED" });
        browser.tell(&json!({ "id": asked["id"], "sessionId": "S", "result": result })).await;
    })
    .await;
    assert_eq!(outcome, Err(ProblemCode::SignInUnreachable));

    let (outcome, _) = with(page(true), CHROME, async |browser| {
        browser.until("Target.attachToTarget").await;
        browser.order().await;
    })
    .await;
    assert_eq!(outcome, Err(ProblemCode::SignInSlow), "nothing was loaded");

    let (outcome, _) = with(page(true), CHROME, async |browser| {
        browser.until("Page.navigate").await;
        browser.pauses("r1", "POST", AWS, "SAMLResponse=PHNh").await;
    })
    .await;
    assert_eq!(outcome.unwrap(), "PHNh");
}

#[test]
fn the_version_is_read_from_every_browsers_name() {
    for (product, too_old) in
        [("HeadlessChrome/156.0.1", false), ("Edg/111.0", true), ("Chrome/112.0", false), ("Vivaldi", false)]
    {
        assert_eq!(super::talk::is_too_old(product), too_old, "{product}");
    }
}
