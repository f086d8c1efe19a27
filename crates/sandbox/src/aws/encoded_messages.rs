//! Encoded authorization messages, which only STS can decode.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

use crate::random;

const KEPT: usize = 200;

/// The encoded messages that were issued, and what they mean.
#[derive(Debug, Default)]
pub(crate) struct EncodedMessages(Mutex<VecDeque<(String, String)>>);

impl EncodedMessages {
    pub(super) fn encode(&self, meaning: &Value) -> String {
        // Opaque, as at AWS, where only the service can read them.
        let message = format!("{}{}", random::token(), random::token());
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() == KEPT {
            messages.pop_front();
        }
        messages.push_back((message.clone(), meaning.to_string()));
        message
    }

    pub(super) fn decode(&self, message: &str) -> Option<String> {
        let messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        messages.iter().find(|(encoded, _)| encoded == message).map(|(_, meaning)| meaning.clone())
    }
}
