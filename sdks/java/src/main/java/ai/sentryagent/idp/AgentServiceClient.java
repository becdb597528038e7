package ai.sentryagent.idp;

import ai.sentryagent.idp.models.Agent;
import ai.sentryagent.idp.models.ListAgentsParams;
import ai.sentryagent.idp.models.Page;
import ai.sentryagent.idp.models.RegisterAgentRequest;
import ai.sentryagent.idp.models.UpdateAgentRequest;
import com.fasterxml.jackson.core.type.TypeReference;
import java.util.concurrent.CompletableFuture;

/**
 * The agent registry. Reading needs the scope {@code agents:read}, writing {@code agents:write}.
 */
public final class AgentServiceClient {

    private static final TypeReference<Page<Agent>> AGENTS = new TypeReference<>() {};

    private final Transport transport;

    AgentServiceClient(Transport transport) {
        this.transport = transport;
    }

    /**
     * Registers an agent in the caller's organization. It makes no credential. Not idempotent: an
     * address that is taken gives {@code AGENT_ALREADY_EXISTS}.
     *
     * @param request the new agent
     * @return the agent
     * @throws AgentIdPException when the call fails
     */
    public Agent registerAgent(RegisterAgentRequest request) {
        return Futures.await(registerAgentAsync(request));
    }

    /**
     * {@link #registerAgent(RegisterAgentRequest)} without waiting.
     *
     * @param request the new agent
     * @return the agent, or the failure
     */
    public CompletableFuture<Agent> registerAgentAsync(RegisterAgentRequest request) {
        return transport.call(() -> ApiRequest.json("POST", request, "agents"), Agent.class);
    }

    /**
     * {@link #listAgents(ListAgentsParams)} with the defaults.
     *
     * @return the page
     * @throws AgentIdPException when the call fails
     */
    public Page<Agent> listAgents() {
        return listAgents(ListAgentsParams.builder().build());
    }

    /**
     * Returns a page of the organization's agents, newest first.
     *
     * @param params filter and page
     * @return the page
     * @throws AgentIdPException when the call fails
     */
    public Page<Agent> listAgents(ListAgentsParams params) {
        return Futures.await(listAgentsAsync(params));
    }

    /**
     * {@link #listAgents(ListAgentsParams)} with the defaults, without waiting.
     *
     * @return the page, or the failure
     */
    public CompletableFuture<Page<Agent>> listAgentsAsync() {
        return listAgentsAsync(ListAgentsParams.builder().build());
    }

    /**
     * {@link #listAgents(ListAgentsParams)} without waiting.
     *
     * @param params filter and page
     * @return the page, or the failure
     */
    public CompletableFuture<Page<Agent>> listAgentsAsync(ListAgentsParams params) {
        return transport.call(() -> ApiRequest.get("agents").withQuery(params), AGENTS);
    }

    /**
     * Returns one agent, also a decommissioned one.
     *
     * @param agentId the id of the agent
     * @return the agent
     * @throws AgentIdPException when the call fails
     */
    public Agent getAgent(String agentId) {
        return Futures.await(getAgentAsync(agentId));
    }

    /**
     * {@link #getAgent(String)} without waiting.
     *
     * @param agentId the id of the agent
     * @return the agent, or the failure
     */
    public CompletableFuture<Agent> getAgentAsync(String agentId) {
        return transport.call(() -> ApiRequest.get("agents", agentId), Agent.class);
    }

    /**
     * Changes the values that are set in the request.
     *
     * @param agentId the id of the agent
     * @param request the changes
     * @return the changed agent
     * @throws AgentIdPException when the call fails
     */
    public Agent updateAgent(String agentId, UpdateAgentRequest request) {
        return Futures.await(updateAgentAsync(agentId, request));
    }

    /**
     * {@link #updateAgent(String, UpdateAgentRequest)} without waiting.
     *
     * @param agentId the id of the agent
     * @param request the changes
     * @return the changed agent, or the failure
     */
    public CompletableFuture<Agent> updateAgentAsync(String agentId, UpdateAgentRequest request) {
        return transport.call(
                () -> ApiRequest.json("PATCH", request, "agents", agentId),
                Agent.class);
    }

    /**
     * Retires an agent for good: its credentials are revoked and its tokens end.
     *
     * @param agentId the id of the agent
     * @throws AgentIdPException when the call fails
     */
    public void decommissionAgent(String agentId) {
        Futures.await(decommissionAgentAsync(agentId));
    }

    /**
     * {@link #decommissionAgent(String)} without waiting.
     *
     * @param agentId the id of the agent
     * @return nothing, or the failure
     */
    public CompletableFuture<Void> decommissionAgentAsync(String agentId) {
        return transport.call(() -> ApiRequest.delete("agents", agentId));
    }
}
