//! The services that can be asked for by name.

use crate::names::{Partition, Region};

/// A service with pages in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// The word for it on the command line, most often the one that the AWS CLI has.
    pub id: &'static str,
    /// What AWS calls it.
    pub name: &'static str,
    /// What else people call it.
    pub aliases: &'static [&'static str],
    /// Its first page, after the host.
    pub(super) path: &'static str,
    /// Which region its pages are in.
    pub scope: Scope,
    /// Partitions whose console doesn't have it.
    absent: &'static [&'static str],
}

/// Which region the pages of a service are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In every region, each with its own resources.
    Regional,
    /// In one region of each partition, for the whole account.
    Global,
    /// As [`Scope::Global`], but in partition `aws` in this region.
    GlobalIn(&'static str),
}

const CN: &str = "aws-cn";
const GOV: &str = "aws-us-gov";
const EUSC: &str = "aws-eusc";

const fn regional(
    id: &'static str,
    name: &'static str,
    path: &'static str,
    aliases: &'static [&'static str],
) -> Service {
    Service { id, name, aliases, path, scope: Scope::Regional, absent: &[] }
}

const fn global(id: &'static str, name: &'static str, path: &'static str, aliases: &'static [&'static str]) -> Service {
    Service { id, name, aliases, path, scope: Scope::Global, absent: &[] }
}

impl Service {
    const fn not_in(self, absent: &'static [&'static str]) -> Self {
        Self { absent, ..self }
    }

    const fn of(self, region: &'static str) -> Self {
        Self { scope: Scope::GlobalIn(region), ..self }
    }

    /// The service of that id, name or alias, whatever its case.
    #[must_use]
    pub fn find(word: &str) -> Option<&'static Self> {
        let word = word.trim();
        let exact = SERVICES.iter().find(|service| service.id.eq_ignore_ascii_case(word));
        exact.or_else(|| SERVICES.iter().find(|service| service.names().any(|name| name.eq_ignore_ascii_case(word))))
    }

    /// Those in whose id, name or an alias a text occurs. All for an empty one.
    pub fn search(text: &str) -> impl Iterator<Item = &'static Self> {
        let text = text.trim().to_lowercase();
        SERVICES.iter().filter(move |service| service.names().any(|name| name.to_lowercase().contains(&text)))
    }

    /// Those that a mistyped word may mean: with a piece of it, or one letter away.
    #[must_use]
    pub fn near(word: &str) -> Vec<&'static Self> {
        let word = word.trim().to_lowercase();
        if word.is_empty() {
            return Vec::new();
        }
        let is_near = |name: &str| {
            let name = name.to_lowercase();
            name.starts_with(&word) || (word.len() > 2 && is_one_letter_away(&name, &word))
        };
        SERVICES.iter().filter(|service| service.names().any(is_near)).take(5).collect()
    }

    /// Whether the console of a partition has it.
    #[must_use]
    pub fn is_in(&self, partition: Partition) -> bool {
        !self.absent.contains(&partition.id())
    }

    /// The region whose console shows it; `None` where that is up to the person.
    #[must_use]
    pub fn home(&self, partition: Partition) -> Option<Region> {
        match self.scope {
            Scope::Regional => None,
            Scope::GlobalIn(region) if partition == Partition::standard() => region.parse().ok(),
            Scope::Global | Scope::GlobalIn(_) => Some(partition.global_console_region()),
        }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.id, self.name].into_iter().chain(self.aliases.iter().copied())
    }
}

/// Whether one letter more, less or other, or two letters swapped, makes one of the other.
fn is_one_letter_away(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (a, b) = (&one[same..], &other[same..]);
    match (a, b) {
        ([], _) | (_, []) => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([x, y, a @ ..], [v, w, b @ ..]) if x == w && y == v && a == b => true,
        _ => a.get(1..) == Some(b) || b.get(1..) == Some(a),
    }
}

/// All of them, by id.
#[must_use]
pub fn services() -> &'static [Service] {
    SERVICES
}

