//! Where an endpoint may listen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// The address at which a container in AWS finds its credentials. SDKs take plain HTTP from it, and from no other address
/// beyond loopback but the two of EKS.
pub const CONTAINERS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 2);
const EKS: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)), IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23))];

/// An address from which SDKs take credentials over plain HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenAt(IpAddr);

impl ListenAt {
    /// Loopback, which only this machine's programs reach.
    pub const LOOPBACK: Self = Self(IpAddr::V4(Ipv4Addr::LOCALHOST));

    /// Where containers reach it.
    pub const CONTAINERS: Self = Self(IpAddr::V4(CONTAINERS));

    /// Whether only this machine's programs reach it.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }

    /// The address itself.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.0
    }
}

impl FromStr for ListenAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ip: IpAddr = text.parse().map_err(|_| "write an IP address, such as 127.0.0.1".to_owned())?;
        if ip.is_loopback() || ip == IpAddr::V4(CONTAINERS) || EKS.contains(&ip) {
            return Ok(Self(ip));
        }
        Err(format!(
            "no SDK takes credentials from {ip} over plain HTTP. Use a loopback address, {CONTAINERS} for containers, or \
             {} or {} for what expects EKS",
            EKS[0], EKS[1]
        ))
    }
}

/// The texts of the Host header that name this address. The C runtime of the SDKs leaves the port out.
pub(crate) fn hosts(address: SocketAddr) -> Vec<String> {
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let names = std::iter::once(ip).chain(address.ip().is_loopback().then(|| "localhost".to_owned()));
    names.flat_map(|name| [format!("{name}:{}", address.port()), name]).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_what_sdks_take_over_plain_http_can_be_listened_at() {
        for good in ["127.0.0.1", "127.0.0.9", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"] {
            assert_eq!(good.parse::<ListenAt>().unwrap().ip(), good.parse::<IpAddr>().unwrap());
        }
        for bad in ["0.0.0.0", "::", "192.168.1.5", "172.17.0.1", "169.254.169.254"] {
            assert!(bad.parse::<ListenAt>().unwrap_err().contains("169.254.170.2"), "{bad}");
        }
        assert!("localhost".parse::<ListenAt>().unwrap_err().contains("127.0.0.1"));
    }

    #[test]
    fn a_host_is_named_with_and_without_its_port() {
        let of = |address: &str| hosts(address.parse().unwrap());
        assert_eq!(of("127.0.0.1:99"), ["127.0.0.1:99", "127.0.0.1", "localhost:99", "localhost"]);
        assert_eq!(of("169.254.170.2:80"), ["169.254.170.2:80", "169.254.170.2"]);
        assert_eq!(of("[::1]:99"), ["[::1]:99", "[::1]", "localhost:99", "localhost"]);
    }
}
