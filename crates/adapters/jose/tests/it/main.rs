//! Tests of signatures and keys.

#[cfg(test)]
mod forged;
#[cfg(test)]
mod import;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod ring;
