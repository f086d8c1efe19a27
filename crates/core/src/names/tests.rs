use super::*;
use proptest::prelude::*;

#[test]
fn every_example_can_be_used() {
    assert_eq!(IdentityName::example().as_str().parse(), Ok(IdentityName::example()));
    assert_eq!(AccountId::example().as_str().parse(), Ok(AccountId::example()));
    assert_eq!(Region::example().as_str().parse(), Ok(Region::example()));
    assert_eq!(ProfileName::example().as_str().parse(), Ok(ProfileName::example()));
    assert_eq!(Target::example().to_string().parse(), Ok(Target::example()));
    assert_eq!(SessionName::example().as_str().parse(), Ok(SessionName::example()));
}

#[test]
fn role_arns_are_read_in_every_partition() {
    for text in [
        "arn:aws:iam::123456789012:role/Dev",
        "arn:aws-cn:iam::012345678901:role/team/blue/Dev",
        "arn:aws-us-gov:iam::123456789012:role/a+b=c,d.e@f-g_h",
    ] {
        let arn: RoleArn = text.parse().unwrap();
        assert_eq!(arn.to_string(), text);
    }
    let arn: RoleArn = "arn:aws-cn:iam::012345678901:role/team/blue/Dev".parse().unwrap();
    assert_eq!((arn.account().as_str(), arn.name()), ("012345678901", "Dev"));
}

#[test]
fn malformed_role_arns_are_refused() {
    for text in [
        "",
        "Dev",
        "arn:aws:iam::12345678901:role/Dev",
        "arn:aws:iam::123456789012:user/Dev",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role//Dev",
        "arn:aws:iam::123456789012:role/De v",
        "arn:aws:iam::123456789012:role/Dev\n",
        "arn:aws:sts::123456789012:assumed-role/Dev/me",
        "arn:aws:iam:us-east-1:123456789012:role/Dev",
        "arn:mars:iam::123456789012:role/Dev",
    ] {
        assert!(text.parse::<RoleArn>().is_err(), "{text:?} was taken");
    }
}

#[test]
fn profile_names_cannot_inject_a_line_or_a_section() {
    for text in ["", " dev", "dev ", "a\nb", "a\rb", "a]b", "[x", "a\u{0}b", "a;b", "a#b", "a\u{2028}b", "a\tb"] {
        assert!(text.parse::<ProfileName>().is_err(), "{text:?} was taken");
    }
    for text in ["default", "my dev", "corp/prod-1", "grün", "a.b:c@d"] {
        assert!(text.parse::<ProfileName>().is_ok(), "{text:?} was refused");
    }
}

#[test]
fn the_console_stays_signed_in_for_a_quarter_of_an_hour_to_twelve() {
    let parse = |text: &str| text.parse::<ConsoleDuration>().map(ConsoleDuration::seconds).ok();
    assert_eq!([parse("15m"), parse("12h"), parse("3600")], [Some(900), Some(43_200), Some(3600)]);
    assert_eq!([parse("14m"), parse("13h"), parse("43201"), parse("")], [None; 4]);
    let error = "36h".parse::<ConsoleDuration>().unwrap_err().to_string();
    assert!(error.contains("15m to 12h"), "{error}");
    let of = |seconds| ConsoleDuration::of_credentials(chrono::TimeDelta::seconds(seconds)).seconds();
    assert_eq!([of(3_598), of(60), of(129_600), of(-5)], [3_600, 900, 43_200, 900]);
}

#[test]
fn durations_keep_to_the_widest_limits_of_sts() {
    let seconds = |t: &str| t.parse::<SessionDuration>().map(SessionDuration::seconds).ok();
    assert_eq!(seconds("15m"), Some(900));
    assert_eq!(seconds("36h"), Some(129_600));
    assert_eq!(seconds("3600"), Some(3600));
    for text in ["14m", "37h", "899", "129601", "1d", "", "h", "-1h", "99999999h", "1.5h"] {
        assert_eq!(seconds(text), None, "{text:?} was taken");
    }
    assert_eq!("90m".parse::<SessionDuration>().unwrap().to_string(), "90m");
}

#[test]
fn what_has_to_last_may_last_for_days() {
    let seconds = |t: &str| t.parse::<LeastDuration>().map(LeastDuration::seconds).ok();
    assert_eq!(["1m", "2h", "2d", "90d", "60"].map(seconds), [60, 7200, 172_800, 7_776_000, 60].map(Some));
    for text in ["59", "91d", "", "d", "1w", "-1h", "99999999d"] {
        assert_eq!(seconds(text), None, "{text:?} was taken");
    }
    assert_eq!("48h".parse::<LeastDuration>().unwrap().to_string(), "48h");
}

#[test]
fn regions_know_their_partition() {
    let id = |r: &str| Partition::of_region(&r.parse().unwrap()).id();
    assert_eq!(id("eu-central-1"), "aws");
    assert_eq!(id("cn-north-1"), "aws-cn");
    assert_eq!(id("us-gov-east-1"), "aws-us-gov");
    assert_eq!(id("eusc-de-east-1"), "aws-eusc");
    assert_eq!(id("us-isob-east-1"), "aws-iso-b");
    assert!("sts.example.com/x-1".parse::<Region>().is_err());
}

proptest! {
    #[test]
    fn parsing_never_panics_and_display_is_its_inverse(text in ".{0,80}") {
        if let Ok(arn) = text.parse::<RoleArn>() { prop_assert_eq!(arn.to_string(), text.clone()); }
        if let Ok(d) = text.parse::<SessionDuration>() { prop_assert_eq!(d.to_string().parse::<SessionDuration>().unwrap(), d); }
        let _ = (text.parse::<Region>(), text.parse::<ProfileName>(), text.parse::<SessionName>(), text.parse::<AccountId>());
    }
}

#[test]
fn targets_are_read_and_written_in_every_form() {
    for (text, kind, name) in [
        ("arn:aws:iam::123456789012:role/a/Dev", TargetKind::Role, "Dev"),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Admin", TargetKind::Role, "Admin"),
        ("arn:aws-cn:iam::123456789012:user/ops/jane", TargetKind::User, "jane"),
        ("arn:aws:sts::123456789012:federated-user/jane@x.org", TargetKind::FederatedUser, "jane@x.org"),
        ("arn:aws-us-gov:iam::123456789012:root", TargetKind::Root, "root"),
        (
            "arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/eu-central-1:0a-1b",
            TargetKind::IdentityPool,
            "0a-1b",
        ),
    ] {
        let target: Target = text.parse().unwrap();
        assert_eq!((target.to_string().as_str(), target.kind(), target.name()), (text, kind, name));
    }
    for text in [
        "",
        "arn:aws:iam::123456789012:group/x",
        "arn:aws:iam::123456789012:user/",
        "arn:aws:iam::123456789012:user/a b",
        "arn:aws:sts::123456789012:federated-user/x",
        "arn:aws:iam::1:root",
        "arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/us-east-1:0a",
        "arn:aws:s3:::bucket",
    ] {
        assert!(text.parse::<Target>().is_err(), "{text:?} was taken");
    }
}

proptest! {
    #[test]
    fn reading_a_target_never_panics_and_display_is_its_inverse(text in "(arn:aws:[a-z-]{0,18}:[a-z0-9-]{0,14}:[0-9]{0,13}:)?.{0,60}") {
        if let Ok(target) = text.parse::<Target>() { prop_assert_eq!(target.to_string(), text); }
    }
}
