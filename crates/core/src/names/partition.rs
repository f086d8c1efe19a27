//! Partitions of AWS: their regions, hosts and domains.

use std::fmt;

use super::Region;

/// A partition: a set of regions with its own accounts, endpoints and ARNs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(&'static PartitionFacts);

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct PartitionFacts {
    id: &'static str,
    dns_suffix: &'static str,
    region_prefixes: &'static [&'static str],
    default_region: &'static str,
    signin_host: Option<&'static str>,
    console_host: Option<&'static str>,
}

/// From the SDKs' `partitions.json`, and
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>.
static PARTITIONS: &[PartitionFacts] = &[
    PartitionFacts {
        id: "aws",
        dns_suffix: "amazonaws.com",
        region_prefixes: &[],
        default_region: "us-east-1",
        signin_host: Some("signin.aws.amazon.com"),
        console_host: Some("console.aws.amazon.com"),
    },
    PartitionFacts {
        id: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        region_prefixes: &["cn-"],
        default_region: "cn-northwest-1",
        signin_host: Some("signin.amazonaws.cn"),
        console_host: Some("console.amazonaws.cn"),
    },
    PartitionFacts {
        id: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        region_prefixes: &["us-gov-"],
        default_region: "us-gov-west-1",
        signin_host: Some("signin.amazonaws-us-gov.com"),
        console_host: Some("console.amazonaws-us-gov.com"),
    },
    PartitionFacts {
        id: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        region_prefixes: &["eusc-"],
        default_region: "eusc-de-east-1",
        signin_host: Some("signin.amazonaws-eusc.eu"),
        console_host: Some("console.amazonaws-eusc.eu"),
    },
    PartitionFacts {
        id: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        region_prefixes: &["us-iso-"],
        default_region: "us-iso-east-1",
        signin_host: None,
        console_host: None,
    },
    PartitionFacts {
        id: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        region_prefixes: &["us-isob-"],
        default_region: "us-isob-east-1",
        signin_host: None,
        console_host: None,
    },
    PartitionFacts {
        id: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        region_prefixes: &["eu-isoe-"],
        default_region: "eu-isoe-west-1",
        signin_host: None,
        console_host: None,
    },
    PartitionFacts {
        id: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        region_prefixes: &["us-isof-"],
        default_region: "us-isof-south-1",
        signin_host: None,
        console_host: None,
    },
];

impl Partition {
    /// Every partition.
    pub fn all() -> impl Iterator<Item = Self> {
        PARTITIONS.iter().map(Self)
    }

    /// That of most accounts.
    #[must_use]
    pub fn standard() -> Self {
        Self(&PARTITIONS[0])
    }

    /// The partition id as it stands in ARNs, e.g. `aws-us-gov`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// The region that is asked when the person named none.
    #[must_use]
    pub fn default_region(self) -> Region {
        Region(self.0.default_region.to_owned())
    }

    /// Domain under which the services of this partition live.
    #[must_use]
    pub fn dns_suffix(self) -> &'static str {
        self.0.dns_suffix
    }

    /// Host of the console's federation endpoint; `None` where AWS does not publish one.
    #[must_use]
    pub fn signin_host(self) -> Option<&'static str> {
        self.0.signin_host
    }

    /// Whether the console's sign-in has only regional hosts: `REGION.` and [`Self::signin_host`].
    #[must_use]
    pub fn signs_in_by_region(self) -> bool {
        self.0.id == "aws-eusc"
    }

    /// The region whose console shows what belongs to the whole account, such as IAM.
    #[must_use]
    pub fn global_console_region(self) -> Region {
        Region(if self.0.id == "aws-cn" { "cn-north-1" } else { self.0.default_region }.to_owned())
    }

    /// Host of the console; `None` where AWS does not publish one.
    #[must_use]
    pub fn console_host(self) -> Option<&'static str> {
        self.0.console_host
    }

    /// The partition that a region belongs to.
    #[must_use]
    pub fn of_region(region: &Region) -> Self {
        let facts = PARTITIONS
            .iter()
            .find(|p| p.region_prefixes.iter().any(|prefix| region.as_str().starts_with(prefix)))
            .unwrap_or(&PARTITIONS[0]);
        Self(facts)
    }

    /// The partition with this id.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        PARTITIONS.iter().find(|p| p.id == id).map(Self)
    }
}

/// The regions of partition `aws` that every account has. AWS adds none to them: all that it opened after March 20, 2019
/// are off in an account until its administrator enables them
/// (<https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>).
const ALWAYS_ON: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

impl Region {
    /// Whether an account has to enable the region first. Until then, its STS knows neither the account nor its keys.
    #[must_use]
    pub fn is_opt_in(&self) -> bool {
        Partition::of_region(self) == Partition::standard() && !ALWAYS_ON.contains(&self.as_str())
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}
