//! What is known of the controls, and what is known from the start.

use std::sync::Arc;

use agentidp_domain::compliance::{
    AuditResults, Control, ControlBoard, ControlChecks, ControlState, ControlStatus,
};
use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::time::Clock;

use crate::compose::installation::Installation;
use crate::config::{Config, ServerConfig};

/// Controls of this process.
pub(crate) struct Compliance {
    /// Their states.
    pub(crate) board: Arc<ControlBoard>,
    /// Finds them out.
    pub(crate) checks: ControlChecks,
    /// What the verification job found, log by log.
    pub(crate) audit_results: Arc<AuditResults>,
}

impl Compliance {
    /// Controls over `installation`, with those judged that need no job.
    pub(crate) fn compose(config: &Config, installation: &Installation) -> Self {
        let ports = &installation.ports;
        let board = Arc::new(ControlBoard::new(ports.now()));
        let checks = ControlChecks::new(ports.clone(), Arc::clone(&board));
        checks.set(Control::TlsEnforcement, tls(&config.server));
        let cipher = &installation.encryption.cipher;
        watch(cipher, Arc::clone(&board), Arc::clone(&ports.clock));
        if let Err(error) = checks.encryption(cipher) {
            tracing::error!(%error, "the ring of encryption keys does not work");
        }
        Self {
            board,
            checks,
            audit_results: Arc::new(AuditResults::new()),
        }
    }
}

/// Lets the control fail when a stored value does not decrypt, until the next
/// check.
fn watch(cipher: &FieldCipher, board: Arc<ControlBoard>, clock: Arc<dyn Clock>) {
    cipher.on_failure(move || {
        let state = ControlState {
            status: ControlStatus::Failing,
            last_checked: clock.now(),
        };
        board.set(Control::EncryptionAtRest, state);
    });
}

/// A control of the settings alone.
fn tls(server: &ServerConfig) -> ControlStatus {
    if server.enforce_tls {
        ControlStatus::Passing
    } else if server.environment.is_production() {
        ControlStatus::Failing
    } else {
        ControlStatus::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::Purpose;
    use crate::config::Variables;

    fn judged(environment: &str, enforce: &str) -> ControlStatus {
        let variables = [
            ("APP_ENV", environment),
            ("ENFORCE_TLS", enforce),
            ("OIDC_ISSUER", "https://idp.example"),
        ];
        tls(&Config::read(&Variables::from(variables)).unwrap().server)
    }

    #[test]
    fn only_production_must_enforce_tls() {
        assert_eq!(judged("production", ""), ControlStatus::Passing);
        assert_eq!(judged("production", "false"), ControlStatus::Failing);
        assert_eq!(judged("development", ""), ControlStatus::Unknown);
        assert_eq!(judged("test", "true"), ControlStatus::Passing);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn encryption_passes_at_start_and_fails_with_a_value_until_the_next_check() {
        use agentidp_domain::encryption::FieldId;

        let root = tempfile::tempdir().unwrap();
        let config = Config::for_tests(root.path());
        let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
        let compliance = Compliance::compose(&config, &installation);
        let status = || compliance.board.get(Control::EncryptionAtRest).status;
        assert_eq!(status(), ControlStatus::Passing);
        let cipher = &installation.encryption.cipher;
        let field = FieldId {
            table: "t",
            column: "c",
            row: "1",
        };
        assert!(cipher.decrypt(field, "altered").is_err());
        assert_eq!(status(), ControlStatus::Failing);
        compliance.checks.encryption(cipher).unwrap();
        assert_eq!(status(), ControlStatus::Passing);
        let unknown = compliance.board.get(Control::TlsEnforcement).status;
        assert_eq!(unknown, ControlStatus::Unknown);
    }
}