static SERVICES: &[Service] = &[
    global("account", "Account", "billing/home#/account", &["account settings"]).not_in(&[GOV]),
    regional("acm", "Certificate Manager", "acm/home", &["certificates", "ssl", "tls"]),
    regional("amplify", "Amplify", "amplify/apps", &[]).not_in(&[CN, GOV, EUSC]),
    regional("apigateway", "API Gateway", "apigateway/main/apis", &["apigw", "api"]),
    regional("appconfig", "AppConfig", "systems-manager/appconfig", &[]),
    regional("apprunner", "App Runner", "apprunner/home", &[]).not_in(&[CN, GOV, EUSC]),
    regional("appsync", "AppSync", "appsync/home", &["graphql"]),
    global("artifact", "Artifact", "artifact/home", &["compliance reports"]).not_in(&[CN, EUSC]),
    regional("athena", "Athena", "athena/home", &[]),
    regional("auditmanager", "Audit Manager", "auditmanager/home", &[]).not_in(&[CN, EUSC]),
    regional("autoscaling", "EC2 Auto Scaling", "ec2/home#AutoScalingGroups:", &["asg"]),
    regional("backup", "Backup", "backup/home", &[]),
    regional("batch", "Batch", "batch/home", &[]),
    regional("bedrock", "Bedrock", "bedrock/home", &["ai", "models"]).not_in(&[CN]),
    global("billing", "Billing and Cost Management", "billing/home", &["bills", "costs", "invoices"]).not_in(&[GOV]),
    global("budgets", "Budgets", "costmanagement/home#/budgets", &[]).not_in(&[CN, GOV]),
    regional("cloud9", "Cloud9", "cloud9/home", &["ide"]).not_in(&[CN, GOV, EUSC]),
    regional("cloudformation", "CloudFormation", "cloudformation/home", &["cfn", "cf", "stacks"]),
    global("cloudfront", "CloudFront", "cloudfront/v4/home", &["cdn"]).not_in(&[GOV, EUSC]),
    regional("cloudshell", "CloudShell", "cloudshell/home", &["shell"]).not_in(&[CN]),
    regional("cloudtrail", "CloudTrail", "cloudtrailv2/home", &["trail", "audit"]),
    regional("cloudwatch", "CloudWatch", "cloudwatch/home", &["cw", "metrics", "alarms"]),
    regional("codeartifact", "CodeArtifact", "codesuite/codeartifact/repositories", &[]).not_in(&[CN, EUSC]),
    regional("codebuild", "CodeBuild", "codesuite/codebuild/projects", &["cb"]),
    regional("codecommit", "CodeCommit", "codesuite/codecommit/repositories", &["git"]),
    regional("codedeploy", "CodeDeploy", "codesuite/codedeploy/applications", &["cd"]),
    regional("codepipeline", "CodePipeline", "codesuite/codepipeline/pipelines", &["pipelines"]),
    regional("cognito", "Cognito", "cognito/v2/home", &["cognito-idp", "user pools"]),
    regional("config", "Config", "config/home", &["configservice", "compliance"]),
    regional("connect", "Connect", "connect/v2/app/instances", &[]).not_in(&[CN, EUSC]),
    regional("controltower", "Control Tower", "controltower/home", &["landing zone"]).not_in(&[CN, EUSC]),
    global("cost-explorer", "Cost Explorer", "costmanagement/home#/cost-explorer", &["ce", "costmanagement"])
        .not_in(&[GOV]),
    regional("datasync", "DataSync", "datasync/home", &[]),
    regional("detective", "Detective", "detective/home", &[]).not_in(&[CN, EUSC]),
    regional("directconnect", "Direct Connect", "directconnect/v2/home", &["dx"]),
    regional("directoryservice", "Directory Service", "directoryservicev2/home", &["ds", "active directory"]),
    regional("dms", "Database Migration Service", "dms/v2/home", &[]),
    regional("docdb", "DocumentDB", "docdb/home", &["mongodb"]),
    regional("dynamodb", "DynamoDB", "dynamodbv2/home", &["ddb"]),
    regional("ebs", "Elastic Block Store", "ec2/home#Volumes:", &["volumes"]),
    regional("ec2", "EC2", "ec2/home", &["instances", "virtual machines"]),
    regional("ecr", "Elastic Container Registry", "ecr/private-registry/repositories", &["registry", "docker"]),
    regional("ecs", "Elastic Container Service", "ecs/v2/clusters", &["containers", "fargate"]),
    regional("efs", "Elastic File System", "efs/home", &["nfs"]),
    regional("eks", "Elastic Kubernetes Service", "eks/clusters", &["kubernetes", "k8s"]),
    regional("elasticache", "ElastiCache", "elasticache/home", &["redis", "memcached", "valkey"]),
    regional("elasticbeanstalk", "Elastic Beanstalk", "elasticbeanstalk/home", &["eb", "beanstalk"]),
    regional("elb", "Elastic Load Balancing", "ec2/home#LoadBalancers:", &["elbv2", "alb", "nlb", "load balancers"]),
    regional("emr", "EMR", "emr/home", &["hadoop", "spark"]),
    regional("eventbridge", "EventBridge", "events/home", &["events", "rules"]),
    regional("firehose", "Data Firehose", "firehose/home", &[]),
    regional("fsx", "FSx", "fsx/home", &[]),
    regional("glacier", "S3 Glacier", "glacier/home", &[]),
    global("globalaccelerator", "Global Accelerator", "globalaccelerator/home", &["ga"])
        .of("us-west-2")
        .not_in(&[CN, GOV, EUSC]),
    regional("glue", "Glue", "glue/home", &["etl"]),
    regional("grafana", "Managed Grafana", "grafana/home", &[]).not_in(&[CN, EUSC]),
    regional("guardduty", "GuardDuty", "guardduty/home", &["gd"]),
    global("health", "Health Dashboard", "phd/home", &["phd", "status"]),
    global("iam", "IAM", "iam/home", &["roles", "users", "policies", "permissions"]),
    regional("identity-center", "IAM Identity Center", "singlesignon/home", &["sso", "singlesignon", "sso-admin"]),
    regional("imagebuilder", "EC2 Image Builder", "imagebuilder/home", &["ami"]),
    regional("inspector", "Inspector", "inspector/v2/home", &["inspector2", "vulnerabilities"]),
    regional("iot", "IoT Core", "iot/home", &[]),
    regional("kinesis", "Kinesis Data Streams", "kinesis/home", &["streams"]),
    regional("kms", "Key Management Service", "kms/home", &["keys"]),
    regional("lakeformation", "Lake Formation", "lakeformation/home", &[]),
    regional("lambda", "Lambda", "lambda/home", &["functions", "serverless"]),
    regional("lightsail", "Lightsail", "ls/webapp/home", &[]).not_in(&[CN, GOV, EUSC]),
    regional("logs", "CloudWatch Logs", "cloudwatch/home#logsV2:log-groups", &["log groups", "cloudwatch-logs"]),
    regional("logs-insights", "CloudWatch Logs Insights", "cloudwatch/home#logsV2:logs-insights", &["insights"]),
    regional("macie", "Macie", "macie/home", &["macie2"]).not_in(&[CN, GOV, EUSC]),
    regional("mq", "Amazon MQ", "amazon-mq/home", &["activemq", "rabbitmq"]),
    regional("msk", "Managed Streaming for Apache Kafka", "msk/home", &["kafka"]),
    regional("neptune", "Neptune", "neptune/home", &["graph"]),
    regional("network-firewall", "Network Firewall", "vpcconsole/home#NetworkFirewalls:", &[]),
    global("network-manager", "Network Manager", "networkmanager/home", &["cloud wan"])
        .of("us-west-2")
        .not_in(&[CN, EUSC]),
    regional("opensearch", "OpenSearch Service", "aos/home", &["es", "elasticsearch"]),
    global("organizations", "Organizations", "organizations/v2/home", &["org", "accounts", "scp"]),
    regional("ram", "Resource Access Manager", "ram/home", &["sharing"]),
    regional("rds", "RDS", "rds/home", &["aurora", "databases", "postgres", "mysql"]),
    regional("redshift", "Redshift", "redshiftv2/home", &["warehouse"]),
    regional("resource-explorer", "Resource Explorer", "resource-explorer/home", &[]).not_in(&[CN, EUSC]),
    regional("resource-groups", "Resource Groups", "resource-groups/home", &["tags", "tag editor"]),
    global("route53", "Route 53", "route53/v2/home", &["r53", "dns", "hosted zones"]),
    regional("route53resolver", "Route 53 Resolver", "route53resolver/home", &["resolver"]),
    regional("s3", "S3", "s3/home", &["buckets", "storage"]),
    regional("sagemaker", "SageMaker AI", "sagemaker/home", &["ml", "notebooks"]),
    regional("secretsmanager", "Secrets Manager", "secretsmanager/listsecrets", &["secrets", "sm"]),
    regional("securityhub", "Security Hub", "securityhub/home", &["sechub"]),
    regional("servicecatalog", "Service Catalog", "servicecatalog/home", &[]),
    regional("servicequotas", "Service Quotas", "servicequotas/home", &["quotas", "limits"]),
    regional("ses", "Simple Email Service", "ses/home", &["email", "mail"]),
    global("shield", "Shield", "wafv2/shieldv2", &["ddos"]).not_in(&[CN, GOV, EUSC]),
    regional("sns", "Simple Notification Service", "sns/v3/home", &["topics", "notifications"]),
    regional("sqs", "Simple Queue Service", "sqs/v3/home", &["queues"]),
    regional("ssm", "Systems Manager", "systems-manager/home", &["systems-manager", "session manager"]),
    regional("parameters", "Parameter Store", "systems-manager/parameters", &["ssm-parameters", "parameter store"]),
    regional("stepfunctions", "Step Functions", "states/home", &["sfn", "states", "state machines"]),
    regional("storagegateway", "Storage Gateway", "storagegateway/home", &[]),
    global("support", "Support Center", "support/home", &["cases"]),
    regional("transfer", "Transfer Family", "transfer/home", &["sftp"]),
    global("trustedadvisor", "Trusted Advisor", "trustedadvisor/home", &["ta"]),
    regional("vpc", "VPC", "vpcconsole/home", &["subnets", "network"]),
    global("waf", "WAF and Shield", "wafv2/homev2", &["wafv2", "firewall"]),
    regional("workspaces", "WorkSpaces", "workspaces/v2/home", &["desktops"]),
    regional("xray", "X-Ray", "cloudwatch/home#xray:traces/query", &["x-ray", "traces"]),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_word_means_two_services() {
        assert!(SERVICES.len() >= 60, "{}", SERVICES.len());
        let mut words = HashSet::new();
        for service in SERVICES {
            let own: HashSet<String> = service.names().map(str::to_lowercase).collect();
            for word in own {
                assert!(words.insert(word.clone()), "{word} of {} is another service's too", service.id);
            }
            assert!(!service.path.starts_with('/') && !service.path.contains(['?', ' ']), "{}", service.path);
        }
    }

    #[test]
    fn a_service_is_found_by_id_name_and_alias() {
        let id = |word: &str| Service::find(word).map(|service| service.id);
        assert_eq!(id("s3"), Some("s3"));
        assert_eq!(id("CFN"), Some("cloudformation"));
        assert_eq!(id("step functions"), Some("stepfunctions"));
        assert_eq!(id("stepfunction"), None);
        let near = |word: &str| Service::near(word).into_iter().map(|service| service.id).collect::<Vec<_>>();
        assert_eq!(near("lamda"), ["lambda"]);
        assert_eq!(near("labmda"), ["lambda"]);
        assert_eq!(near("lambdas"), ["lambda"]);
        assert!(near("route").contains(&"route53"));
        assert!(near("nothing like it").is_empty() && near("").is_empty());
        let found = |text: &str| Service::search(text).map(|service| service.id).collect::<Vec<_>>();
        assert_eq!(found("queue"), ["sqs"]);
        assert_eq!(found("").len(), SERVICES.len());
    }

    #[test]
    fn a_global_service_is_in_one_region_of_its_partition() {
        let home = |id: &str, partition: &str| {
            Service::find(id).unwrap().home(Partition::of_id(partition).unwrap()).map(|region| region.to_string())
        };
        assert_eq!(home("iam", "aws").as_deref(), Some("us-east-1"));
        assert_eq!(home("iam", "aws-cn").as_deref(), Some("cn-north-1"));
        assert_eq!(home("organizations", "aws-us-gov").as_deref(), Some("us-gov-west-1"));
        assert_eq!(home("globalaccelerator", "aws").as_deref(), Some("us-west-2"));
        assert_eq!(home("ec2", "aws"), None);
        let cloudfront = Service::find("cloudfront").unwrap();
        assert!(cloudfront.is_in(Partition::standard()) && !cloudfront.is_in(Partition::of_id("aws-us-gov").unwrap()));
    }
}
