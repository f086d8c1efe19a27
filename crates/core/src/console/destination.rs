//! Where a browser lands after the console's sign-in.

use thiserror::Error;
use url::Url;

use super::pasted::read_place;
use super::place::{Place, PlaceError};
use super::services::Service;
use crate::names::{AccountId, Partition, Region};
use crate::problem::{Problem, ProblemCode, ProblemKind};

/// What the person asked for. All of it may be left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The id, name or alias of a service.
    pub service: Option<&'a str>,
    /// An address of the console, a path after its host, or an ARN. It wins over the service.
    pub to: Option<&'a str>,
    /// The region, which wins over that of `to`.
    pub region: Option<&'a Region>,
}

/// The page of the console that opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    region: Region,
    url: Url,
}

/// Why a page can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DestinationError {
    /// The region isn't one of the role's partition.
    #[error("region {region} isn't in the role's partition {partition}")]
    OtherPartition {
        /// As given.
        region: Region,
        /// The role's.
        partition: Partition,
    },
    /// The page is of another partition than the role.
    #[error("that page is in partition {there}, but the role is in {here}")]
    PageOfOtherPartition {
        /// The page's.
        there: Partition,
        /// The role's.
        here: Partition,
    },
    /// The page belongs to a different account than the role.
    #[error("that page is in account {there}, but the role is in account {here}")]
    OtherAccount {
        /// The page's.
        there: AccountId,
        /// The role's.
        here: AccountId,
    },
    /// Not in the list.
    #[error("{service:?} isn't a service that Daypass knows")]
    UnknownService {
        /// As given.
        service: String,
    },
    /// The partition doesn't have it.
    #[error("partition {partition} doesn't have a console for {name}")]
    NotInPartition {
        /// What AWS calls it.
        name: &'static str,
        /// The role's.
        partition: Partition,
    },
    /// AWS publishes no console for this partition.
    #[error("partition {partition} doesn't have a public console")]
    NoConsole {
        /// The partition.
        partition: Partition,
    },
    /// Not a page.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl Destination {
    /// The page that was asked for, in the console of a role's account. Without anything asked, the console's home in
    /// `usual`, the role's region.
    ///
    /// # Errors
    ///
    /// [`DestinationError`].
    pub fn find(
        partition: Partition,
        account: &AccountId,
        usual: &Region,
        asked: Asked<'_>,
    ) -> Result<Self, DestinationError> {
        if let Some(region) = asked.region.filter(|region| Partition::of_region(region) != partition) {
            return Err(DestinationError::OtherPartition { region: region.clone(), partition });
        }
        let place = match (asked.to, asked.service) {
            (Some(text), _) => read_place(text)?,
            (None, Some(word)) => of_service(partition, word)?,
            (None, None) => Place::below("console/home", partition, None, None, true),
        };
        Self::at(place, partition, account, asked.region.unwrap_or(usual), asked.region.is_some())
    }

    fn at(
        place: Place,
        partition: Partition,
        account: &AccountId,
        region: &Region,
        is_asked: bool,
    ) -> Result<Self, DestinationError> {
        if let Some(there) = place.partition.filter(|there| *there != partition) {
            return Err(DestinationError::PageOfOtherPartition { there, here: partition });
        }
        if let Some(there) = place.account.as_ref().filter(|there| *there != account) {
            return Err(DestinationError::OtherAccount { there: there.clone(), here: account.clone() });
        }
        let host = partition.console_host().ok_or(DestinationError::NoConsole { partition })?;
        let own = place.region.clone();
        let region = own.as_ref().filter(|_| !is_asked).unwrap_or(region).clone();
        if Partition::of_region(&region) != partition {
            return Err(DestinationError::OtherPartition { region, partition });
        }
        let page = match own.filter(|own| *own != region) {
            Some(own) => place.page.replace(&format!("region={own}"), &format!("region={region}")),
            None => place.page,
        };
        let page = if place.gets_region { with_region(&page, &region) } else { page };
        let text = match place.host {
            Some(host) => format!("https://{host}{page}"),
            None => format!("https://{region}.{host}{page}"),
        };
        // It was read as an address before, or is made of our own words.
        let url = text.parse().map_err(|_| PlaceError::NotThere { text, why: "it can't be read" })?;
        Ok(Self { region, url })
    }

    /// Its region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }
}

