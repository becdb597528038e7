package ai.sentryagent.idp;

import ai.sentryagent.idp.models.CreateDelegationRequest;
import ai.sentryagent.idp.models.DelegationChain;
import ai.sentryagent.idp.models.DelegationVerification;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Delegation of scopes between agents of an organization. The calls need a token, but no particular
 * scope.
 */
public final class DelegationServiceClient {

    private final Transport transport;

    DelegationServiceClient(Transport transport) {
        this.transport = transport;
    }

    /**
     * Delegates scopes of the caller's token for a limited time. Not idempotent: each call makes a
     * new chain.
     *
     * @param request the delegation
     * @return the delegation with its token
     * @throws AgentIdPException when the call fails
     */
    public DelegationChain createDelegation(CreateDelegationRequest request) {
        return Futures.await(createDelegationAsync(request));
    }

    /**
     * {@link #createDelegation(CreateDelegationRequest)} without waiting.
     *
     * @param request the delegation
     * @return the delegation with its token, or the failure
     */
    public CompletableFuture<DelegationChain> createDelegationAsync(CreateDelegationRequest request) {
        return transport.call(
                () -> ApiRequest.json("POST", request, "oauth2", "token", "delegate"),
                DelegationChain.class);
    }

    /**
     * Tells whether a delegation token holds. A token that does not is no failure but an invalid
     * result.
     *
     * @param delegationToken the delegation token
     * @return the result
     * @throws AgentIdPException when the call fails
     */
    public DelegationVerification verifyDelegation(String delegationToken) {
        return Futures.await(verifyDelegationAsync(delegationToken));
    }

    /**
     * {@link #verifyDelegation(String)} without waiting.
     *
     * @param delegationToken the delegation token
     * @return the result, or the failure
     */
    public CompletableFuture<DelegationVerification> verifyDelegationAsync(String delegationToken) {
        return transport.call(
                () -> ApiRequest.json(
                        "POST", Map.of("delegationToken", delegationToken), "oauth2", "token", "verify-delegation"),
                DelegationVerification.class);
    }

    /**
     * Ends a delegation at once. Revoking it again is no failure.
     *
     * @param chainId the id of the chain
     * @throws AgentIdPException when the call fails
     */
    public void revokeDelegation(String chainId) {
        Futures.await(revokeDelegationAsync(chainId));
    }

    /**
     * {@link #revokeDelegation(String)} without waiting.
     *
     * @param chainId the id of the chain
     * @return nothing, or the failure
     */
    public CompletableFuture<Void> revokeDelegationAsync(String chainId) {
        return transport.call(() -> ApiRequest.delete("oauth2", "token", "delegate", chainId));
    }
}
