//! Tests of signatures and keys.

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod foreign_keys;
#[cfg(test)]
mod foreign_support;
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