fn of_service(partition: Partition, word: &str) -> Result<Place, DestinationError> {
    let unknown = || DestinationError::UnknownService { service: word.chars().take(100).collect() };
    let service = Service::find(word).ok_or_else(unknown)?;
    if !service.is_in(partition) {
        return Err(DestinationError::NotInPartition { name: service.name, partition });
    }
    // The person's region is not that of a service with one region.
    Ok(Place::below(service.path, partition, None, service.home(partition), true))
}

/// The page with the region in its query, which stands before the fragment.
fn with_region(page: &str, region: &Region) -> String {
    let (before, fragment) = page.split_once('#').map_or((page, None), |(page, fragment)| (page, Some(fragment)));
    let joint = if before.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{before}{joint}region={region}{fragment}")
}

impl From<DestinationError> for Problem {
    fn from(error: DestinationError) -> Self {
        let message = error.to_string();
        let (code, hint) = match &error {
            DestinationError::OtherPartition { partition, .. } => (
                ProblemCode::ConsoleOtherPartition,
                format!("choose a region like {}. Nothing was sent to AWS", partition.default_region()),
            ),
            DestinationError::PageOfOtherPartition { .. } => (
                ProblemCode::ConsoleOtherPartition,
                "choose a role of the page's partition. Nothing was sent to AWS".to_owned(),
            ),
            DestinationError::OtherAccount { there, .. } => (
                ProblemCode::ConsoleOtherAccount,
                format!("choose a role in account {there}: `daypass role list --account {there}` lists them"),
            ),
            DestinationError::UnknownService { service } => (ProblemCode::BadConsoleService, near(service)),
            DestinationError::NotInPartition { .. } => (
                ProblemCode::BadConsoleService,
                "if you know its page, give the path instead: --to /PATH. Nothing was sent to AWS".to_owned(),
            ),
            DestinationError::NoConsole { .. } => (
                ProblemCode::NoConsole,
                "AWS publishes no console address for this partition, so Daypass can't open one: use the session's \
                 profile with tools. Nothing was sent"
                    .to_owned(),
            ),
            DestinationError::Place(PlaceError::NotAnArn { .. }) => {
                (ProblemCode::BadArn, "copy the whole ARN. Nothing was sent to AWS".to_owned())
            }
            DestinationError::Place(PlaceError::NotThere { .. }) => (
                ProblemCode::BadConsolePage,
                "copy the address of a page of the console, or the part after its host, such as /lambda/home. Nothing \
                 was sent to AWS"
                    .to_owned(),
            ),
        };
        Self::new(ProblemKind::Invalid, code, message).hint(hint)
    }
}

