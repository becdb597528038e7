//! What a scenario yields.

use std::time::Duration;

use serde_json::{Value, json};

/// Figures of one scenario; `None` for what it does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Requests per second; events per second where audit logs are verified.
    pub rate: Option<f64>,
    /// Median latency, milliseconds.
    pub p50: Option<f64>,
    /// 99th percentile of latency, milliseconds.
    pub p99: Option<f64>,
    /// Largest latency, milliseconds.
    pub max: Option<f64>,
    /// Requests that failed, other answers than 2xx and 3xx included.
    pub errors: Option<f64>,
    /// CPU time of the server, per cent of one core.
    pub cpu: Option<f64>,
    /// Most memory the server has had resident since its start, MB (10⁶ bytes).
    pub memory: Option<f64>,
}

impl Figures {
    /// Latencies that were taken one by one.
    pub fn of_latencies(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        Self {
            p50: percentile(&samples, 50),
            p99: percentile(&samples, 99),
            max: percentile(&samples, 100),
            ..Self::default()
        }
    }
}

/// For JSON: at most three decimals.
pub fn rounded(number: Option<f64>) -> Value {
    number.map_or(Value::Null, |number| {
        json!((number * 1000.0).round() / 1000.0)
    })
}

/// Nearest-rank percentile of sorted samples, in milliseconds.
fn percentile(sorted: &[Duration], per_cent: usize) -> Option<f64> {
    let rank = (sorted.len() * per_cent).div_ceil(100);
    let sample = sorted.get(rank.checked_sub(1)?)?;
    Some(sample.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples_at_their_rank() {
        let samples = (1..=200).rev().map(Duration::from_millis).collect();
        let figures = Figures::of_latencies(samples);
        assert_eq!(figures.p50, Some(100.0));
        assert_eq!(figures.p99, Some(198.0));
        assert_eq!(figures.max, Some(200.0));
        assert_eq!(Figures::of_latencies(Vec::new()), Figures::default());
    }
}
