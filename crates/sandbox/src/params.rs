//! `application/x-www-form-urlencoded` parameters from a query string or a body.

use std::{collections::BTreeMap, fmt};

use url::form_urlencoded;

/// Parameters by name. `Debug` shows only the names, because values may be passwords and tokens.
#[derive(Default)]
pub(crate) struct Params {
    values: BTreeMap<String, String>,
    repeated: Option<String>,
}

impl Params {
    /// Reads the query string and then the body. If a name occurs twice, the first value counts and
    /// [`Params::repeated`] reports it.
    pub(crate) fn read(query: Option<&str>, body: &[u8]) -> Self {
        let mut params = Self::default();
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).chain(form_urlencoded::parse(body));
        for (name, value) in pairs {
            if params.values.contains_key(name.as_ref()) {
                params.repeated.get_or_insert(name.into_owned());
            } else {
                params.values.insert(name.into_owned(), value.into_owned());
            }
        }
        params
    }

    /// The value, unless it is empty. OAuth treats parameters without a value as omitted (RFC 6749, section 3.1), and
    /// the sandbox does the same for STS.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The first name that occurred more than once.
    pub(crate) fn repeated(&self) -> Option<&str> {
        self.repeated.as_deref()
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
