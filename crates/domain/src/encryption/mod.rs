//! Encryption at rest of single columns: AES-256-GCM with a ring of versioned
//! keys.

mod cipher;
mod missed;
mod ring;

pub use cipher::{CipherError, FieldCipher, FieldId};
pub use ring::{EncryptionKeyRing, InvalidKeyRing, KeyRingSource};
