package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The answer of the token endpoint (RFC 6749 section 5.1). */
public final class Token {

    @JsonProperty("access_token")
    private String accessToken;

    @JsonProperty("token_type")
    private String tokenType;

    @JsonProperty("expires_in")
    private long expiresIn;

    @JsonProperty("scope")
    private String scope;

    @JsonProperty("id_token")
    private String idToken;

    Token() {}

    /** {@return the JWT to send as Bearer token} */
    public String getAccessToken() {
        return accessToken;
    }

    /** {@return the type, which is Bearer} */
    public String getTokenType() {
        return tokenType;
    }

    /** {@return the lifetime in seconds} */
    public long getExpiresIn() {
        return expiresIn;
    }

    /** {@return the granted scopes, separated by spaces} */
    public String getScope() {
        return scope;
    }

    /** {@return the OpenID Connect ID token, or null unless openid was granted} */
    public String getIdToken() {
        return idToken;
    }

    /** Describes the token without its value. */
    @Override
    public String toString() {
        return "Token{tokenType=" + tokenType + ", expiresIn=" + expiresIn + ", scope=" + scope
                + ", accessToken=[REDACTED]}";
    }
}
