//! Why the window asks for a passphrase, and its texts.

/// Why the person types a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To open the vault.
    Unlock,
    /// For a vault that isn't there yet.
    Choose,
    /// To give the vault's key another one.
    Change,
    /// For a vault whose key is elsewhere, and moves under the passphrase.
    MoveHere,
}

impl Purpose {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Unlock => "Unlock Daypass",
            Self::Choose | Self::MoveHere => "Choose a passphrase for Daypass",
            Self::Change => "Change Daypass's passphrase",
        }
    }

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Unlock => "Unlock",
            Self::Choose | Self::Change | Self::MoveHere => "Use this passphrase",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Unlock => {
                "The vault contains your keys and sign-ins. Until you unlock it, Daypass can't renew sessions."
            }
            Self::Choose => {
                "It protects the vault, which contains your keys and sign-ins. Without it, the vault can't be opened."
            }
            Self::Change => {
                "From now on, only the new passphrase opens the vault. Without it, the vault can't be opened."
            }
            Self::MoveHere => {
                "Daypass protects the vault's key with this passphrase, and removes the key from where it is now. Daypass \
                 then asks for the passphrase when it starts. Without it, the vault can't be opened."
            }
        }
    }

    /// What the entries are called, in their order.
    pub(super) fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Unlock => &["Passphrase"],
            Self::Choose | Self::MoveHere => &["Passphrase", "Repeat the passphrase"],
            Self::Change => &["Current passphrase", "New passphrase", "Repeat the new passphrase"],
        }
    }

    pub(super) fn asks_for_the_existing_one(self) -> bool {
        matches!(self, Self::Unlock | Self::Change)
    }

    pub(super) fn asks_for_a_new_one(self) -> bool {
        matches!(self, Self::Choose | Self::Change | Self::MoveHere)
    }

    /// Whether something waits for it.
    pub(super) fn opens_the_vault(self) -> bool {
        matches!(self, Self::Unlock | Self::Choose)
    }
}
