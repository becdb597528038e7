package ai.sentryagent.idp;

import ai.sentryagent.idp.models.Credential;
import ai.sentryagent.idp.models.CredentialRequest;
import ai.sentryagent.idp.models.CredentialWithSecret;
import ai.sentryagent.idp.models.ListCredentialsParams;
import ai.sentryagent.idp.models.Page;
import com.fasterxml.jackson.core.type.TypeReference;
import java.util.concurrent.CompletableFuture;

/**
 * The credentials of agents. They need the scope {@code agents:write}, or none for the caller's
 * own.
 */
public final class CredentialServiceClient {

    private static final TypeReference<Page<Credential>> CREDENTIALS = new TypeReference<>() {};

    private final Transport transport;

    CredentialServiceClient(Transport transport) {
        this.transport = transport;
    }

    /**
     * {@link #generateCredential(String, CredentialRequest)} with the defaults.
     *
     * @param agentId the id of the agent
     * @return the credential with its secret
     * @throws AgentIdPException when the call fails
     */
    public CredentialWithSecret generateCredential(String agentId) {
        return generateCredential(agentId, CredentialRequest.builder().build());
    }

    /**
     * Makes a credential for an active agent and returns its secret, once. Not idempotent: each
     * call makes a new credential.
     *
     * @param agentId the id of the agent
     * @param request the options
     * @return the credential with its secret
     * @throws AgentIdPException when the call fails
     */
    public CredentialWithSecret generateCredential(String agentId, CredentialRequest request) {
        return Futures.await(generateCredentialAsync(agentId, request));
    }

    /**
     * {@link #generateCredential(String, CredentialRequest)} with the defaults, without waiting.
     *
     * @param agentId the id of the agent
     * @return the credential with its secret, or the failure
     */
    public CompletableFuture<CredentialWithSecret> generateCredentialAsync(String agentId) {
        return generateCredentialAsync(agentId, CredentialRequest.builder().build());
    }

    /**
     * {@link #generateCredential(String, CredentialRequest)} without waiting.
     *
     * @param agentId the id of the agent
     * @param request the options
     * @return the credential with its secret, or the failure
     */
    public CompletableFuture<CredentialWithSecret> generateCredentialAsync(
            String agentId, CredentialRequest request) {
        return transport.call(
                () -> ApiRequest.json("POST", request, "agents", agentId, "credentials"),
                CredentialWithSecret.class);
    }

    /**
     * {@link #listCredentials(String, ListCredentialsParams)} with the defaults.
     *
     * @param agentId the id of the agent
     * @return the page
     * @throws AgentIdPException when the call fails
     */
    public Page<Credential> listCredentials(String agentId) {
        return listCredentials(agentId, ListCredentialsParams.builder().build());
    }

    /**
     * Returns a page of an agent's credentials, newest first, without secrets.
     *
     * @param agentId the id of the agent
     * @param params filter and page
     * @return the page
     * @throws AgentIdPException when the call fails
     */
    public Page<Credential> listCredentials(String agentId, ListCredentialsParams params) {
        return Futures.await(listCredentialsAsync(agentId, params));
    }

    /**
     * {@link #listCredentials(String, ListCredentialsParams)} with the defaults, without waiting.
     *
     * @param agentId the id of the agent
     * @return the page, or the failure
     */
    public CompletableFuture<Page<Credential>> listCredentialsAsync(String agentId) {
        return listCredentialsAsync(agentId, ListCredentialsParams.builder().build());
    }

    /**
     * {@link #listCredentials(String, ListCredentialsParams)} without waiting.
     *
     * @param agentId the id of the agent
     * @param params filter and page
     * @return the page, or the failure
     */
    public CompletableFuture<Page<Credential>> listCredentialsAsync(String agentId, ListCredentialsParams params) {
        return transport.call(
                () -> ApiRequest.get("agents", agentId, "credentials").withQuery(params),
                CREDENTIALS);
    }

    /**
     * {@link #rotateCredential(String, String, CredentialRequest)} with the defaults.
     *
     * @param agentId the id of the agent
     * @param credentialId the id of the credential
     * @return the credential with its new secret
     * @throws AgentIdPException when the call fails
     */
    public CredentialWithSecret rotateCredential(String agentId, String credentialId) {
        return rotateCredential(agentId, credentialId, CredentialRequest.builder().build());
    }

    /**
     * Replaces the secret of a credential; the old one stops working at once. Without a time of
     * expiry in the options an earlier one is removed.
     *
     * @param agentId the id of the agent
     * @param credentialId the id of the credential
     * @param request the options
     * @return the credential with its new secret
     * @throws AgentIdPException when the call fails
     */
    public CredentialWithSecret rotateCredential(String agentId, String credentialId, CredentialRequest request) {
        return Futures.await(rotateCredentialAsync(agentId, credentialId, request));
    }

    /**
     * {@link #rotateCredential(String, String, CredentialRequest)} with the defaults, without
     * waiting.
     *
     * @param agentId the id of the agent
     * @param credentialId the id of the credential
     * @return the credential with its new secret, or the failure
     */
    public CompletableFuture<CredentialWithSecret> rotateCredentialAsync(String agentId, String credentialId) {
        return rotateCredentialAsync(agentId, credentialId, CredentialRequest.builder().build());
    }

    /**
     * {@link #rotateCredential(String, String, CredentialRequest)} without waiting.
     *
     * @param agentId the id of the agent
     * @param credentialId the id of the credential
     * @param request the options
     * @return the credential with its new secret, or the failure
     */
    public CompletableFuture<CredentialWithSecret> rotateCredentialAsync(
            String agentId, String credentialId, CredentialRequest request) {
        return transport.call(
                () -> ApiRequest.json("POST", request, "agents", agentId, "credentials", credentialId, "rotate"),
                CredentialWithSecret.class);
    }

    /**
     * Revokes a credential for good.
     *
     * @param agentId the id of the agent
     * @param credentialId the id of the credential
     * @throws AgentIdPException when the call fails
     */
    public void revokeCredential(String agentId, String credentialId) {
        Futures.await(revokeCredentialAsync(agentId, credentialId));
    }

    /**
     * {@link #revokeCredential(String, String)} without waiting.
     *
     * @param agentId the id of the agent
     * @param credentialId the id of the credential
     * @return nothing, or the failure
     */
    public CompletableFuture<Void> revokeCredentialAsync(String agentId, String credentialId) {
        return transport.call(
                () -> ApiRequest.delete("agents", agentId, "credentials", credentialId));
    }
}
