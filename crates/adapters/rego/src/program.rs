//! A policy compiled and ready to decide.

use agentidp_domain::policy::{Decision, PolicyRequest};
use agentidp_domain::scope::{Scope, ScopeSet};
use regorus::{CompiledPolicy, Engine, Value};

use crate::error::PolicyError;
use crate::scope_map::ScopeMap;
use crate::source::Source;

const ALLOW: &str = "data.authz.allow";
const LOOKUP_KEY: &str = "data.authz.lookup_key";

/// The rules and the map. Shared by all threads; evaluation changes nothing.
pub(crate) struct Program {
    allow: CompiledPolicy,
    /// Names the entry of a request; a policy may do without.
    lookup_key: Option<CompiledPolicy>,
    scopes: ScopeMap,
}

impl Program {
    pub(crate) fn compile(source: &Source) -> Result<Self, PolicyError> {
        let scopes = ScopeMap::parse(&source.scopes)?;
        let file = &source.rules.name;
        let broken = |error: &dyn std::fmt::Display| blame(file, &error.to_string());

        let mut engine = Engine::new();
        let data = [(Value::from("scopes"), scopes.to_value())];
        engine
            .add_data(
                data.into_iter()
                    .collect::<std::collections::BTreeMap<_, _>>()
                    .into(),
            )
            .map_err(|error| broken(&error))?;
        engine
            .add_policy(file.clone(), source.rules.text.clone())
            .map_err(|error| broken(&error))?;
        let lookup_key = engine.compile_with_entrypoint(&LOOKUP_KEY.into()).ok();
        let allow = engine
            .compile_with_entrypoint(&ALLOW.into())
            .map_err(|error| {
                // The only failure without a place in the file is that of a rule
                // that is not there.
                match blame(file, &error.to_string()) {
                    PolicyError::Broken {
                        file, line: None, ..
                    } => PolicyError::Broken {
                        file,
                        line: None,
                        reason: format!("{ALLOW} is not defined"),
                    },
                    located => located,
                }
            })?;
        let program = Self {
            allow,
            lookup_key,
            scopes,
        };
        program.probe().map_err(|reason| broken(&reason))?;
        Ok(program)
    }

    /// Decides; an error while evaluating is a denial.
    pub(crate) fn decide(&self, request: &PolicyRequest<'_>) -> Decision {
        let input = input(request);
        match self.allow.eval_with_input(input.clone()) {
            Ok(Value::Bool(true)) => Decision::Allow,
            Ok(_) => Decision::Deny {
                required: self.required(input),
            },
            Err(error) => {
                tracing::error!(%error, route = request.route, "the policy failed; denied");
                Decision::Deny {
                    required: Vec::new(),
                }
            }
        }
    }

    fn required(&self, input: Value) -> Vec<Scope> {
        let key = self
            .lookup_key
            .as_ref()
            .and_then(|lookup_key| lookup_key.eval_with_input(input).ok());
        match key {
            Some(Value::String(key)) => self.scopes.required(&key),
            _ => Vec::new(),
        }
    }

    /// Evaluates once, so that a policy that cannot be evaluated at all is
    /// refused when it is loaded and not denied by with every request.
    fn probe(&self) -> Result<(), String> {
        let request = PolicyRequest {
            method: "GET",
            path: "/",
            route: "/",
            scopes: ScopeSet::EMPTY,
            concerns_self: false,
        };
        match self.allow.eval_with_input(input(&request)) {
            Ok(Value::Bool(_) | Value::Undefined) => Ok(()),
            Ok(other) => Err(format!("{ALLOW} is {other} and not a boolean")),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn input(request: &PolicyRequest<'_>) -> Value {
    let scopes: Vec<Value> = request
        .scopes
        .iter()
        .map(|scope| scope.as_str().into())
        .collect();
    let members = [
        (Value::from("method"), Value::from(request.method)),
        (Value::from("path"), Value::from(request.path)),
        (Value::from("scopes"), Value::from(scopes)),
        (Value::from("self"), Value::from(request.concerns_self)),
    ];
    members
        .into_iter()
        .collect::<std::collections::BTreeMap<_, _>>()
        .into()
}

/// Takes line and reason out of a message of the interpreter, which has the
/// form `--> file:line:column … error: reason`.
fn blame(file: &str, message: &str) -> PolicyError {
    let line = message
        .split_once("--> ")
        .and_then(|(_, place)| place.strip_prefix(file))
        .and_then(|place| place.strip_prefix(':'))
        .and_then(|place| place.split(':').next())
        .and_then(|line| line.parse().ok());
    let reason = message
        .rsplit_once("error: ")
        .map_or(message, |(_, reason)| reason)
        .trim();
    PolicyError::Broken {
        file: file.to_owned(),
        line,
        reason: reason.to_owned(),
    }
}
