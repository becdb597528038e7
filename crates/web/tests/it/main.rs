//! Tests of the pages: the whole application without a socket, over a fresh
//! store and a clock that stands still until a test moves it.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod assets;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod login;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod portal;
#[cfg(test)]
mod support;
#[cfg(test)]
mod turns;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod wizard;
