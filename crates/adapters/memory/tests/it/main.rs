//! Tests of the ports within one process.

#[cfg(test)]
mod bus;
#[cfg(test)]
mod bus_recorder;
#[cfg(test)]
mod limit_contract;
#[cfg(test)]
mod limits;
