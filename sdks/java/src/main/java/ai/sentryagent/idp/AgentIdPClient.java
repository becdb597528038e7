package ai.sentryagent.idp;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Collection;

/**
 * Client of the AgentIdP API. It authenticates with the credential of an agent, keeps the access
 * token in memory and renews it before it expires. One client may be used by many threads.
 *
 * <pre>{@code
 * AgentIdPClient client = AgentIdPClient.builder()
 *         .baseUrl("http://localhost:3000")
 *         .clientId(System.getenv("AGENTIDP_CLIENT_ID"))
 *         .clientSecret(System.getenv("AGENTIDP_CLIENT_SECRET"))
 *         .build();
 * Agent agent = client.agents().getAgent(agentId);
 * }</pre>
 *
 * <p>Every method of the service groups has a twin with the suffix {@code Async} that returns a
 * future. Failures are {@link AgentIdPException}s, thrown or as the cause of the future's failure.
 */
public final class AgentIdPClient {

    /** The version of this library. */
    public static final String VERSION = "1.0.0";

    /** The scopes that are requested when none are given: the four base scopes. */
    public static final String DEFAULT_SCOPE = "agents:read agents:write tokens:read audit:read";

    /** The limit of one request when none is given. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

    private final String description;
    private final TokenManager tokenManager;
    private final AgentServiceClient agents;
    private final CredentialServiceClient credentials;
    private final TokenServiceClient tokens;
    private final AuditServiceClient audit;
    private final OAuth2ServiceClient oauth2;
    private final MarketplaceServiceClient marketplace;
    private final DelegationServiceClient delegation;

    /**
     * A client with the default scopes.
     *
     * @param baseUrl the origin of the server, e.g. {@code http://localhost:3000}
     * @param clientId the id of the agent that the client acts for
     * @param clientSecret the secret of one of the agent's credentials
     * @throws IllegalArgumentException when a value is missing or the base URL is not usable
     */
    public AgentIdPClient(String baseUrl, String clientId, String clientSecret) {
        this(builder().baseUrl(baseUrl).clientId(clientId).clientSecret(clientSecret));
    }

    /**
     * A client with the given scopes.
     *
     * @param baseUrl the origin of the server, e.g. {@code http://localhost:3000}
     * @param clientId the id of the agent that the client acts for
     * @param clientSecret the secret of one of the agent's credentials
     * @param scope the scopes, separated by single spaces; empty leaves the choice to the server,
     *     null means {@link #DEFAULT_SCOPE}
     * @throws IllegalArgumentException when a value is missing or the base URL is not usable
     */
    public AgentIdPClient(String baseUrl, String clientId, String clientSecret, String scope) {
        this(builder().baseUrl(baseUrl).clientId(clientId).clientSecret(clientSecret).scope(scope));
    }

    private AgentIdPClient(Builder builder) {
        HttpSender sender = new HttpSender(builder.baseUrl, builder.timeout, builder.httpClient);
        tokenManager = new TokenManager(
                sender, builder.clientId, builder.clientSecret, builder.scope, System::nanoTime);
        Transport transport = new Transport(sender, tokenManager);
        description = "AgentIdPClient{baseUrl=" + sender.baseUrl() + ", clientId=" + builder.clientId
                + ", clientSecret=[REDACTED]}";
        agents = new AgentServiceClient(transport);
        credentials = new CredentialServiceClient(transport);
        tokens = new TokenServiceClient(transport);
        audit = new AuditServiceClient(transport);
        oauth2 = new OAuth2ServiceClient(transport);
        marketplace = new MarketplaceServiceClient(transport);
        delegation = new DelegationServiceClient(transport);
    }

    /** {@return a builder with the default scopes and timeout} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the agent registry} */
    public AgentServiceClient agents() {
        return agents;
    }

    /** {@return the credentials of agents} */
    public CredentialServiceClient credentials() {
        return credentials;
    }

