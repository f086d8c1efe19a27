//! Which accounts a region's STS knows. Regions that AWS opened after March 20, 2019 are off in an account until its
//! administrator enables them. Until then, their STS doesn't know the account's keys.
//! <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>

use super::{actions::Call, fault::Fault, held::Caller};

/// Those that every account has. AWS adds none to them.
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

/// Regions of other partitions, whose accounts have all of them.
const OTHER_PARTITIONS: [&str; 5] = ["cn-", "us-gov-", "us-iso", "eu-iso", "eusc-"];

impl Call<'_> {
    /// The caller, unless it asks STS in a region without its account. (A partition has one IAM.)
    ///
    /// # Errors
    /// `InvalidClientTokenId` if the region that the request is signed for doesn't know the caller's account.
    pub(super) fn known_here(&self, caller: Caller) -> Result<Caller, Fault> {
        match self.request.service != "sts" || self.is_on(&caller.region, caller.principal.account()) {
            true => Ok(caller),
            false => Err(Fault::unknown_key()),
        }
    }

    /// # Errors
    /// `RegionDisabledException` if the account that credentials are for hasn't enabled the caller's region.
    pub(super) fn check_region(&self, caller: &Caller, account: &str) -> Result<(), Fault> {
        match self.is_on(&caller.region, account) {
            true => Ok(()),
            false => Err(Fault::region_disabled(account)),
        }
    }

    fn is_on(&self, region: &str, account: &str) -> bool {
        let named = format!("{account}/{region}");
        ALWAYS_ON.contains(&region)
            || OTHER_PARTITIONS.iter().any(|start| region.starts_with(start))
            || self.shared.panel.read().enabled_regions.iter().any(|on| on == region || *on == named)
    }
}