fn near(word: &str) -> String {
    let rest = "`daypass console services` lists them. For another service, give the path: --to /PATH";
    match Service::near(word)[..] {
        [] => rest.to_owned(),
        [only] => format!("did you mean {}? {rest}", only.id),
        ref several => {
            let ids: Vec<&str> = several.iter().map(|service| service.id).collect();
            format!("did you mean one of these: {}? {rest}", ids.join(", "))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "111122223333";

    fn in_partition(id: &str, region: &str, asked: Asked<'_>) -> Result<String, DestinationError> {
        let partition = Partition::of_id(id).unwrap();
        Destination::find(partition, &ACCOUNT.parse().unwrap(), &region.parse().unwrap(), asked)
            .map(|found| found.url.to_string())
    }

    fn to(text: &str) -> Result<String, DestinationError> {
        in_partition("aws", "eu-central-1", Asked { to: Some(text), ..Asked::default() })
    }

    fn service(id: &str, region: &str, word: &str) -> Result<String, DestinationError> {
        in_partition(id, region, Asked { service: Some(word), ..Asked::default() })
    }

    #[test]
    fn every_service_has_a_page_in_every_partition_that_has_it() {
        for (id, region) in [
            ("aws", "eu-west-1"),
            ("aws-cn", "cn-northwest-1"),
            ("aws-us-gov", "us-gov-east-1"),
            ("aws-eusc", "eusc-de-east-1"),
        ] {
            let partition = Partition::of_id(id).unwrap();
            for known in super::super::services() {
                let found = service(id, region, known.id);
                if !known.is_in(partition) {
                    assert_eq!(found, Err(DestinationError::NotInPartition { name: known.name, partition }));
                    continue;
                }
                let region = known.home(partition).map_or_else(|| region.to_owned(), |home| home.to_string());
                let start = format!("https://{region}.{}/", partition.console_host().unwrap());
                let found = found.unwrap();
                assert!(found.starts_with(&start) && found.contains(&format!("?region={region}")), "{found}");
            }
        }
        assert!(matches!(service("aws-iso", "us-iso-east-1", "s3"), Err(DestinationError::NoConsole { .. })));
        let refused = Problem::from(service("aws", "eu-west-1", "lamda").unwrap_err());
        assert_eq!(refused.code, ProblemCode::BadConsoleService);
        assert!(refused.hint.unwrap().starts_with("did you mean lambda?"));
    }

    #[test]
    fn regions_and_fragments_are_where_the_console_expects_them() {
        assert_eq!(
            service("aws", "eu-west-1", "logs").unwrap(),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups"
        );
        assert_eq!(
            service("aws", "eu-west-1", "IAM").unwrap(),
            "https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1"
        );
        assert_eq!(
            service("aws-us-gov", "us-gov-east-1", "dns").unwrap(),
            "https://us-gov-west-1.console.amazonaws-us-gov.com/route53/v2/home?region=us-gov-west-1"
        );
        let paris = "eu-west-3".parse().unwrap();
        let asked = Asked { region: Some(&paris), to: Some("/lambda/home#/functions"), ..Asked::default() };
        assert_eq!(
            in_partition("aws", "eu-central-1", asked).unwrap(),
            "https://eu-west-3.console.aws.amazon.com/lambda/home?region=eu-west-3#/functions"
        );
    }

    #[test]
    fn a_pasted_page_opens_again() {
        let same = "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/f?tab=code";
        assert_eq!(to(same).unwrap(), same);
        assert_eq!(to(&same.replace("eu-west-1.c", "111122223333-abcd1234.eu-west-1.c")).unwrap(), same);
        assert_eq!(
            to("https://console.aws.amazon.com/s3/home?region=eu-west-1").unwrap(),
            "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"
        );
        assert_eq!(
            to("https://console.aws.amazon.com/s3/home").unwrap(),
            "https://eu-central-1.console.aws.amazon.com/s3/home"
        );
        assert_eq!(
            to("https://health.aws.amazon.com/health/home#/account").unwrap(),
            "https://health.aws.amazon.com/health/home#/account"
        );
        assert_eq!(
            to("/ec2/home?region=eu-west-1#Instances:").unwrap(),
            "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:"
        );
        let ireland = "eu-west-2".parse().unwrap();
        let asked = Asked { region: Some(&ireland), to: Some(same), ..Asked::default() };
        assert_eq!(in_partition("aws", "eu-central-1", asked).unwrap(), same.replace("eu-west-1", "eu-west-2"));
        let china = "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1";
        let asked = Asked { to: Some(china), ..Asked::default() };
        assert_eq!(in_partition("aws-cn", "cn-northwest-1", asked).unwrap(), china);
        assert!(matches!(to(china), Err(DestinationError::PageOfOtherPartition { .. })));
        let other = "https://444455556666-abcd1234.eu-west-1.console.aws.amazon.com/ec2/home";
        assert!(matches!(to(other), Err(DestinationError::OtherAccount { .. })));
    }

    #[test]
    fn credentials_never_go_to_the_sign_in_of_another_partition() {
        let frankfurt = "eu-central-1".parse().unwrap();
        let asked = Asked { region: Some(&frankfurt), ..Asked::default() };
        let problem = Problem::from(in_partition("aws-cn", "cn-north-1", asked).unwrap_err());
        assert_eq!((problem.code, problem.kind), (ProblemCode::ConsoleOtherPartition, ProblemKind::Invalid));
        assert!(problem.message.contains("eu-central-1") && problem.message.contains("aws-cn"), "{problem}");
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for text in [
            "http://console.aws.amazon.com/s3/home",
            "https://console.aws.amazon.com.evil.example/s3",
            "https://evilconsole.aws.amazon.com/s3",
            "https://evil.console.aws.amazon.com/s3",
            "https://console.aws.amazon.com@evil.example/s3",
            "https://user@console.aws.amazon.com/s3",
            "https://:secret@console.aws.amazon.com/s3",
            "https://console.aws.amazon.com:8443/s3",
            "https://console.aws.amazon.com./s3",
            "https://console.aws.amazon.com\\@evil.example/",
            "https:\\\\evil.example/console.aws.amazon.com",
            "https://evil.example\\.console.aws.amazon.com/s3",
            "https://console.aws.amazon.com//evil.example/",
            "https://console.aws.amazon.com/%2f%2fevil.example/",
            "https://console.aws.amazon.com/%5Cevil.example/",
            "https://c\u{43e}nsole.aws.amazon.com/s3",
            "https://eu-west-1.console.aws.amazon.com%2eevil.example/s3",
            "https://cn-north-1.console.aws.amazon.com/s3",
            "https://mars-1.console.aws.amazon.com/s3",
            "https://111122223333.eu-west-1.console.aws.amazon.com/s3",
            "https://111122223333-ABCD1234.evil.eu-west-1.console.aws.amazon.com/s3",
            "https://11112222333-abcd1234.eu-west-1.console.aws.amazon.com/s3",
            "https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=Admin",
            "https://signin.aws.amazon.com/federation?Action=login&Destination=https://evil.example",
            "https://aws.amazon.com/s3",
            "https://127.0.0.1/s3",
            "https://[::1]/s3",
            "https://console.aws.amazon.com/s3?region=cn-north-1",
            "//evil.example/s3",
            "///evil.example/s3",
            "/\\evil.example/s3",
            "/%2fevil.example",
            "/%5cevil.example",
            "/s3\u{0}home",
            "/s3 home",
            "javascript:alert(1)",
            "console.aws.amazon.com/s3",
            "s3",
            "",
        ] {
            let refused = Problem::from(to(text).expect_err(text));
            assert_eq!(refused.code, ProblemCode::BadConsolePage, "{text}");
        }
        // What is dropped by every reader of addresses stays dropped.
        assert_eq!(
            to("https://CONSOLE.aws.amazon.com:443/a/../s3/home").unwrap(),
            "https://eu-central-1.console.aws.amazon.com/s3/home"
        );
    }

    #[test]
    fn an_arn_leads_to_the_page_of_its_resource() {
        let page = |arn: &str| {
            let found = to(arn).expect(arn);
            let (_, after) = found.split_once("console.aws.amazon.com").unwrap();
            after.replace("region=eu-west-1", "R")
        };
        for (resource, expected) in [
            ("lambda:eu-west-1:111122223333:function:f", "/lambda/home?R#/functions/f"),
            ("lambda:eu-west-1:111122223333:function:f:PROD", "/lambda/home?R#/functions/f"),
            ("ec2:eu-west-1:111122223333:instance/i-0ab", "/ec2/home?R#InstanceDetails:instanceId=i-0ab"),
            ("ec2:eu-west-1:111122223333:vpc/vpc-1", "/vpcconsole/home?R#VpcDetails:VpcId=vpc-1"),
            (
                "logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*",
                "/cloudwatch/home?R#logsV2:log-groups/log-group/$252Faws$252Flambda$252Ff",
            ),
            ("dynamodb:eu-west-1:111122223333:table/t/index/i", "/dynamodbv2/home?R#table?name=t"),
            (
                "sqs:eu-west-1:111122223333:q",
                "/sqs/v3/home?R#/queues/https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F111122223333%2Fq",
            ),
            ("sns:eu-west-1:111122223333:t", "/sns/v3/home?R#/topic/arn:aws:sns:eu-west-1:111122223333:t"),
            (
                "cloudformation:eu-west-1:111122223333:stack/s/1-2",
                "/cloudformation/home?R#/stacks/stackinfo?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fs%2F1-2",
            ),
            ("ecs:eu-west-1:111122223333:cluster/c", "/ecs/v2/clusters/c/services?R"),
            ("ecs:eu-west-1:111122223333:service/c/s", "/ecs/v2/clusters/c/services/s?R"),
            ("rds:eu-west-1:111122223333:db:d", "/rds/home?R#database:id=d;is-cluster=false"),
            ("kms:eu-west-1:111122223333:key/1-2", "/kms/home?R#/kms/keys/1-2"),
            ("secretsmanager:eu-west-1:111122223333:secret:a/b-AbCdEf", "/secretsmanager/secret?name=a%2Fb&R"),
            (
                "states:eu-west-1:111122223333:stateMachine:m",
                "/states/home?R#/statemachines/view/arn%3Aaws%3Astates%3Aeu-west-1%3A111122223333%3AstateMachine%3Am",
            ),
            ("ssm:eu-west-1:111122223333:parameter/a/b", "/systems-manager/parameters/%2Fa%2Fb/description?R"),
            ("iam::111122223333:role/path/Admin", "/iam/home?region=us-east-1#/roles/details/Admin"),
            ("iam::111122223333:user/ann", "/iam/home?region=us-east-1#/users/details/ann"),
            ("s3:::bucket", "/s3/buckets/bucket?region=eu-central-1"),
            ("s3:::bucket/a/b.txt", "/s3/object/bucket?prefix=a%2Fb.txt&region=eu-central-1"),
            ("s3:::bucket/a/", "/s3/buckets/bucket?prefix=a%2F&region=eu-central-1"),
            ("route53:::hostedzone/Z1", "/route53/v2/hostedzones?region=us-east-1#ListRecordSets/Z1"),
            // A service without a page for this kind of resource, and one that isn't listed.
            ("glue:eu-west-1:111122223333:job/j", "/glue/home?R"),
            ("unheard:eu-west-1:111122223333:thing/x", "/console/home?R"),
            // Nothing of a name gets out of its place.
            (
                "lambda:eu-west-1:111122223333:function:a/../../b?c#d&e",
                "/lambda/home?R#/functions/a%2F..%2F..%2Fb%3Fc%23d%26e",
            ),
        ] {
            let arn = format!("arn:aws:{resource}");
            assert_eq!(page(&arn), expected, "{arn}");
        }
        assert!(matches!(
            to("arn:aws:lambda:eu-west-1:444455556666:function:f"),
            Err(DestinationError::OtherAccount { .. })
        ));
        for wrong in [
            "arn:",
            "arn:aws:lambda",
            "arn:aws:lambda:eu-west-1:1:function:f",
            "arn:mars:lambda:eu-west-1::f",
            "arn:aws:lambda:cn-north-1:111122223333:function:f",
            "arn:aws:s3:::",
            "arn:aws:s3:::a b",
        ] {
            assert_eq!(Problem::from(to(wrong).expect_err(wrong)).code, ProblemCode::BadArn, "{wrong}");
        }
    }
}
