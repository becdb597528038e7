package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a token is worth (RFC 7662 section 2.2). For a token that the API would not accept only
 * {@link #isActive()} has a meaning.
 */
public final class Introspection {

    @JsonProperty("active")
    private boolean active;

    @JsonProperty("iss")
    private String iss;

    @JsonProperty("aud")
    private String aud;

    @JsonProperty("sub")
    private String sub;

    @JsonProperty("client_id")
    private String clientId;

    @JsonProperty("scope")
    private String scope;

    @JsonProperty("token_type")
    private String tokenType;

    @JsonProperty("iat")
    private Long iat;

    @JsonProperty("exp")
    private Long exp;

    @JsonProperty("jti")
    private String jti;

    @JsonProperty("organization_id")
    private String organizationId;

    Introspection() {}

    /** {@return whether the API would accept the token now} */
    public boolean isActive() {
        return active;
    }

    /** {@return the issuer, or null} */
    public String getIss() {
        return iss;
    }

    /** {@return the audience, or null} */
    public String getAud() {
        return aud;
    }

    /** {@return the agent, or null} */
    public String getSub() {
        return sub;
    }

    /** {@return the OAuth client, which is the agent, or null} */
    public String getClientId() {
        return clientId;
    }

    /** {@return the scopes, separated by spaces, or null} */
    public String getScope() {
        return scope;
    }

    /** {@return the type, which is Bearer, or null} */
    public String getTokenType() {
        return tokenType;
    }

    /** {@return the time of issue in Unix seconds, or null} */
    public Long getIat() {
        return iat;
    }

    /** {@return the time of expiry in Unix seconds, or null} */
    public Long getExp() {
        return exp;
    }

    /** {@return the id of the token, or null} */
    public String getJti() {
        return jti;
    }

    /** {@return the organization of the agent, or null} */
    public String getOrganizationId() {
        return organizationId;
    }
}
