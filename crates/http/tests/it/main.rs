//! Tests of the HTTP API: the whole application without a socket, over a
//! fresh store and a clock that stands still until a test moves it. One folder
//! per capability.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod analytics;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod billing;
#[cfg(test)]
mod compliance;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod delegation;
#[cfg(test)]
mod did;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod federation;
#[cfg(test)]
mod marketplace;
#[cfg(test)]
mod oidc;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod pipeline;
#[cfg(test)]
mod scaffold;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tiers;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod workload;
