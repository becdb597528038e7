package ai.sentryagent.idp.examples;

import ai.sentryagent.idp.AgentIdPClient;
import ai.sentryagent.idp.AgentIdPException;
import ai.sentryagent.idp.models.Agent;
import ai.sentryagent.idp.models.AgentType;
import ai.sentryagent.idp.models.CredentialWithSecret;
import ai.sentryagent.idp.models.DeploymentEnv;
import ai.sentryagent.idp.models.RegisterAgentRequest;
import java.util.List;
import java.util.UUID;

/**
 * Registers an agent, generates a credential for it and acts as that agent.
 *
 * <p>Reads {@code AGENTIDP_URL} (default {@code http://localhost:3000}), {@code AGENTIDP_CLIENT_ID} and {@code
 * AGENTIDP_CLIENT_SECRET}, the credential of an agent with the four base scopes.
 */
public final class Quickstart {

    private static final String API_URL = System.getenv().getOrDefault("AGENTIDP_URL", "http://localhost:3000");

    private Quickstart() {}

    /**
     * Runs the example.
     *
     * @param args not used
     */
    public static void main(String[] args) {
        try {
            run();
        } catch (AgentIdPException failure) {
            System.err.println(failure + ", details: " + failure.getDetails());
            System.exit(1);
        }
    }

    private static void run() {
        AgentIdPClient client = AgentIdPClient.builder()
                .baseUrl(API_URL)
                .clientId(System.getenv("AGENTIDP_CLIENT_ID"))
                .clientSecret(System.getenv("AGENTIDP_CLIENT_SECRET"))
                .build();

        Agent agent = client.agents()
                .registerAgent(RegisterAgentRequest.builder()
                        .email("screener-" + UUID.randomUUID() + "@quickstart.example")
                        .agentType(AgentType.SCREENER)
                        .version("1.0.0")
                        .capabilities(List.of("resume:read"))
                        .owner("quickstart")
                        .deploymentEnv(DeploymentEnv.DEVELOPMENT)
                        .build());
        System.out.println("registered agent " + agent.getAgentId());

        CredentialWithSecret credential = client.credentials().generateCredential(agent.getAgentId());
        System.out.println("generated credential " + credential.getCredentialId());

        actAs(credential);

        client.agents().decommissionAgent(agent.getAgentId());
        System.out.println("decommissioned agent " + agent.getAgentId());
    }

    /** Uses the new credential: the first call fetches a token with it. */
    private static void actAs(CredentialWithSecret credential) {
        AgentIdPClient client = AgentIdPClient.builder()
                .baseUrl(API_URL)
                .clientId(credential.getClientId())
                .clientSecret(credential.getClientSecret())
                .scope("agents:read") // the grant of a new agent
                .build();
        Agent self = client.agents().getAgent(credential.getClientId());
        System.out.println("the agent reads itself: " + self.getEmail() + ", status " + self.getStatus());
    }
}
