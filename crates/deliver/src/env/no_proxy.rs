//! Keeps requests for credentials from a proxy.

/// The variables that name a proxy for something.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// What a program needs in its environment so that it reaches a host on this machine directly. Nothing where no proxy is
/// named: `here` has the current variables. Some tools send even requests to loopback to a proxy, with the token for the
/// endpoint in them.
pub fn reaching_directly(host: &str, here: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    if PROXIES.into_iter().all(|name| here(name).is_none()) {
        return Vec::new();
    }
    let set: Vec<(&'static str, String)> =
        NO_PROXY.into_iter().filter_map(|name| here(name).map(|value| (name, value))).collect();
    if set.is_empty() {
        return NO_PROXY.map(|name| (name, host.to_owned())).into();
    }
    let lacks_it = |value: &str| value.split([',', ' ']).map(str::trim).all(|entry| entry != host && entry != "*");
    let extended = set.into_iter().filter(|(_, value)| lacks_it(value));
    extended.map(|(name, value)| (name, format!("{},{host}", value.trim_end_matches([',', ' '])))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_behind_a_proxy_reaches_this_machine_directly() {
        let needed = |here: &[(&str, &str)]| {
            let here = |name: &str| here.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
            let all: Vec<String> =
                reaching_directly("127.0.0.1", here).iter().map(|(name, value)| format!("{name}={value}")).collect();
            all.join(" ")
        };
        let proxy = ("http_proxy", "http://p:1");
        assert_eq!(needed(&[]), "");
        assert_eq!(needed(&[("NO_PROXY", "a")]), "", "no proxy is named");
        assert_eq!(needed(&[proxy]), "NO_PROXY=127.0.0.1 no_proxy=127.0.0.1");
        assert_eq!(needed(&[proxy, ("NO_PROXY", "a, b,")]), "NO_PROXY=a, b,127.0.0.1");
        assert_eq!(needed(&[proxy, ("no_proxy", "a"), ("NO_PROXY", "*")]), "no_proxy=a,127.0.0.1");
        assert_eq!(needed(&[proxy, ("NO_PROXY", "localhost, 127.0.0.1")]), "");
    }
}
