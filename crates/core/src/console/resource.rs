//! The page of the resource that an ARN names.

use super::services::Service;
use crate::names::{AccountId, Partition, Region};

use super::place::{Place, PlaceError, encoded};

/// As long as the longest ARN that AWS gives.
const LONGEST: usize = 2048;

/// The page that the console shows for an ARN: the resource's own where we know it, the service's otherwise.
pub(super) fn read(arn: &str) -> Result<Place, PlaceError> {
    let wrong = |why| PlaceError::NotAnArn { arn: arn.chars().take(100).collect(), why };
    if arn.len() > LONGEST || arn.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(wrong("it's too long, or has blanks in it"));
    }
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, service, region, account, resource] = parts[..] else {
        return Err(wrong("it has fewer than six parts"));
    };
    let partition = Partition::of_id(partition).ok_or_else(|| wrong("its partition isn't known"))?;
    let region = match region {
        "" => None,
        text => Some(text.parse::<Region>().map_err(|_| wrong("its region can't be read"))?),
    };
    if region.as_ref().is_some_and(|region| Partition::of_region(region) != partition) {
        return Err(wrong("its region is in another partition"));
    }
    let account = match account {
        // AWS's own policies.
        "" | "aws" => None,
        text => Some(text.parse::<AccountId>().map_err(|_| wrong("its account isn't 12 digits"))?),
    };
    if resource.is_empty() {
        return Err(wrong("it names no resource"));
    }
    let arn = Arn { text: arn, service, region: region.as_ref(), account: account.as_ref(), resource };
    let listed = Service::find(id_of(service));
    let home = listed.and_then(|service| service.home(partition));
    let (page, is_own) = match arn.page().filter(|_| listed.is_none_or(|service| service.is_in(partition))) {
        Some(page) => (page, true),
        None => (listed.map_or("console/home", |service| service.path).to_owned(), false),
    };
    Ok(Place::below(&page, partition, account, home.or(region), is_own))
}

/// The id in our list of the service that an ARN calls something else.
fn id_of(service: &str) -> &str {
    match service {
        "elasticloadbalancing" => "elb",
        "states" => "stepfunctions",
        "events" => "eventbridge",
        "es" => "opensearch",
        "cognito-idp" => "cognito",
        "sso" => "identity-center",
        "elasticfilesystem" => "efs",
        "kafka" => "msk",
        "codestar-connections" => "codepipeline",
        "wafv2" => "waf",
        "aws-marketplace" | "sts" => "iam",
        other => other,
    }
}

struct Arn<'a> {
    text: &'a str,
    service: &'a str,
    region: Option<&'a Region>,
    account: Option<&'a AccountId>,
    resource: &'a str,
}

