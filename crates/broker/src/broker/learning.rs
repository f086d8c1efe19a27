//! Requests for account names in progress after sign-ins.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

/// How long the end of a process is put off for names that are on their way.
const AT_THE_END: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct Learning(Mutex<JoinSet<()>>);

impl Learning {
    /// Asks in the background.
    pub(super) fn begin(&self, question: impl Future<Output = ()> + Send + 'static) {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while under_way.try_join_next().is_some() {}
        under_way.spawn(question);
    }

    /// Waits briefly for what is on its way. The next command shows it.
    pub(super) async fn finish(&self) {
        let mut under_way = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async { while under_way.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(AT_THE_END, all).await;
    }
}
