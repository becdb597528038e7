//! Tests against a real Redis, named by `AGENTIDP_TEST_REDIS_URL`.

#[cfg(test)]
mod bus;
#[cfg(test)]
#[path = "../../../memory/tests/it/bus_recorder.rs"]
mod bus_recorder;
#[cfg(test)]
mod cache;
#[cfg(test)]
#[path = "../../../memory/tests/it/cache_contract.rs"]
mod cache_contract;
#[cfg(test)]
mod cache_outage;
#[cfg(test)]
mod client;
#[cfg(test)]
#[path = "../../../memory/tests/it/limit_contract.rs"]
mod limit_contract;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod outage;
#[cfg(test)]
#[path = "../../../memory/tests/it/session_contract.rs"]
mod session_contract;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod support;
