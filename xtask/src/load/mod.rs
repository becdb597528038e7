//! `load`: the scenarios of `tests/load`, which k6 drives against a throw-away
//! installation or a deployment that is there already.
//!
//! | Module | What it does |
//! |---|---|
//! | [`k6`] | runs one scenario |
//! | [`record`] | what a scenario leaves behind |
//! | [`report`] | the table and the JSON file |

mod k6;
mod record;
mod report;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::failure::Result;
use crate::installation::machine::Machine;
use crate::installation::program::Program;
use crate::installation::{Installation, Store};
use crate::workspace::Workspace;
use crate::{server, setup, ui};
use k6::{K6, Settings};
use report::Report;

/// Arguments of `cargo xtask load`.
#[derive(Args, Debug)]
#[command(after_help = "\
Without a URL it builds the release binary and starts it over throw-away PostgreSQL
(with its normal durability) and Redis, without rate and plan limits. With a URL,
LOAD_CLIENT_ID and LOAD_CLIENT_SECRET name an administrator there: see
tests/load/README.md. Prints a table, writes target/load.json and target/load/, and
fails if a threshold did not hold.

Examples:
  cargo xtask load
  cargo xtask load issuance --ramp 5 --hold 10      a try
  cargo xtask load --base-url https://idp.example.com")]
pub struct Arguments {
    /// Only these scenarios
    #[arg(value_enum, value_name = "SCENARIO")]
    scenarios: Vec<Scenario>,
    /// Deployment to drive, instead of a throw-away installation
    #[arg(long, env = "LOAD_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// Seconds in which the users start, and in which they stop [default: 30]
    #[arg(long, value_name = "SECONDS")]
    ramp: Option<u32>,
    /// Seconds with all users [default: 120]
    #[arg(long, value_name = "SECONDS")]
    hold: Option<u32>,
    /// Virtual users, instead of the number of each scenario
    #[arg(long, value_name = "NUMBER")]
    users: Option<u32>,
    /// Mean seconds from an answer to the user's next request
    #[arg(long, value_name = "SECONDS")]
    think: Option<f64>,
}

/// The scenarios, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// 100 users register agents
    Registration,
    /// 1,000 users get tokens at nominal load
    Issuance,
    /// 50 users rotate their credentials
    Rotation,
    /// 1,000 users get tokens without a pause
    Saturation,
}

impl Scenario {
    /// Name of its file without the extension.
    fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Issuance => "issuance",
            Self::Rotation => "rotation",
            Self::Saturation => "saturation",
        }
    }
}

/// Carries out `cargo xtask load`.
pub fn command(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let program = setup::for_load(&workspace)?;
    let target = Target::of(arguments, &workspace)?;
    let mut settings = target.settings.clone();
    settings.extend(arguments.settings());
    let k6 = K6::new(program, &workspace, settings)?;
    let mut report = Report::new(target.name.clone(), Machine::this());
    for scenario in arguments.scenarios() {
        ui::step(format!("load scenario {}", scenario.name()));
        report.add(k6.run(scenario.name())?);
    }
    report.print();
    report.write(&workspace.target.join("load.json"))?;
    Ok(if report.held() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Arguments {
    fn scenarios(&self) -> Vec<Scenario> {
        if self.scenarios.is_empty() {
            Scenario::value_variants().to_vec()
        } else {
            self.scenarios.clone()
        }
    }

    /// What the scripts are told; what is not given is left to them.
    fn settings(&self) -> Settings {
        let text = |number: Option<u32>| number.map(|number| number.to_string());
        [
            ("LOAD_RAMP_SECONDS", text(self.ramp)),
            ("LOAD_HOLD_SECONDS", text(self.hold)),
            ("LOAD_USERS", text(self.users)),
            (
                "LOAD_THINK_SECONDS",
                self.think.map(|seconds| seconds.to_string()),
            ),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

/// What is driven.
struct Target {
    /// Its name in the results.
    name: String,
    /// What the scripts are told about it.
    settings: Settings,
    // The server ends before its stores.
    _throw_away: Option<(Program, Installation)>,
}

impl Target {
    /// The deployment that was named, else a new installation.
    fn of(arguments: &Arguments, workspace: &Workspace) -> Result<Self> {
        match arguments.base_url.as_deref() {
            Some(url) if !url.is_empty() => Ok(Self {
                name: url.to_owned(),
                settings: vec![("LOAD_BASE_URL", url.to_owned())],
                _throw_away: None,
            }),
            _ => Self::throw_away(workspace),
        }
    }

    fn throw_away(workspace: &Workspace) -> Result<Self> {
        setup::for_installation()?;
        ui::step("building the release binary");
        let release = server::build_release(workspace, &["agentidp"])?;
        let store = Store::Postgres;
        let installation = Installation::new(&release.join("agentidp"), store)?;
        let server = installation.start()?;
        let client = installation.administrator()?;
        Ok(Self {
            name: format!("throw-away installation, {store}, RS256, on this machine"),
            settings: vec![
                ("LOAD_BASE_URL", server.base().to_owned()),
                ("LOAD_CLIENT_ID", client.id),
                ("LOAD_CLIENT_SECRET", client.secret),
                ("LOAD_ORGANIZATION", "new".to_owned()),
            ],
            _throw_away: Some((server, installation)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> Arguments {
        Arguments {
            scenarios: Vec::new(),
            base_url: None,
            ramp: None,
            hold: None,
            users: None,
            think: None,
        }
    }

    #[test]
    fn every_scenario_has_a_script_and_every_script_is_a_scenario() {
        let folder = Workspace::load().unwrap().root.join("tests/load");
        let mut scripts: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let mut names: Vec<_> = arguments()
            .scenarios()
            .into_iter()
            .map(|scenario| scenario.name().to_owned())
            .collect();
        scripts.sort();
        names.sort();
        assert_eq!(scripts, names);
    }

    #[test]
    fn only_what_is_given_is_told_to_the_scripts() {
        assert!(arguments().settings().is_empty());
        let some = Arguments {
            hold: Some(10),
            think: Some(0.5),
            ..arguments()
        };
        assert_eq!(
            some.settings(),
            [
                ("LOAD_HOLD_SECONDS", "10".to_owned()),
                ("LOAD_THINK_SECONDS", "0.5".to_owned())
            ]
        );
    }
}
