//! Micro-benchmarks: decisions of the built-in policy. Run by
//! `cargo xtask bench --micro`.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use agentidp_domain::metrics::NoMetrics;
use agentidp_domain::policy::{Decision, Policy, PolicyRequest};
use agentidp_domain::scope::ScopeSet;
use agentidp_rego::RegoPolicy;
use criterion::{Criterion, Throughput};

const PATH: &str = "/api/v1/agents/11111111-1111-4111-8111-111111111111";
/// The same for the policy; decisions on paths of this form are not remembered.
const PATH_WITH_SLASH: &str = "/api/v1/agents/11111111-1111-4111-8111-111111111111/";

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let policy = RegoPolicy::built_in(Arc::new(NoMetrics))?;
    let mut group = criterion.benchmark_group("policy");
    group.throughput(Throughput::Elements(1));
    for (name, path) in [("evaluated", PATH_WITH_SLASH), ("remembered", PATH)] {
        if policy.decide(&request(path)) != Decision::Allow {
            return Err(format!("the policy denies {path}").into());
        }
        group.bench_function(name, |bencher| {
            bencher.iter(|| policy.decide(black_box(&request(path))));
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn request(path: &str) -> PolicyRequest<'_> {
    PolicyRequest {
        method: "GET",
        path,
        route: "/api/v1/agents/{agentId}",
        scopes: ScopeSet::ALL,
        concerns_self: false,
    }
}
