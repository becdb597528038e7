package ai.sentryagent.idp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.sentryagent.idp.StubServer.Answer;
import ai.sentryagent.idp.models.CredentialWithSecret;
import ai.sentryagent.idp.models.DelegationChain;
import ai.sentryagent.idp.models.Token;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {

    private static final String SECRET = StubServer.SECRET;

    private static <T> T read(String json, Class<T> type) {
        return Json.read(json.replace("SECRET", SECRET).getBytes(StandardCharsets.UTF_8), Json.type(type), 200);
    }

    private static void assertRedacted(Object value) {
        String text = value.toString();
        assertFalse(text.contains(SECRET), text);
        assertTrue(text.contains("[REDACTED]"), text);
    }

    @Test
    void textsShowNoSecret() {
        AgentIdPClient.Builder builder =
                AgentIdPClient.builder().baseUrl("http://localhost").clientId("id").clientSecret(SECRET);
        assertRedacted(builder);
        assertRedacted(builder.build());
        assertRedacted(new TokenManager("http://localhost", "id", SECRET, ""));
        assertRedacted(read("{\"clientSecret\":\"SECRET\"}", CredentialWithSecret.class));
        assertRedacted(read("{\"access_token\":\"SECRET\",\"id_token\":\"SECRET\"}", Token.class));
        assertRedacted(read("{\"delegationToken\":\"SECRET\",\"signature\":\"SECRET\"}", DelegationChain.class));
    }

    /** Not even an answer that repeats the secret brings it into an error of the token endpoint. */
    @ParameterizedTest
    @ValueSource(strings = {
        "\"SECRET", "{\"access_token\":{\"SECRET\":1}}", "{\"expires_in\":\"SECRET\"}",
        "{\"access_token\":\"SECRET\\n\"}"
    })
    void errorsShowNoSecret(String body) {
        try (StubServer server = StubServer.always(200, "{}")) {
            server.issue = number -> new Answer(200, body.replace("SECRET", SECRET));
            AgentIdPException failure =
                    assertThrows(AgentIdPException.class, () -> server.client().agents().getAgent(StubServer.ID));
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            assertFalse(trace.toString().contains(SECRET), trace.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "localhost", "ftp://host", "http://", "http://a b", "http://user:sk_live_do-not-show@host", "http://h?q=1",
        "http://h#f"
    })
    void anUnusableBaseUrlIsRefused(String baseUrl) {
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class, () -> new AgentIdPClient(baseUrl, "id", SECRET));
        assertEquals("baseUrl must be the origin of a server, e.g. http://localhost:3000.", refusal.getMessage());
    }

    @Test
    void missingSettingsAreRefused() {
        AgentIdPClient.Builder builder = AgentIdPClient.builder().baseUrl("https://localhost/");
        assertEquals("clientId is required.", refusal(builder));
        builder.clientId("id");
        assertEquals("clientSecret is required.", refusal(builder));
        builder.clientSecret("");
        assertEquals("clientSecret is required.", refusal(builder));
        builder.clientSecret(SECRET).baseUrl(null);
        assertTrue(refusal(builder).startsWith("baseUrl must be"));
        builder.baseUrl("https://localhost/").timeout(java.time.Duration.ZERO);
        assertEquals("timeout must be positive.", refusal(builder));
        builder.timeout(null);
        assertEquals("timeout must be positive.", refusal(builder));
    }

    private static String refusal(AgentIdPClient.Builder builder) {
        return assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    }
}
