//! Holds back signals that would end this process until the terminal is restored.
//!
//! A handler can't be taken back, so after the first time ours stands for the system's default: it ends the process,
//! unless another part of the command listens (`leave_to_listener`).

#[cfg(unix)]
pub(crate) use unix::{HeldSignals, leave_to_listener};
#[cfg(not(unix))]
pub(crate) use windows::HeldSignals;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::{flag, low_level};

    #[derive(Default)]
    struct Handlers {
        end_process: Arc<AtomicBool>,
        /// The number of the last signal that was held back. 0: none.
        came: Arc<AtomicUsize>,
    }

    static HANDLERS: OnceLock<Handlers> = OnceLock::new();

    /// As long as it's there, signals are held back.
    pub(crate) struct HeldSignals(&'static Handlers);

    impl HeldSignals {
        pub(crate) fn hold() -> Self {
            let handlers = HANDLERS.get_or_init(|| {
                let handlers = Handlers::default();
                // Not SIGHUP: the terminal is gone then, and reading from it would never end.
                for signal in [SIGINT, SIGQUIT, SIGTERM] {
                    let number = usize::try_from(signal).unwrap_or_default();
                    // Without them, the signal does at once what it always does.
                    let _ = flag::register_conditional_default(signal, Arc::clone(&handlers.end_process));
                    let _ = flag::register_usize(signal, Arc::clone(&handlers.came), number);
                }
                handlers
            });
            handlers.end_process.store(false, Ordering::SeqCst);
            Self(handlers)
        }

        /// Whether one was held back.
        pub(crate) fn came(&self) -> bool {
            self.0.came.load(Ordering::SeqCst) != 0
        }
    }

    impl Drop for HeldSignals {
        /// One that was held back ends the process now.
        fn drop(&mut self) {
            self.0.end_process.store(true, Ordering::SeqCst);
            match self.0.came.swap(0, Ordering::SeqCst) {
                0 => {}
                number => drop(low_level::emulate_default_handler(i32::try_from(number).unwrap_or(SIGTERM))),
            }
        }
    }

    /// From now on, another handler decides what signals do.
    pub(crate) fn leave_to_listener() {
        if let Some(handlers) = HANDLERS.get() {
            handlers.end_process.store(false, Ordering::SeqCst);
        }
    }
}

#[cfg(not(unix))]
mod windows {
    /// The console ends a process at once.
    pub(crate) struct HeldSignals;

    impl HeldSignals {
        pub(crate) fn hold() -> Self {
            Self
        }

        pub(crate) fn came(&self) -> bool {
            false
        }
    }
}
