//! The client against a server that answers what each test says.

#[cfg(test)]
mod errors;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
