package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/** The minimal DID document of an agent (W3C DID Core). */
public final class DidDocument {

    @JsonProperty("@context")
    private List<String> context;

    @JsonProperty("id")
    private String id;

    @JsonProperty("controller")
    private String controller;

    @JsonProperty("verificationMethod")
    private List<VerificationMethod> verificationMethod;

    @JsonProperty("authentication")
    private List<String> authentication;

    DidDocument() {}

    /** {@return the JSON-LD contexts} */
    public List<String> getContext() {
        return Views.of(context);
    }

    /** {@return the DID of the agent} */
    public String getId() {
        return id;
    }

    /** {@return the DID of the installation} */
    public String getController() {
        return controller;
    }

    /** {@return the public keys} */
    public List<VerificationMethod> getVerificationMethod() {
        return Views.of(verificationMethod);
    }

    /** {@return the references to the keys for authentication} */
    public List<String> getAuthentication() {
        return Views.of(authentication);
    }
}
