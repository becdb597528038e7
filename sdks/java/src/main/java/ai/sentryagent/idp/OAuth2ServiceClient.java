package ai.sentryagent.idp;

import ai.sentryagent.idp.models.IssueTokenRequest;
import ai.sentryagent.idp.models.Token;
import java.util.concurrent.CompletableFuture;

/**
 * The explicit issue of tokens. Calls of the other groups need none: they fetch their token
 * themselves.
 */
public final class OAuth2ServiceClient {

    private final Transport transport;

    OAuth2ServiceClient(Transport transport) {
        this.transport = transport;
    }

    /**
     * {@link #issueToken(IssueTokenRequest)} with the defaults.
     *
     * @return the token
     * @throws AgentIdPException when the call fails
     */
    public Token issueToken() {
        return issueToken(IssueTokenRequest.builder().build());
    }

    /**
     * Requests a new token with the client's credential, e.g. with other scopes or for an ID token.
     * The result is not cached.
     *
     * @param request the options
     * @return the token
     * @throws AgentIdPException when the call fails
     */
    public Token issueToken(IssueTokenRequest request) {
        return Futures.await(issueTokenAsync(request));
    }

    /**
     * {@link #issueToken(IssueTokenRequest)} with the defaults, without waiting.
     *
     * @return the token, or the failure
     */
    public CompletableFuture<Token> issueTokenAsync() {
        return issueTokenAsync(IssueTokenRequest.builder().build());
    }

    /**
     * {@link #issueToken(IssueTokenRequest)} without waiting.
     *
     * @param request the options
     * @return the token, or the failure
     */
    public CompletableFuture<Token> issueTokenAsync(IssueTokenRequest request) {
        return Futures.expose(transport.tokens().issue(request));
    }
}
