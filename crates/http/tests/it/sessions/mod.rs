//! Sessions of browsers, below the pages.

mod count;
mod end;
mod forms;
mod journal;
mod permit;
mod refusals;
mod sign_in;

use agentidp_domain::caller::Origin;
use agentidp_domain::session::{Session, SessionId, SignedIn};
use agentidp_domain::token::{ClientCredentials, TokenError};

use crate::support::{Api, Identity, PEER};

/// Where browsers are.
fn origin() -> Origin {
    Origin {
        ip: Some(PEER.parse().unwrap()),
        user_agent: Some("browser".to_owned()),
    }
}

async fn tried(api: &Api, client: &Identity) -> Result<SignedIn, TokenError> {
    let credentials = ClientCredentials {
        client_id: client.agent.clone(),
        client_secret: client.secret.clone().into(),
    };
    api.world.sessions.sign_in(&credentials, &origin()).await
}

/// Signs in.
pub async fn sign_in(api: &Api, client: &Identity) -> SignedIn {
    tried(api, client).await.unwrap()
}

/// The session as the next request finds it.
async fn resumed(api: &Api, id: &SessionId) -> Option<Session> {
    api.world.sessions.resume(id).await.unwrap()
}
