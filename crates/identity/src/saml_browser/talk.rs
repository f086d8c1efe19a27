//! Talks with a browser over its pipe, from its version to the assertion.

use std::time::Duration;

use daypass_core::problem::Problem;
use daypass_saml::{PageStart, endpoints};
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;
use zeroize::Zeroizing;

use super::flow::{Flow, Step};
use super::frames::Frames;
use super::message::{Answer, Message, Order, read};
use super::problems::{Names, OLDEST};
use crate::{SamlPage, page};

/// How long a browser may take to start. One that is starting shows nothing yet.
const START: Duration = Duration::from_secs(30);
/// The same where a session waits for it.
const START_QUIETLY: Duration = Duration::from_secs(12);

/// Why a talk ended without an outcome.
pub(super) enum Broken {
    /// The pipe closed before the browser said who it is.
    AtOnce,
    /// It closed later.
    Later,
    /// The outcome after all.
    Told(Problem),
}

impl From<Problem> for Broken {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

/// Both directions of the pipe.
pub(super) struct Talk<R, W> {
    from: R,
    to: W,
    frames: Frames,
    /// The id of the last order.
    last: u64,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Talk<R, W> {
    pub(super) fn new(from: R, to: W) -> Self {
        Self { from, to, frames: Frames::default(), last: 0 }
    }

    /// Opens the page and follows it until the assertion is on its way to AWS. Then the browser has been told to end.
    pub(super) async fn sign_in(&mut self, page: &SamlPage, names: Names<'_>) -> Result<SecretString, Broken> {
        self.meet(page, names).await?;
        let (first, begins_at) = first_page(&page.start);
        let mut wildcards = endpoints::wildcards();
        wildcards.extend(begins_at.iter().map(Url::to_string));
        for order in [Order::RefuseDownloads, Order::Pause { wildcards: &wildcards }, Order::Watch] {
            self.ask(&order).await?.map_err(|_| Broken::Told(names.silent()))?;
        }
        let mut flow = Flow::new(names, page.quietly, begins_at);
        flow.begins(Instant::now());
        let opening = match page.quietly {
            true => self.load(&first, names).await?,
            false => self.send(&Order::Open { url: first.as_str() }).await.map_err(|_| Broken::Later)?,
        };
        self.follow(flow, page, names, opening).await
    }

    /// Asks the browser who it is.
    async fn meet(&mut self, page: &SamlPage, names: Names<'_>) -> Result<(), Broken> {
        let limit = if page.quietly { START_QUIETLY } else { START };
        let Ok(answer) = timeout(limit, self.ask(&Order::Version)).await else {
            return Err(names.silent().into());
        };
        let answer = answer.map_err(|_| Broken::AtOnce)?;
        let product = answer.unwrap_or_default().product.unwrap_or_default();
        if is_too_old(&product) { Err(names.too_old(&product).into()) } else { Ok(()) }
    }

    /// Has a page load an address, and returns the order's id. Only a session with the page tells how that went, and in a
    /// quiet sign-in no one sees the browser's own page about it.
    async fn load(&mut self, first: &Url, names: Names<'_>) -> Result<u64, Broken> {
        let silent = || Broken::Told(names.silent());
        let opened = self.ask(&Order::Open { url: "about:blank" }).await?.map_err(|_| silent())?;
        let page = opened.target_id.ok_or_else(silent)?;
        let attached = self.ask(&Order::Attach { page: &page }).await?.map_err(|_| silent())?;
        let session = attached.session_id.ok_or_else(silent)?;
        self.send(&Order::Load { session: &session, url: first.as_str() }).await.map_err(|_| Broken::Later)
    }

    async fn follow(
        &mut self,
        mut flow: Flow<'_>,
        page: &SamlPage,
        names: Names<'_>,
        opening: u64,
    ) -> Result<SecretString, Broken> {
        loop {
            let message = tokio::select! {
                message = self.next() => message?,
                () = until(flow.due()) => return Err(self.end(flow.on_due()).await),
            };
            if let Message::Answer { id, answer } = &message
                && *id == opening
            {
                match answer.as_ref().map(|answer| answer.error_text.as_deref()) {
                    Ok(None) => flow.is_loaded(Instant::now()),
                    Ok(Some(why)) => return Err(self.end(names.not_loaded(host(&page.start), why)).await),
                    Err(_) => return Err(self.end(names.silent()).await),
                }
            }
            match flow.on_message(message, Instant::now()) {
                Step::Wait => {}
                Step::LetGo(request) => drop(self.send(&Order::Continue { request: &request }).await),
                Step::Begin(request) => {
                    let form = Zeroizing::new(form(&page.start));
                    let _ = self.send(&Order::Answer { request: &request, page: &form }).await;
                }
                Step::Caught { request, outcome } => {
                    let last = match &outcome {
                        Ok(_) => page::caught(&page.identity),
                        Err(problem) => page::failed(&page.identity, problem),
                    };
                    let _ = self.send(&Order::Answer { request: &request, page: &last }).await;
                    let _ = self.send(&Order::End).await;
                    return outcome.map_err(Broken::Told);
                }
                Step::End(problem) => return Err(self.end(problem).await),
            }
        }
    }

    async fn end(&mut self, problem: Problem) -> Broken {
        let _ = self.send(&Order::End).await;
        Broken::Told(problem)
    }

    /// Sends an order and returns its id.
    async fn send(&mut self, order: &Order<'_>) -> std::io::Result<u64> {
        self.last += 1;
        self.to.write_all(&order.text(self.last)).await?;
        self.to.flush().await?;
        Ok(self.last)
    }

    /// Sends an order and waits for its answer. Nothing else matters until then: no page is open yet.
    async fn ask(&mut self, order: &Order<'_>) -> Result<Result<Answer, String>, Broken> {
        let asked = self.send(order).await.map_err(|_| Broken::Later)?;
        loop {
            if let Message::Answer { id, answer } = self.next().await?
                && id == asked
            {
                return Ok(answer);
            }
        }
    }

    /// The next message. What isn't one is left out.
    async fn next(&mut self) -> Result<Message, Broken> {
        let mut part = Zeroizing::new([0; 16 << 10]);
        loop {
            while let Some(bytes) = self.frames.next() {
                if let Some(message) = read(&bytes) {
                    return Ok(message);
                }
            }
            match self.from.read(&mut part[..]).await {
                Ok(0) | Err(_) => return Err(Broken::Later),
                Ok(count) => self.frames.push(&part[..count]).map_err(|_| Broken::Later)?,
            }
        }
    }
}

/// The address that is loaded first. For a form that is a page of ours at the provider's own origin, whose request never
/// leaves the machine: from anywhere else, the browser would keep cookies with `SameSite=Lax` back from the provider.
fn first_page(start: &PageStart) -> (Url, Option<Url>) {
    match start {
        PageStart::Get(url) => (url.clone(), None),
        PageStart::Post { action, .. } => {
            let mut ours = action.clone();
            ours.set_query(None);
            ours.set_fragment(None);
            ours.set_path(&format!("/daypass-{:016x}", fastrand::u64(..)));
            (ours.clone(), Some(ours))
        }
    }
}

fn host(start: &PageStart) -> &str {
    match start {
        PageStart::Get(url) | PageStart::Post { action: url, .. } => url.host_str().unwrap_or_default(),
    }
}

/// A page that posts the form.
fn form(start: &PageStart) -> String {
    match start {
        PageStart::Get(_) => String::new(),
        PageStart::Post { action, fields } => {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            page::post_to(action.as_str(), &fields, "")
        }
    }
}

/// By the version in `Chrome/156.0.8078.114`. A name that isn't like that says nothing about its age.
pub(super) fn is_too_old(product: &str) -> bool {
    let major = product.split('/').nth(1).and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major < OLDEST)
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