impl Arn<'_> {
    /// `PATH?QUERY#FRAGMENT` after the host, without the region.
    fn page(&self) -> Option<String> {
        let (kind, id) = self.resource.split_once([':', '/']).unwrap_or(("", self.resource));
        let last = self.resource.rsplit(['/', ':']).next().unwrap_or_default();
        let whole = encoded(self.text);
        let (kind_id, last) = (encoded(id), encoded(last));
        Some(match (self.service, kind) {
            ("acm", "certificate") => format!("acm/home#/certificates/{kind_id}"),
            ("apigateway", "") => {
                let (_, rest) = self.resource.split_once("/restapis/")?;
                let api = encoded(rest.split('/').next()?);
                format!("apigateway/main/apis/{api}/resources?api={api}")
            }
            ("cloudformation", "stack") => format!("cloudformation/home#/stacks/stackinfo?stackId={whole}"),
            ("cloudfront", "distribution") => format!("cloudfront/v4/home#/distributions/{kind_id}"),
            ("cloudwatch", "alarm") => format!("cloudwatch/home#alarmsV2:alarm/{kind_id}"),
            ("cloudwatch", "dashboard") => format!("cloudwatch/home#dashboards/dashboard/{kind_id}"),
            ("codebuild", "project") => format!("codesuite/codebuild/{}/projects/{kind_id}", self.account?),
            ("codecommit", "") => format!("codesuite/codecommit/repositories/{kind_id}/browse"),
            ("codepipeline", "") => format!("codesuite/codepipeline/pipelines/{kind_id}/view"),
            ("dynamodb", "table") => format!("dynamodbv2/home#table?name={}", encoded(id.split('/').next()?)),
            ("ec2", kind) => ec2(kind, &kind_id)?,
            ("ecr", "repository") => {
                format!("ecr/repositories/private/{}/{}", self.account?, encoded_path(id))
            }
            ("ecs", "cluster") => format!("ecs/v2/clusters/{kind_id}/services"),
            ("ecs", kind @ ("service" | "task")) => {
                let (cluster, id) = id.split_once('/')?;
                format!("ecs/v2/clusters/{}/{kind}s/{}", encoded(cluster), encoded(id))
            }
            ("ecs", "task-definition") => {
                let (family, revision) = id.split_once(':')?;
                format!("ecs/v2/task-definitions/{}/{}", encoded(family), encoded(revision))
            }
            ("eks", "cluster") => format!("eks/clusters/{kind_id}"),
            ("elasticloadbalancing", "loadbalancer") => format!("ec2/home#LoadBalancer:loadBalancerArn={whole}"),
            ("elasticloadbalancing", "targetgroup") => format!("ec2/home#TargetGroup:targetGroupArn={whole}"),
            ("es", "domain") => format!("aos/home#opensearch/domains/{kind_id}"),
            ("events", "rule") => {
                let (bus, rule) = id.split_once('/').unwrap_or(("default", id));
                format!("events/home#/eventbus/{}/rules/{}", encoded(bus), encoded(rule))
            }
            ("iam", kind @ ("role" | "user")) => format!("iam/home#/{kind}s/details/{last}"),
            ("iam", "group") => format!("iam/home#/groups/details/{last}"),
            ("iam", "policy") => format!("iam/home#/policies/details/{whole}"),
            ("kinesis", "stream") => format!("kinesis/home#/streams/details/{kind_id}/monitoring"),
            ("kms", "key") => format!("kms/home#/kms/keys/{kind_id}"),
            ("lambda", "function") => format!("lambda/home#/functions/{}", encoded(id.split(':').next()?)),
            ("lambda", "layer") => format!("lambda/home#/layers/{}", encoded(id.split(':').next()?)),
            ("logs", "log-group") => {
                let name = id.split(':').next()?;
                format!("cloudwatch/home#logsV2:log-groups/log-group/{}", twice_encoded(name))
            }
            ("rds", "db") => format!("rds/home#database:id={kind_id};is-cluster=false"),
            ("rds", "cluster") => format!("rds/home#database:id={kind_id};is-cluster=true"),
            ("route53", "hostedzone") => format!("route53/v2/hostedzones#ListRecordSets/{kind_id}"),
            ("s3", _) => s3(self.resource),
            ("secretsmanager", "secret") => {
                format!("secretsmanager/secret?name={}", encoded(without_suffix(id)))
            }
            ("sns", "") => format!("sns/v3/home#/topic/{}", self.text),
            ("sqs", "") => {
                let suffix = Partition::of_region(self.region?).dns_suffix();
                let url = format!("https://sqs.{}.{suffix}/{}/{id}", self.region?, self.account?);
                format!("sqs/v3/home#/queues/{}", encoded(&url))
            }
            ("ssm", "parameter") => {
                // A name with a path has its first slash in the ARN, and one without has none.
                let name = if id.contains('/') { format!("/{id}") } else { id.to_owned() };
                format!("systems-manager/parameters/{}/description", encoded(&name))
            }
            ("states", "stateMachine") => format!("states/home#/statemachines/view/{whole}"),
            ("states", "execution") => format!("states/home#/v2/executions/details/{whole}"),
            _ => return None,
        })
    }
}

fn ec2(kind: &str, id: &str) -> Option<String> {
    let (console, page) = match kind {
        "instance" => ("ec2", "InstanceDetails:instanceId"),
        "image" => ("ec2", "ImageDetails:imageId"),
        "launch-template" => ("ec2", "LaunchTemplateDetails:launchTemplateId"),
        "network-interface" => ("ec2", "NetworkInterface:networkInterfaceId"),
        "security-group" => ("ec2", "SecurityGroup:groupId"),
        "snapshot" => ("ec2", "SnapshotDetails:snapshotId"),
        "volume" => ("ec2", "VolumeDetails:volumeId"),
        "internet-gateway" => ("vpcconsole", "InternetGateway:internetGatewayId"),
        "natgateway" => ("vpcconsole", "NatGatewayDetails:natGatewayId"),
        "route-table" => ("vpcconsole", "RouteTableDetails:RouteTableId"),
        "subnet" => ("vpcconsole", "subnetDetails:subnetId"),
        "transit-gateway" => ("vpcconsole", "TransitGatewayDetails:transitGatewayId"),
        "vpc" => ("vpcconsole", "VpcDetails:VpcId"),
        "vpc-endpoint" => ("vpcconsole", "EndpointDetails:vpcEndpointId"),
        _ => return None,
    };
    Some(format!("{console}/home#{page}={id}"))
}

/// A bucket, an object, or what begins with a prefix.
fn s3(resource: &str) -> String {
    match resource.split_once('/') {
        None => format!("s3/buckets/{}", encoded(resource)),
        Some((bucket, "" | "*")) => format!("s3/buckets/{}", encoded(bucket)),
        Some((bucket, key)) => match key.strip_suffix('*').or_else(|| key.ends_with('/').then_some(key)) {
            Some(prefix) => format!("s3/buckets/{}?prefix={}", encoded(bucket), encoded(prefix)),
            None => format!("s3/object/{}?prefix={}", encoded(bucket), encoded(key)),
        },
    }
}

/// A secret's name: its ARN has six random characters after it.
fn without_suffix(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((name, suffix)) if suffix.len() == 6 && suffix.bytes().all(|b| b.is_ascii_alphanumeric()) => name,
        _ => id,
    }
}

fn encoded_path(path: &str) -> String {
    path.split('/').map(encoded).collect::<Vec<_>>().join("/")
}

/// As the pages of CloudWatch write the name of a log group: encoded twice, with `$` for the percent sign.
fn twice_encoded(name: &str) -> String {
    encoded(&encoded(name)).replace('%', "$")
}
