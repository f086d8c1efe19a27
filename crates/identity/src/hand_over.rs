//! Hands an address to the person's browser without showing it to anyone else.
//!
//! A program's arguments can be read by every user of the machine. An address of a sign-in has its state and challenge
//! in it, and that of the console is a key, so the browser is started with another one:
//! `http://127.0.0.1:PORT/open/TICKET`, which redirects once. Where the system tells whose program connects, other
//! users are turned away and don't use the ticket up. Elsewhere the ticket is kept from them: the browser gets the path
//! of a file that only the person can read, and the file leads to the ticket.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daypass_peer::PeerCheck;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use oauth2::CsrfToken;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tempfile::{NamedTempFile, TempDir};
use tokio::sync::mpsc;
use url::Url;
use zeroize::Zeroizing;

use crate::local_server::{self, Visit};
use crate::page;

/// Where the browser is led.
pub(crate) enum Onward {
    /// To an address.
    Address(Url),
    /// To a page that posts these fields there.
    Form { action: Url, fields: Vec<(&'static str, SecretString)> },
}

/// An address on loopback that leads the person's browser to another one, once. Dropping it closes the port.
pub(crate) struct HandOver {
    listener: std::net::TcpListener,
    address: SocketAddr,
    check: PeerCheck,
    ticket: String,
    file: Option<TicketFile>,
    through_extension: bool,
}

/// The file that leads to the ticket, in a folder that only the person can enter. Both go when it is dropped.
struct TicketFile {
    file: NamedTempFile,
    _folder: TempDir,
}

impl HandOver {
    /// Opens the port.
    pub(crate) fn prepare() -> io::Result<Self> {
        Self::checked_by(PeerCheck::of_listener)
    }

    fn checked_by(check: impl FnOnce(SocketAddr) -> PeerCheck) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        local_server::let_many_wait(&listener)?;
        let address = listener.local_addr()?;
        let check = check(address);
        let ticket = CsrfToken::new_random_len(24).secret().clone();
        let file = match check.can_tell() {
            true => None,
            false => Some(TicketFile::write(&ticket_url(address, &ticket))?),
        };
        Ok(Self { listener, address, check, ticket, file, through_extension: false })
    }

    /// For a browser whose extension opens the address, in a container.
    pub(crate) fn through_extension(self, through_extension: bool) -> Self {
        Self { through_extension, ..self }
    }

    /// What the browser is started with.
    pub(crate) fn shown(&self) -> io::Result<String> {
        match &self.file {
            None => Ok(ticket_url(self.address, &self.ticket)),
            Some(file) => Url::from_file_path(file.file.path())
                .map(Into::into)
                .map_err(|()| io::ErrorKind::InvalidFilename.into()),
        }
    }

    /// Waits for the browser and leads it to the address.
    pub(crate) async fn lead_to(self, onward: &Onward) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let onward = Answer::leading_to(onward)?;
        let (sender, mut arrivals) = mpsc::channel(1);
        let door = Arc::new(Door {
            address: self.address,
            is_led_by_other_site: self.file.is_some() || self.through_extension,
            path: format!("/open/{}", self.ticket),
            onward,
            used: AtomicBool::new(false),
            arrivals: sender,
        });
        let handle = move |request, visit| {
            let door = Arc::clone(&door);
            async move { door.answer(&request, visit) }
        };
        let mut serving = Box::pin(local_server::serve(listener, self.check, handle, |_| ()));
        tokio::select! {
            Some(visit) = arrivals.recv() => visit.written().await,
            never = &mut serving => match never {},
        }
        Ok(())
    }
}

/// What the browser is answered, once.
enum Answer {
    Redirect(HeaderValue),
    Page { text: Zeroizing<String>, policy: HeaderValue },
}

impl Answer {
    fn leading_to(onward: &Onward) -> io::Result<Self> {
        let header = |text: &str| HeaderValue::from_str(text).map_err(|_| io::ErrorKind::InvalidInput);
        match onward {
            Onward::Address(url) => Ok(Self::Redirect(header(url.as_str())?)),
            Onward::Form { action, fields } => {
                let nonce = CsrfToken::new_random().secret().clone();
                let exposed: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (*name, value.expose_secret())).collect();
                let text = page::post_to(action.as_str(), &exposed, &nonce).into();
                Ok(Self::Page { text, policy: header(&policy(action, &nonce))? })
            }
        }
    }

    fn response(&self) -> Response<String> {
        match self {
            Self::Redirect(location) => {
                let mut response = local_server::html(StatusCode::SEE_OTHER, String::new());
                response.headers_mut().insert(header::LOCATION, location.clone());
                response
            }
            Self::Page { text, policy } => {
                let mut response = local_server::html(StatusCode::OK, text.to_string());
                response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
                response
            }
        }
    }
}

