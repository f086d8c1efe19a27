use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::Http;
use crate::fake::{Fake, Reply, closed};
use daypass_core::problem::{ProblemCode, ProblemKind};
use daypass_core::settings::NetworkSettings;

/// A host that no name server knows, so that a request that doesn't take the proxy fails.
const FAR: &str = "https://far.invalid/";
const FAR_PLAIN: &str = "http://far.invalid/path?query=PLANTED";

/// What you typed for a proxy, and whether you confirmed every file of certificates.
#[derive(Default)]
struct Kept {
    sign_in: Option<(String, ProxySignIn)>,
    trusts: AtomicBool,
}

impl NetworkVault for Kept {
    fn sign_in(&self, proxy: &ProxyAddress) -> Result<Option<ProxySignIn>, Problem> {
        let kept = self.sign_in.as_ref().filter(|(of, _)| *of == proxy.to_string());
        Ok(kept.map(|(_, sign_in)| sign_in.clone()))
    }

    fn trusts(&self, _digest: &str) -> Result<bool, Problem> {
        Ok(self.trusts.load(Ordering::SeqCst))
    }
}

/// A configuration that changes.
#[derive(Default)]
struct Changing(Mutex<Arc<Config>>);

impl Changing {
    fn set(&self, network: NetworkSettings) {
        *self.0.lock().unwrap() = Arc::new(Config { network, ..Config::default() });
    }
}

impl ConfigSource for Changing {
    fn current(&self) -> Arc<Config> {
        Arc::clone(&self.0.lock().unwrap())
    }
}

fn variables(pairs: &[(&str, &str)]) -> NetworkVariables {
    NetworkVariables::of(|name| pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).into()))
}

fn network(pairs: &[(&str, &str)], settings: NetworkSettings, kept: Kept) -> Network {
    let config = Config { network: settings, ..Config::default() };
    Network::new(variables(pairs), Arc::new(config), Arc::new(kept))
}

fn proxy(text: &str) -> NetworkSettings {
    NetworkSettings { proxy: text.parse().unwrap(), ..NetworkSettings::default() }
}

async fn way(network: &Network, url: &str) -> String {
    match network.route(&url.parse().unwrap()).await.unwrap() {
        Route::Direct(why) => format!("{why:?}"),
        Route::Proxy { proxy, named, is_kept } => {
            let sign_in = proxy.sign_in.map(|it| format!(" {}:{}", it.user, it.password.expose_secret()));
            format!("{} {named:?} {is_kept}{}", proxy.address, sign_in.unwrap_or_default())
        }
    }
}

#[tokio::test]
async fn config_comes_before_variables_and_exceptions_before_both() {
    let env = [("HTTPS_PROXY", "http://ann:pw@env:1"), ("NO_PROXY", "direct.example,10.0.0.0/8")];
    let by_env = network(&env, NetworkSettings::default(), Kept::default());
    assert_eq!(way(&by_env, FAR).await, "http://env:1 Variable(\"HTTPS_PROXY\") false ann:pw");
    assert_eq!(way(&by_env, "https://a.direct.example/").await, "NoProxy(\"direct.example\")");
    assert_eq!(way(&by_env, "https://10.1.1.1/").await, "NoProxy(\"10.0.0.0/8\")");
    assert_eq!(way(&by_env, "http://far.invalid/").await, "NoneNamed", "HTTP_PROXY isn't set");
    for url in ["https://127.0.0.1/", "https://localhost/", "https://[::1]/"] {
        assert_eq!(way(&by_env, url).await, "ThisMachine");
    }
    let mut settings = proxy("http://corp:2");
    settings.no_proxy = vec!["intern.example".parse().unwrap()];
    let by_config = network(&env, settings, Kept::default());
    assert_eq!(way(&by_config, FAR).await, "http://corp:2 Config false");
    assert_eq!(way(&by_config, "http://far.invalid/").await, "http://corp:2 Config false");
    assert_eq!(way(&by_config, "https://x.intern.example/").await, "NoProxy(\"intern.example\")");
    assert_eq!(way(&by_config, "https://direct.example/").await, "NoProxy(\"direct.example\")");
    assert_eq!(way(&network(&env, proxy("none"), Kept::default()), FAR).await, "SwitchedOff");
}

