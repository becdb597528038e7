//! CPU, memory and files of this process, read from `/proc` when asked.

use prometheus::Registry;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Error};

/// Adds the families of this process, as far as the system offers them.
pub(super) fn register(registry: &Registry) -> Result<(), Error> {
    #[cfg(target_os = "linux")]
    registry.register(Box::new(
        prometheus::process_collector::ProcessCollector::for_self(),
    ))?;
    registry.register(Box::new(CpuTime::new()?))
}

/// CPU time split into user and system; the collector above knows the sum.
struct CpuTime {
    user: Counter,
    system: Counter,
}

impl CpuTime {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            user: Counter::new(
                "process_cpu_user_seconds_total",
                "Total user CPU time spent in seconds.",
            )?,
            system: Counter::new(
                "process_cpu_system_seconds_total",
                "Total system CPU time spent in seconds.",
            )?,
        })
    }
}

impl Collector for CpuTime {
    fn desc(&self) -> Vec<&Desc> {
        self.user
            .desc()
            .into_iter()
            .chain(self.system.desc())
            .collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let Some((user, system)) = cpu_seconds() else {
            return Vec::new();
        };
        for (counter, seconds) in [(&self.user, user), (&self.system, system)] {
            counter.inc_by((seconds - counter.get()).max(0.0));
        }
        let mut families = self.user.collect();
        families.extend(self.system.collect());
        families
    }
}

/// User and system time of this process, proc(5), `/proc/[pid]/stat`.
fn cpu_seconds() -> Option<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the name in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11);
    let user: u32 = times.next()?.parse().ok()?;
    let system: u32 = times.next()?.parse().ok()?;
    Some((f64::from(user) / TICKS, f64::from(system) / TICKS))
}

/// Clock ticks per second in `/proc` on every Linux architecture in use.
const TICKS: f64 = 100.0;