/// The page runs one script and posts to one place. Browsers count where AWS redirects the post to as well, which is
/// another host of the same domain.
fn policy(action: &Url, nonce: &str) -> String {
    let origin = action.origin().ascii_serialization();
    let domain = action.host_str().and_then(|host| host.split_once("signin.")).map(|(_, domain)| domain);
    let more = domain.map(|domain| format!(" https://*.{domain}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action {origin}{more}; frame-ancestors \
         'none'"
    )
}

fn ticket_url(address: SocketAddr, ticket: &str) -> String {
    format!("http://{address}/open/{ticket}")
}

impl TicketFile {
    fn write(ticket_url: &str) -> io::Result<Self> {
        let mut folder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            folder.permissions(std::fs::Permissions::from_mode(0o700));
        }
        let folder = folder.prefix("daypass-").tempdir()?;
        // `TEMP` may be a folder that all users share.
        #[cfg(windows)]
        windows_access::keep_folder_private(folder.path())?;
        // The library makes files that only their owner can read.
        let mut file = tempfile::Builder::new().prefix("open-").suffix(".html").tempfile_in(folder.path())?;
        file.write_all(page::lead_to(ticket_url).as_bytes())?;
        file.flush()?;
        Ok(Self { file, _folder: folder })
    }
}

struct Door {
    address: SocketAddr,
    is_led_by_other_site: bool,
    path: String,
    onward: Answer,
    used: AtomicBool,
    arrivals: mpsc::Sender<Visit>,
}

impl Door {
    fn answer(&self, request: &Request<impl Sized>, visit: Visit) -> Response<String> {
        if let Err(refusal) = local_server::is_for_us(self.address, request) {
            return refusal;
        }
        if !bool::from(request.uri().path().as_bytes().ct_eq(self.path.as_bytes())) || request.uri().query().is_some() {
            return local_server::refusal(StatusCode::NOT_FOUND, "This address doesn't have a page.");
        }
        if request.method() != Method::GET {
            let words = "This address only accepts GET requests.";
            return local_server::refusal(StatusCode::METHOD_NOT_ALLOWED, words);
        }
        if !self.is_opened_by_person(request) {
            let words = "This address doesn't open inside another page. Copy it into your browser's address bar.";
            return local_server::refusal(StatusCode::FORBIDDEN, words);
        }
        if self.used.swap(true, Ordering::AcqRel) {
            let words =
                "This address works only once, and has been used. Go back to Daypass and open it again from there.";
            return local_server::refusal(StatusCode::GONE, words);
        }
        visit.keep();
        // The receiver is gone only when the wait for the browser is over.
        let _ = self.arrivals.try_send(visit);
        self.onward.response()
    }

    /// Whether the browser opens the address in a tab because the system told it to. A page of a stranger could ask for
    /// it too, as an image or ahead of a visit, and would use the ticket up. Browsers without these headers are old.
    fn is_opened_by_person(&self, request: &Request<impl Sized>) -> bool {
        let values = |name: &str| request.headers().get_all(name).iter().map(HeaderValue::as_bytes);
        let is_ahead =
            ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|name| values(name).next().is_some());
        // The file that leads to the ticket is of another site than the ticket, and so is an extension. Pages don't
        // know the address.
        let is_of_a_site = !self.is_led_by_other_site
            && values("sec-fetch-site").any(|site| matches!(site, b"cross-site" | b"same-site"));
        let is_a_page = values("sec-fetch-mode").all(|mode| mode == b"navigate")
            && values("sec-fetch-dest").all(|dest| dest == b"document");
        is_a_page && !is_ahead && !is_of_a_site
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpStream;

    use super::*;
    use crate::visitors::{as_another_user, knock};

    const SECRET: &str = "https://secret.example/?t=1";

    fn get(port: u16, path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")
    }

    fn with(port: u16, path: &str, headers: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n\r\n")
    }

    /// Where the browser ends up: at the address that it is started with, or that the file leads to.
    fn ticket_of(hand_over: &HandOver) -> Url {
        let shown: Url = hand_over.shown().unwrap().parse().unwrap();
        if shown.scheme() == "http" {
            return shown;
        }
        let page = std::fs::read_to_string(shown.to_file_path().unwrap()).unwrap();
        page.split('"').find(|part| part.contains("/open/")).unwrap().replace("0;url=", "").parse().unwrap()
    }

