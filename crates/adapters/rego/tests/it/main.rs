//! Tests of the scope policy.

#[cfg(test)]
mod cached;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod support;