#[tokio::test]
async fn what_the_vault_keeps_is_for_one_proxy_and_a_url_s_own_sign_in_comes_first() {
    let kept = || {
        let sign_in = ProxySignIn { user: "kept".into(), password: "secret".into() };
        Kept { sign_in: Some(("http://corp:2".into(), sign_in)), ..Kept::default() }
    };
    for (env, expected) in [
        ("http://corp:2", "http://corp:2 Variable(\"HTTPS_PROXY\") true kept:secret"),
        ("http://own:pw@corp:2", "http://corp:2 Variable(\"HTTPS_PROXY\") false own:pw"),
        ("http://other:2", "http://other:2 Variable(\"HTTPS_PROXY\") false"),
    ] {
        let network = network(&[("HTTPS_PROXY", env)], NetworkSettings::default(), kept());
        assert_eq!(way(&network, FAR).await, expected);
    }
}

#[tokio::test]
async fn a_variable_that_names_no_proxy_is_told_without_its_value() {
    let network = network(&[("HTTPS_PROXY", "http://ann:PLANTED@pro xy")], NetworkSettings::default(), Kept::default());
    let problem = Problem::from(Http::over(&network, None).unwrap_err());
    assert_eq!((problem.kind, problem.code), (ProblemKind::Invalid, ProblemCode::BadProxy));
    assert!(problem.message.contains("HTTPS_PROXY") && !format!("{problem:?} {network:?}").contains("PLANTED"));
    assert!(network.route(&FAR.parse().unwrap()).await.is_err());
}

/// Answers each CONNECT with this and closes, or says nothing for ever. Returns its URL and the heads of requests.
async fn answering(reply: Option<&'static str>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = listener.local_addr().unwrap().to_string();
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            seen.lock().unwrap().push(String::from_utf8_lossy(&head[..read]).into_owned());
            match reply {
                Some(reply) => drop(stream.write_all(reply.as_bytes()).await),
                None => held.push(stream),
            }
        }
    });
    (url, heads)
}

async fn trouble(network: &Network, url: &str) -> Trouble {
    let http = Http::over(network, None).unwrap();
    let error = http.get_json(&url.parse().unwrap()).await.unwrap_err();
    let shown = format!("{error} {error:?} {} {http:?}", error.trouble.hint("ca_file"));
    assert!(!shown.contains("PLANTED"), "{shown}");
    error.trouble
}

