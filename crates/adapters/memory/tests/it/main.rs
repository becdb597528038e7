//! Tests of the ports within one process.

#[cfg(test)]
mod bus;
#[cfg(test)]
mod bus_recorder;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod cache_contract;
#[cfg(test)]
mod limit_contract;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod session_contract;
#[cfg(test)]
mod sessions;
