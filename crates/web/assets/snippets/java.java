import ai.sentryagent.idp.AgentIdPClient;
import ai.sentryagent.idp.models.Agent;

public class Main {
    public static void main(String[] args) {
        String clientId = "@CLIENT_ID@";
        AgentIdPClient client = AgentIdPClient.builder()
                .baseUrl("@BASE_URL@")
                .clientId(clientId)
                .clientSecret(System.getenv("CLIENT_SECRET"))
                .scope("agents:read")
                .build();

        // The client gets its tokens and renews them by itself.
        Agent agent = client.agents().getAgent(clientId);
        System.out.println(agent.getEmail() + " is " + agent.getStatus());
    }
}
