package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/** A public key of a DID document. */
public final class VerificationMethod {

    @JsonProperty("id")
    private String id;

    @JsonProperty("type")
    private String type;

    @JsonProperty("controller")
    private String controller;

    @JsonProperty("publicKeyJwk")
    private Map<String, Object> publicKeyJwk;

    VerificationMethod() {}

    /** {@return the DID URL of the key} */
    public String getId() {
        return id;
    }

    /** {@return the type, which is JsonWebKey2020} */
    public String getType() {
        return type;
    }

    /** {@return the DID that controls the key} */
    public String getController() {
        return controller;
    }

    /** {@return the key as a JWK (RFC 7517)} */
    public Map<String, Object> getPublicKeyJwk() {
        return Views.of(publicKeyJwk);
    }
}