    /** {@return introspection and revocation of access tokens} */
    public TokenServiceClient tokens() {
        return tokens;
    }

    /** {@return the audit log of the organization} */
    public AuditServiceClient audit() {
        return audit;
    }

    /** {@return the explicit issue of tokens} */
    public OAuth2ServiceClient oauth2() {
        return oauth2;
    }

    /** {@return the public catalogue; its calls send no token} */
    public MarketplaceServiceClient marketplace() {
        return marketplace;
    }

    /** {@return delegation between agents} */
    public DelegationServiceClient delegation() {
        return delegation;
    }

    /**
     * Drops the cached token: the next call fetches a new one, e.g. after the client's own grant was
     * changed.
     */
    public void clearTokenCache() {
        tokenManager.clearCache();
    }

    /** Describes the client without secret and token. */
    @Override
    public String toString() {
        return description;
    }

    /** Collects the settings of a client. */
    public static final class Builder {

        private String baseUrl;
        private String clientId;
        private String clientSecret;
        private String scope = DEFAULT_SCOPE;
        private Duration timeout = DEFAULT_TIMEOUT;
        private HttpClient httpClient;

        private Builder() {}

        /**
         * Sets the origin of the server, e.g. {@code http://localhost:3000}. The client adds {@code
         * /api/v1}; trailing slashes are dropped. Required.
         *
         * @param baseUrl the origin
         * @return this builder
         */
        public Builder baseUrl(String baseUrl) {
            this.baseUrl = baseUrl;
            return this;
        }

        /**
         * Sets the id of the agent that the client acts for. Required.
         *
         * @param clientId the id
         * @return this builder
         */
        public Builder clientId(String clientId) {
            this.clientId = clientId;
            return this;
        }

        /**
         * Sets the secret of one of the agent's credentials. Required.
         *
         * @param clientSecret the secret
         * @return this builder
         */
        public Builder clientSecret(String clientSecret) {
            this.clientSecret = clientSecret;
            return this;
        }

        /**
         * Sets the scopes of the tokens. The server grants nothing beyond the allowed scopes of the
         * agent: a request for more fails with {@code invalid_scope}.
         *
         * @param scope the scopes, separated by single spaces; empty leaves the choice to the server,
         *     null means {@link #DEFAULT_SCOPE}
         * @return this builder
         */
        public Builder scope(String scope) {
            this.scope = scope == null ? DEFAULT_SCOPE : scope;
            return this;
        }

        /**
         * {@link #scope(String)} as a collection.
         *
         * @param scopes the scopes; an empty collection leaves the choice to the server, null means
         *     {@link #DEFAULT_SCOPE}
         * @return this builder
         */
        public Builder scopes(Collection<String> scopes) {
            return scope(scopes == null ? null : String.join(" ", scopes));
        }

        /**
         * Sets the limit of each request.
         *
         * @param timeout the limit, 30 seconds by default
         * @return this builder
         */
        public Builder timeout(Duration timeout) {
            this.timeout = timeout;
            return this;
        }

        /**
         * Sets the HTTP client, e.g. for a proxy or certificates of one's own. It should not follow
         * redirects, because a followed redirect could carry a secret away.
         *
         * @param httpClient the HTTP client
         * @return this builder
         */
        public Builder httpClient(HttpClient httpClient) {
            this.httpClient = httpClient;
            return this;
        }

        /**
         * Makes the client. It sends nothing: the first call fetches the first token.
         *
         * @return the client
         * @throws IllegalArgumentException when a value is missing or the base URL is not usable
         */
        public AgentIdPClient build() {
            return new AgentIdPClient(this);
        }

        /** Describes the settings without the secret. */
        @Override
        public String toString() {
            return "AgentIdPClient.Builder{baseUrl=" + baseUrl + ", clientId=" + clientId
                    + ", clientSecret=[REDACTED], scope=" + scope + "}";
        }
    }
}
