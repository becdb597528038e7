//! Which metrics and labels a query uses, and whether the server exports them.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::label::Matchers;
use promql_parser::parser::{self, BinModifier, Expr, VectorSelector};

use crate::metrics::catalogue::{CATALOGUE, Family};

/// Labels that Prometheus adds to every series it scrapes.
const OF_TARGETS: [&str; 2] = ["instance", "job"];

/// What is wrong with a query and the templates that show labels of its
/// result (legend, annotations).
pub fn faults(query: &str, templates: &[&str]) -> Vec<String> {
    faults_over(CATALOGUE, query, templates)
}

fn faults_over(families: &[Family], query: &str, templates: &[&str]) -> Vec<String> {
    let expression = match parser::parse(query) {
        Ok(expression) => expression,
        Err(error) => return vec![format!("{query}: {error}")],
    };
    let mut check = Check::over(families);
    check.visit(&expression);
    for template in templates {
        check.template(template);
    }
    check.finish()
}

/// A walk through one query.
struct Check {
    /// Names of samples, with their labels.
    samples: BTreeMap<String, BTreeSet<&'static str>>,
    /// Labels of all series selected so far.
    selected: BTreeSet<&'static str>,
    /// Labels that must be among those of the selected series.
    wanted: BTreeSet<String>,
    faults: Vec<String>,
}

impl Check {
    fn over(families: &[Family]) -> Self {
        Self {
            samples: families.iter().flat_map(Family::samples).collect(),
            selected: OF_TARGETS.into(),
            wanted: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    fn visit(&mut self, expression: &Expr) {
        match expression {
            Expr::VectorSelector(selector) => self.selector(selector),
            Expr::MatrixSelector(selector) => self.selector(&selector.vs),
            Expr::Aggregate(aggregate) => {
                self.visit(&aggregate.expr);
                aggregate.param.iter().for_each(|param| self.visit(param));
                let grouping = aggregate.modifier.iter();
                grouping.for_each(|by| self.wanted.extend(by.labels().labels.iter().cloned()));
            }
            Expr::Binary(binary) => {
                self.visit(&binary.lhs);
                self.visit(&binary.rhs);
                binary.modifier.iter().for_each(|by| self.matching(by));
            }
            Expr::Call(call) => call.args.args.iter().for_each(|one| self.visit(one)),
            Expr::Paren(inner) => self.visit(&inner.expr),
            Expr::Unary(inner) => self.visit(&inner.expr),
            Expr::Subquery(inner) => self.visit(&inner.expr),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => {}
            Expr::Extension(_) => self.faults.push("an extension of PromQL".to_owned()),
        }
    }

    /// `on (…)`, `ignoring (…)`, `group_left (…)`.
    fn matching(&mut self, modifier: &BinModifier) {
        let on = modifier.matching.iter().map(|matching| matching.labels());
        for labels in on.chain(modifier.card.labels()) {
            self.wanted.extend(labels.labels.iter().cloned());
        }
    }

    fn selector(&mut self, selector: &VectorSelector) {
        let name = selector.name.as_deref().unwrap_or_default();
        let Some(labels) = self.samples.get(name) else {
            self.faults.push(format!("no metric {name:?} is exported"));
            return;
        };
        for label in names(&selector.matchers) {
            if !labels.contains(label) && !OF_TARGETS.contains(&label) {
                self.faults.push(format!("{name} has no label {label:?}"));
            }
        }
        self.selected.extend(labels);
    }

    /// `{{ label }}` of Grafana and `{{ $labels.label }}` of Prometheus.
    fn template(&mut self, template: &str) {
        for part in template.split("{{").skip(1) {
            let (inner, _) = part.split_once("}}").unwrap_or((part, ""));
            let inner = inner.trim();
            if inner.starts_with("$value") {
                continue;
            }
            let label = inner.strip_prefix("$labels.").unwrap_or(inner);
            self.wanted.insert(label.to_owned());
        }
    }

    fn finish(mut self) -> Vec<String> {
        for label in &self.wanted {
            if !self.selected.contains(label.as_str()) {
                self.faults
                    .push(format!("no selected series has a label {label:?}"));
            }
        }
        self.faults
    }
}

fn names(matchers: &Matchers) -> impl Iterator<Item = &str> {
    let alternatives = matchers.or_matchers.iter().flatten();
    let all = matchers.matchers.iter().chain(alternatives);
    all.map(|matcher| matcher.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_sound(query: &str, templates: &[&str]) {
        assert_eq!(faults(query, templates), Vec::<String>::new(), "{query}");
    }

    fn assert_fault(query: &str, templates: &[&str], wanted: &str) {
        let found = faults(query, templates);
        assert!(
            found.len() == 1 && found[0].contains(wanted),
            "{query}: {found:?}"
        );
    }

    #[test]
    fn what_is_exported_is_accepted() {
        let legend = ["{{ method }} {{route}} at {{ instance }}"];
        assert_sound("rate(agentidp_http_requests_total{job=\"x\"}[5m])", &legend);
        assert_sound(
            "histogram_quantile(0.9, sum by (le, command) \
             (rate(agentidp_redis_command_duration_seconds_bucket[5m])))",
            &["{{ command }}"],
        );
        assert_sound(
            "-(rate(agentidp_db_query_duration_seconds_sum[5m]) / on (operation) \
             rate(agentidp_db_query_duration_seconds_count[5m]))",
            &["{{ $labels.operation }}: {{ $value | printf \"%.2f\" }}"],
        );
        assert_sound("max_over_time(agentidp_agents_active[1h:1m])", &[]);
    }

    #[test]
    fn a_wrong_metric_is_found() {
        let missing = "no metric \"agentidp_logins_total\"";
        assert_fault("rate(agentidp_logins_total[5m])", &[], missing);
        assert_fault(
            "agentidp_agents_active + on () (1 - agentidp_logins_total)",
            &[],
            missing,
        );
        assert_fault(
            "topk(scalar(agentidp_logins_total), agentidp_agents_active)",
            &[],
            missing,
        );
        assert_fault("{__name__=~\"agentidp_.*\"}", &[], "no metric \"\"");
    }

    #[test]
    fn suffixes_belong_to_histograms_alone() {
        for name in [
            "agentidp_http_request_duration_seconds",
            "agentidp_http_requests_total_count",
            "agentidp_agents_active_bucket",
        ] {
            assert_fault(name, &[], &format!("no metric {name:?}"));
        }
    }

    #[test]
    fn a_wrong_label_is_found() {
        let name = "agentidp_http_requests_total";
        assert_fault(
            &format!("rate({name}{{status=\"401\"}}[5m])"),
            &[],
            "has no label \"status\"",
        );
        assert_fault(
            &format!("sum by (client_id) (rate({name}[5m]))"),
            &[],
            "a label \"client_id\"",
        );
        assert_fault(
            &format!("{name} / on (agent) group_left () {name}"),
            &[],
            "a label \"agent\"",
        );
        assert_fault(name, &["{{ path }}"], "a label \"path\"");
        assert_fault(name, &["{{ $labels.path }}"], "a label \"path\"");
        assert_fault("agentidp_tokens_revoked_total{le=\"1\"}", &[], "\"le\"");
    }

    #[test]
    fn what_is_no_query_is_found() {
        for query in [
            "rate(agentidp_agents_active)",
            "agentidp_agents_active[",
            "",
        ] {
            assert_eq!(faults(query, &[]).len(), 1, "{query}");
        }
    }
}
