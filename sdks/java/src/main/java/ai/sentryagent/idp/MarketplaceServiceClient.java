package ai.sentryagent.idp;

import ai.sentryagent.idp.models.ListPublicAgentsParams;
import ai.sentryagent.idp.models.Page;
import ai.sentryagent.idp.models.PublicAgent;
import com.fasterxml.jackson.core.type.TypeReference;
import java.util.concurrent.CompletableFuture;

/**
 * The public catalogue of agents. Its calls send no token.
 */
public final class MarketplaceServiceClient {

    private static final TypeReference<Page<PublicAgent>> AGENTS = new TypeReference<>() {};

    private final Transport transport;

    MarketplaceServiceClient(Transport transport) {
        this.transport = transport;
    }

    /**
     * {@link #listPublicAgents(ListPublicAgentsParams)} with the defaults.
     *
     * @return the page
     * @throws AgentIdPException when the call fails
     */
    public Page<PublicAgent> listPublicAgents() {
        return listPublicAgents(ListPublicAgentsParams.builder().build());
    }

    /**
     * Returns a page of the public agents of all organizations, last published first.
     *
     * @param params search and page
     * @return the page
     * @throws AgentIdPException when the call fails
     */
    public Page<PublicAgent> listPublicAgents(ListPublicAgentsParams params) {
        return Futures.await(listPublicAgentsAsync(params));
    }

    /**
     * {@link #listPublicAgents(ListPublicAgentsParams)} with the defaults, without waiting.
     *
     * @return the page, or the failure
     */
    public CompletableFuture<Page<PublicAgent>> listPublicAgentsAsync() {
        return listPublicAgentsAsync(ListPublicAgentsParams.builder().build());
    }

    /**
     * {@link #listPublicAgents(ListPublicAgentsParams)} without waiting.
     *
     * @param params search and page
     * @return the page, or the failure
     */
    public CompletableFuture<Page<PublicAgent>> listPublicAgentsAsync(ListPublicAgentsParams params) {
        return transport.call(
                () -> ApiRequest.get("marketplace", "agents").withQuery(params).withoutToken(),
                AGENTS);
    }

    /**
     * Returns the card of one public agent with its DID document.
     *
     * @param agentId the id of the agent
     * @return the card
     * @throws AgentIdPException when the call fails
     */
    public PublicAgent getPublicAgent(String agentId) {
        return Futures.await(getPublicAgentAsync(agentId));
    }

    /**
     * {@link #getPublicAgent(String)} without waiting.
     *
     * @param agentId the id of the agent
     * @return the card, or the failure
     */
    public CompletableFuture<PublicAgent> getPublicAgentAsync(String agentId) {
        return transport.call(
                () -> ApiRequest.get("marketplace", "agents", agentId).withoutToken(),
                PublicAgent.class);
    }
}
