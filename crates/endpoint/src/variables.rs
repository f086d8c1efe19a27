//! The variables that point tools to an endpoint.

/// Names the endpoint to the SDKs and the AWS CLI.
pub const URI_VARIABLE: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// Has the token that they send as `Authorization`.
pub const TOKEN_VARIABLE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// Names the file with that token. They read it before each request.
pub const TOKEN_FILE_VARIABLE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// Names the instance metadata service.
pub const IMDS_VARIABLE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