    #[tokio::test]
    async fn the_ticket_leads_the_persons_browser_to_the_address_and_no_one_else() {
        let hand_over = HandOver::prepare().unwrap();
        let shown: Url = hand_over.shown().unwrap().parse().unwrap();
        // macOS and Windows don't tell whose program connects. The test of the file is about them.
        if !cfg!(target_os = "linux") {
            assert_eq!(shown.scheme(), "file");
            return;
        }
        assert_eq!(shown.scheme(), "http");
        let (port, ticket) = (shown.port().unwrap(), shown.path().to_owned());
        let waiting = tokio::spawn(async move { hand_over.lead_to(&Onward::Address(SECRET.parse().unwrap())).await });

        // Connections that say nothing don't keep the browser out.
        let mut silent = Vec::new();
        for _ in 0..100 {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.write_all(b"GET /open/").await.unwrap();
            silent.push(stream);
        }
        for (request, status) in [
            (get(port, "/"), 404),
            (get(port, "/open/wrong"), 404),
            (get(port, &format!("{ticket}?x")), 404),
            (get(port, &ticket).replace("GET", "POST"), 405),
            (get(port, &ticket).replace("GET", "HEAD"), 405),
            (get(port, &ticket).replace("127.0.0.1", "evil.example"), 421),
            (with(port, &ticket, "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image"), 403),
            (with(port, &ticket, "Sec-Fetch-Mode: cors"), 403),
            (with(port, &ticket, "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe"), 403),
            (with(port, &ticket, "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Mode: cors"), 403),
            (with(port, &ticket, "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Purpose: prefetch"), 403),
            (with(port, &ticket, "Purpose: prefetch"), 403),
            (with(port, &ticket, "Sec-Fetch-Site: cross-site"), 403),
            (with(port, &ticket, "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate"), 403),
            ("nonsense\r\n\r\n".to_owned(), 400),
        ] {
            let answer = knock(port, &request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?} got {answer:?}");
            assert!(!answer.contains("secret.example"), "{answer}");
        }
        // The other user has the right ticket, and comes first.
        if let Some(answer) = as_another_user(port, &get(port, &ticket)).await {
            assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("secret.example"), "{answer}");
        }
        assert!(!waiting.is_finished());

        let opening =
            "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1";
        let answer = knock(port, &with(port, &ticket, opening)).await;
        assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
        for header in [&*format!("Location: {SECRET}"), "Referrer-Policy: no-referrer", "Cache-Control: no-store"] {
            assert!(answer.contains(header), "{header} isn't in {answer}");
        }
        waiting.await.unwrap().unwrap();
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is closed");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn many_connections_that_wait_do_not_keep_the_browser_out() {
        let hand_over = HandOver::prepare().unwrap();
        let shown: Url = hand_over.shown().unwrap().parse().unwrap();
        let port = shown.port().unwrap();
        // They aren't accepted yet. Beyond the length of the queue, the system wouldn't answer them.
        let mut silent = Vec::new();
        for _ in 0..200 {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        let waiting = tokio::spawn(async move { hand_over.lead_to(&Onward::Address(SECRET.parse().unwrap())).await });
        let answer = knock(port, &get(port, shown.path())).await;
        assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_form_is_posted_once_and_by_the_page_alone() {
        let hand_over = HandOver::prepare().unwrap().through_extension(true);
        let shown = ticket_of(&hand_over);
        let (port, ticket) = (shown.port().unwrap(), shown.path().to_owned());
        let onward = Onward::Form {
            action: "https://signin.aws.amazon.com/saml".parse().unwrap(),
            fields: vec![("SAMLResponse", "PD\"><script>x".to_owned().into()), ("RelayState", "a&b".to_owned().into())],
        };
        let waiting = tokio::spawn(async move { hand_over.lead_to(&onward).await });
        let in_page = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image";
        assert!(knock(port, &with(port, &ticket, in_page)).await.starts_with("HTTP/1.1 403 "), "not for an image");
        // An extension opens it in a container, which is another site to the browser.
        let opening = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document";
        let answer = knock(port, &with(port, &ticket, opening)).await;
        waiting.await.unwrap().unwrap();
        let nonce = answer.split("script nonce=\"").nth(1).unwrap().split('"').next().unwrap();
        for expected in [
            "HTTP/1.1 200 ",
            "form-action https://signin.aws.amazon.com https://*.aws.amazon.com;",
            &format!("script-src 'nonce-{nonce}'"),
            "Cache-Control: no-store",
            "action=\"https://signin.aws.amazon.com/saml\"",
            "name=\"SAMLResponse\" value=\"PD&quot;&gt;&lt;script&gt;x\"",
            "name=\"RelayState\" value=\"a&amp;b\"",
        ] {
            assert!(answer.contains(expected), "{expected} isn't in {answer}");
        }
        assert_eq!(answer.matches("Content-Security-Policy").count(), 1);
    }

    #[tokio::test]
    async fn where_the_system_cannot_tell_a_file_that_only_the_person_can_read_leads_to_the_ticket() {
        let hand_over = HandOver::checked_by(PeerCheck::blind).unwrap();
        let file = hand_over.shown().unwrap().parse::<Url>().unwrap().to_file_path().unwrap();
        let folder = file.parent().unwrap().to_owned();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        }
        let page = std::fs::read_to_string(&file).unwrap();
        let ticket = ticket_of(&hand_over);
        assert!(
            !page.contains("<script") && !file.to_string_lossy().contains(ticket.path().rsplit('/').next().unwrap())
        );
        let waiting = tokio::spawn(async move { hand_over.lead_to(&Onward::Address(SECRET.parse().unwrap())).await });
        let port = ticket.port().unwrap();
        // The browser comes from a file, which is another site to it.
        let opening = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document";
        let answer = knock(port, &with(port, ticket.path(), opening)).await;
        assert!(answer.contains(&format!("Location: {SECRET}")), "{answer}");
        waiting.await.unwrap().unwrap();
        assert!(!file.exists() && !folder.exists(), "the file goes when the browser has come");
    }
}