#[tokio::test]
async fn each_way_in_which_a_proxy_fails_is_told_apart() {
    const AUTH: &str =
        "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n";
    for (reply, user, expected, passing) in [
        (AUTH, "", ProxyTrouble::WantsSignIn, false),
        (AUTH, "ann:PLANTED@", ProxyTrouble::RefusedSignIn { is_kept: false }, false),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "ann:PLANTED@", ProxyTrouble::Refused, true),
        ("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", "", ProxyTrouble::Refused, true),
        ("SSH-2.0-OpenSSH\r\n", "", ProxyTrouble::Refused, true),
        ("HTTP/1.1 200 Conn", "ann:PLANTED@", ProxyTrouble::CutOff, true),
        ("", "ann:PLANTED@", ProxyTrouble::CutOff, true),
    ] {
        let (address, _) = answering(Some(reply)).await;
        let url = format!("http://{user}{address}");
        let found = trouble(&network(&[("HTTPS_PROXY", &url)], NetworkSettings::default(), Kept::default()), FAR).await;
        let Trouble::Proxy { proxy, what } = &found else { panic!("{reply:?}: {found:?}") };
        assert_eq!(**what, expected, "{reply:?}");
        assert_eq!(*proxy, format!("http://{address} (HTTPS_PROXY)"));
        assert_eq!(found.is_passing(), passing);
    }
    let gone = network(&[("ALL_PROXY", &closed())], NetworkSettings::default(), Kept::default());
    let unknown = network(&[], proxy("http://no-such-proxy.invalid:1"), Kept::default());
    for (network, reason) in [(gone, Trouble::Refused), (unknown, Trouble::NoSuchHost)] {
        let found = trouble(&network, FAR).await;
        let Trouble::Proxy { what, .. } = &found else { panic!("{found:?}") };
        assert_eq!(**what, ProxyTrouble::Unreachable(reason));
        assert!(trouble(&network, FAR_PLAIN).await.to_string().contains("can't be reached"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_says_nothing_is_given_up() {
    let (address, _) = answering(None).await;
    let network = network(&[("HTTPS_PROXY", &address)], NetworkSettings::default(), Kept::default());
    let found = trouble(&network, FAR).await;
    assert!(matches!(&found, Trouble::Proxy { what, .. } if **what == ProxyTrouble::Silent), "{found:?}");
    assert!(!found.is_before_sending());
}

#[tokio::test]
async fn user_name_and_password_arrive_at_the_proxy_as_they_were_meant() {
    let basic = |head: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: Basic ").map(str::to_owned));
        let line = line
            .or_else(|| head.lines().find_map(|l| l.strip_prefix("proxy-authorization: Basic ").map(str::to_owned)));
        let bytes = base64::engine::general_purpose::STANDARD.decode(line.unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let (address, heads) = answering(Some("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")).await;
    let url = format!("http://CORP%5Cann:p%40s%25s%3A%20%2F%C3%BC@{address}");
    trouble(&network(&[("ALL_PROXY", &url)], NetworkSettings::default(), Kept::default()), FAR).await;
    let head = heads.lock().unwrap()[0].clone();
    assert!(head.starts_with("CONNECT far.invalid:443 HTTP/1.1\r\n"), "{head}");
    assert_eq!(basic(&head), "CORP\\ann:p@s%s: /ü");

    // Without TLS, the proxy passes the request on itself.
    let fake = Fake::start(|_, _| Reply::with(200, "text/plain", "far")).await;
    let kept = ProxySignIn { user: "ann".into(), password: "p%41".into() };
    let kept = Kept { sign_in: Some((fake.url.clone(), kept)), ..Kept::default() };
    let network = network(&[], proxy(&fake.url), kept);
    let answer = Http::over(&network, None).unwrap().get_json(&FAR_PLAIN.parse().unwrap()).await.unwrap();
    assert_eq!(answer.body, b"far");
    assert_eq!(fake.seen.lock().unwrap()[0].0, "GET http://far.invalid/path?query=PLANTED");
    assert_eq!(basic(&fake.heads.lock().unwrap()[0]), "ann:p%41");
}

#[tokio::test]
async fn a_proxy_that_passes_requests_on_asks_with_a_status_and_a_server_s_407_is_its_own() {
    let fake = Fake::start(|_, _| Reply::with(407, "text/plain", "who are you?")).await;
    let plain = |settings| network(&[], settings, Kept::default());
    let found = trouble(&plain(proxy(&fake.url)), FAR_PLAIN).await;
    assert!(matches!(&found, Trouble::Proxy { what, .. } if **what == ProxyTrouble::WantsSignIn), "{found:?}");
    let direct = Http::over(&plain(NetworkSettings::default()), None).unwrap();
    assert_eq!(direct.get_json(&fake.url.parse().unwrap()).await.unwrap().status, 407);
}

#[tokio::test]
async fn a_change_of_the_settings_counts_for_the_next_request() {
    let [one, two] = [Fake::start(|_, _| Reply::with(200, "text/plain", "one")).await, {
        Fake::start(|_, _| Reply::with(200, "text/plain", "two")).await
    }];
    let config = Arc::new(Changing::default());
    config.set(proxy(&one.url));
    let network = Network::new(NetworkVariables::default(), Arc::clone(&config) as _, Arc::new(NothingKept));
    let http = Http::over(&network, None).unwrap();
    let url: Url = FAR_PLAIN.parse().unwrap();
    assert_eq!(http.get_json(&url).await.unwrap().body, b"one");
    config.set(proxy(&two.url));
    assert_eq!(http.get_json(&url).await.unwrap().body, b"two");
    config.set(NetworkSettings { no_proxy: vec!["*".parse().unwrap()], ..proxy(&two.url) });
    assert_eq!(http.get_json(&url).await.unwrap_err().trouble, Trouble::NoSuchHost);
}

#[tokio::test]
async fn a_socks_proxy_resolves_names_and_its_refusal_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 16];
        let _ = stream.read(&mut greeting).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut request = vec![0; 64];
        let read = stream.read(&mut request).await.unwrap();
        // Connection not allowed by ruleset.
        stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let network =
        network(&[("ALL_PROXY", &format!("socks5h://{address}"))], NetworkSettings::default(), Kept::default());
    let found = trouble(&network, FAR).await;
    assert!(matches!(&found, Trouble::Proxy { what, .. } if **what == ProxyTrouble::Refused), "{found:?}");
    assert!(asked.await.unwrap().contains("far.invalid"));
}

#[test]
fn a_file_of_certificates_in_config_is_used_once_you_confirmed_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("corp.pem");
    write(&file, CERTIFICATE);
    let settings = NetworkSettings {
        ca_file: Some(file.to_string_lossy().into_owned().try_into().unwrap()),
        ..Default::default()
    };
    let kept = Arc::new(Kept::default());
    let config = Config { network: settings, ..Config::default() };
    let network = Network::new(NetworkVariables::default(), Arc::new(config), Arc::clone(&kept) as _);
    let problem = Problem::from(Http::over(&network, None).unwrap_err());
    assert_eq!((problem.kind, problem.code), (ProblemKind::Invalid, ProblemCode::CaFileUnconfirmed));
    let hint = problem.hint.unwrap();
    assert!(hint.contains(&format!("config set network.ca_file {}", file.display())), "{hint}");
    kept.trusts.store(true, Ordering::SeqCst);
    assert_eq!(network.bundles().unwrap().len(), 1);
    assert!(Http::over(&network, None).is_ok());

    // The environment is yours, so its file needs no confirmation.
    let by_variable = [("AWS_CA_BUNDLE", file.to_str().unwrap())];
    let by_variable = super::tests::network(&by_variable, NetworkSettings::default(), Kept::default());
    assert_eq!(by_variable.bundles().unwrap()[0].count(), 1);
    let missing =
        super::tests::network(&[("AWS_CA_BUNDLE", "/no/such/file")], NetworkSettings::default(), Kept::default());
    assert_eq!(Problem::from(Http::over(&missing, None).unwrap_err()).code, ProblemCode::CaFileUnreadable);
    assert!(missing.check(false).is_ok(), "without TLS it isn't needed");
}

#[allow(clippy::disallowed_methods)]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// A self-signed certificate that is good for nothing.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
    MIIBlTCCATugAwIBAgIUD8bm52h1q8jp69m3ijKP4ZPATBYwCgYIKoZIzj0EAwIw\n\
    HzEdMBsGA1UEAwwURXhhbXBsZSBDb3JwIFRlc3QgQ0EwIBcNMjYxMTI5MjE0NTUy\n\
    WhgPMjEyNjExMDUyMTQ1NTJaMB8xHTAbBgNVBAMMFEV4YW1wbGUgQ29ycCBUZXN0\n\
    IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEO28Iecb+Ax7/8uiDNXkAbp55\n\
    Gttv61oePFSNgArP7vkdG2pxD3HEAWRJZbCmTyCrSU5tQytgoHqvGcz/VJ/vBaNT\n\
    MFEwHQYDVR0OBBYEFD0JktXjDGjgfvXCIa/Btu6F5cU3MB8GA1UdIwQYMBaAFD0J\n\
    ktXjDGjgfvXCIa/Btu6F5cU3MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID\n\
    SAAwRQIgITq0FQZmdfVNYn1yYIOZFT8n3vkY4XEVR9VlzMpq2JkCIQCOYlNKVK5I\n\
    5XeZznfO+ncuWPPcS2MjHtrMxQii2QDmsA==\n\
    -----END CERTIFICATE-----\n";
