package ai.sentryagent.idp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.sentryagent.idp.models.Agent;
import ai.sentryagent.idp.models.AuditEvent;
import ai.sentryagent.idp.models.CredentialWithSecret;
import ai.sentryagent.idp.models.DelegationChain;
import ai.sentryagent.idp.models.DelegationVerification;
import ai.sentryagent.idp.models.Introspection;
import ai.sentryagent.idp.models.Page;
import ai.sentryagent.idp.models.PublicAgent;
import ai.sentryagent.idp.models.Token;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Answers are decoded completely, also those of a newer server. */
class ModelsTest {

    private static final String TIME = "2026-03-28T09:00:0";

    private static <T> T read(String json, Class<T> type) {
        return Json.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), Json.type(type), 200);
    }

    /** The values of all accessors by the name of the property. */
    private static Map<String, Object> properties(Object model) throws Exception {
        Map<String, Object> values = new TreeMap<>();
        for (Method method : model.getClass().getMethods()) {
            String name = method.getName();
            boolean accessor = method.getParameterCount() == 0 && !name.equals("getClass");
            if (accessor && name.startsWith("get")) {
                values.put(Character.toLowerCase(name.charAt(3)) + name.substring(4), method.invoke(model));
            } else if (accessor && name.startsWith("is")) {
                values.put(Character.toLowerCase(name.charAt(2)) + name.substring(3), method.invoke(model));
            }
        }
        return values;
    }

    private static Instant time(int second) {
        return Instant.parse(TIME + second + "Z");
    }

    @Test
    void anAgentOfANewerServer() throws Exception {
        Agent agent =
                read("{'agentId':'a','organizationId':'o','email':'e','agentType':'navigator','version':'1.4.2',"
                + "'capabilities':['resume:read'],'owner':'team','deploymentEnv':'moon','status':'asleep',"
                + "'allowedScopes':['agents:fly'],'isPublic':true,'createdAt':'" + TIME + "0.000Z','updatedAt':'" + TIME
                + "1.000Z','publishedAt':'" + TIME + "2.000Z','did':'d','didCreatedAt':'" + TIME
                + "3.000Z','futureField':{'a':1}}", Agent.class);
        assertEquals(new TreeMap<>(Map.ofEntries(
                Map.entry("agentId", "a"), Map.entry("organizationId", "o"), Map.entry("email", "e"),
                Map.entry("agentType", "navigator"), Map.entry("version", "1.4.2"),
                Map.entry("capabilities", List.of("resume:read")), Map.entry("owner", "team"),
                Map.entry("deploymentEnv", "moon"), Map.entry("status", "asleep"),
                Map.entry("allowedScopes", List.of("agents:fly")), Map.entry("public", true),
                Map.entry("createdAt", time(0)), Map.entry("updatedAt", time(1)), Map.entry("publishedAt", time(2)),
                Map.entry("did", "d"), Map.entry("didCreatedAt", time(3)))), properties(agent));
    }

    @Test
    void missingValues() {
        Agent agent = read("{'capabilities':null}", Agent.class);
        assertNull(agent.getDid());
        assertNull(agent.getPublishedAt());
        assertEquals(List.of(), agent.getCapabilities());
        assertEquals(Map.of(), read("{}", AuditEvent.class).getMetadata());
    }

    @Test
    void listsAreReadOnly() {
        Agent agent = read("{'capabilities':['a:b']}", Agent.class);
        List<String> capabilities = agent.getCapabilities();
        assertThrows(UnsupportedOperationException.class, () -> capabilities.add("c:d"));
    }

    @Test
    void aPage() {
        try (StubServer server = StubServer.always(
                200, "{\"data\":[{\"agentId\":\"a\"}],\"total\":41,\"page\":3,\"limit\":20,\"next\":\"x\"}")) {
            Page<Agent> page = server.client().agents().listAgents();
            assertEquals("a", page.getData().get(0).getAgentId());
            assertEquals(List.of(41L, 3L, 20L),
                    List.of(page.getTotal(), (long) page.getPage(), (long) page.getLimit()));
        }
    }

    @Test
    void aCredentialWithItsSecret() throws Exception {
        CredentialWithSecret credential =
                read("{'credentialId':'c','clientId':'a','status':'active','clientSecret':'s',"
                + "'createdAt':'" + TIME + "0.000Z','expiresAt':'" + TIME + "5.000Z','revokedAt':null}",
                CredentialWithSecret.class);
        Map<String, Object> expected = new TreeMap<>(Map.of("credentialId", "c", "clientId", "a", "status", "active",
                "clientSecret", "s", "createdAt", time(0), "expiresAt", time(5)));
        expected.put("revokedAt", null);
        assertEquals(expected, properties(credential));
    }

    @Test
    void aToken() throws Exception {
        Token token = read("{'access_token':'a','token_type':'Bearer','expires_in':3600,'scope':'openid',"
                + "'id_token':'i'}", Token.class);
        assertEquals(new TreeMap<>(Map.of("accessToken", "a", "tokenType", "Bearer", "expiresIn", 3600L,
                "scope", "openid", "idToken", "i")), properties(token));
    }

    @Test
    void anIntrospection() throws Exception {
        Introspection active =
                read("{'active':true,'iss':'i','aud':'u','sub':'s','client_id':'c','scope':'agents:read',"
                + "'token_type':'Bearer','iat':1,'exp':3601,'jti':'j','organization_id':'o'}", Introspection.class);
        assertEquals(new TreeMap<>(Map.ofEntries(
                Map.entry("active", true), Map.entry("iss", "i"), Map.entry("aud", "u"), Map.entry("sub", "s"),
                Map.entry("clientId", "c"), Map.entry("scope", "agents:read"), Map.entry("tokenType", "Bearer"),
                Map.entry("iat", 1L), Map.entry("exp", 3601L), Map.entry("jti", "j"),
                Map.entry("organizationId", "o"))), properties(active));
        Introspection inactive = read("{'active':false}", Introspection.class);
        assertFalse(inactive.isActive());
        assertNull(inactive.getExp());
    }

    @Test
    void anAuditEvent() throws Exception {
        AuditEvent event = read("{'eventId':'e','organizationId':'o','sequence':7,'timestamp':'" + TIME
                + "0.000Z','action':'agent.cloned','outcome':'success','agentId':'a','ipAddress':'0.0.0.0',"
                + "'userAgent':'unknown','metadata':{'owner':'team'},'previousHash':'p','hash':'h'}", AuditEvent.class);
        assertEquals(new TreeMap<>(Map.ofEntries(
                Map.entry("eventId", "e"), Map.entry("organizationId", "o"), Map.entry("sequence", 7L),
                Map.entry("timestamp", time(0)), Map.entry("action", "agent.cloned"),
                Map.entry("outcome", "success"), Map.entry("agentId", "a"), Map.entry("ipAddress", "0.0.0.0"),
                Map.entry("userAgent", "unknown"), Map.entry("metadata", Map.of("owner", "team")),
                Map.entry("previousHash", "p"), Map.entry("hash", "h"))), properties(event));
    }

    @Test
    void aPublicAgentWithItsDocument() throws Exception {
        PublicAgent agent =
                read("{'agentId':'a','agentType':'router','version':'1.0.0','capabilities':[],'owner':'team',"
                + "'deploymentEnv':'production','did':'d','publishedAt':'" + TIME + "0.000Z','didDocument':{"
                + "'@context':['ctx'],'id':'d','controller':'h','verificationMethod':[{'id':'k',"
                + "'type':'JsonWebKey2020','controller':'d','publicKeyJwk':{'crv':'P-256'}}],'authentication':['k']}}",
                PublicAgent.class);
        Map<String, Object> card = properties(agent);
        card.remove("didDocument");
        assertEquals(new TreeMap<>(Map.of("agentId", "a", "agentType", "router", "version", "1.0.0",
                "capabilities", List.of(), "owner", "team", "deploymentEnv", "production", "did", "d",
                "publishedAt", time(0))), card);
        Map<String, Object> document = properties(agent.getDidDocument());
        document.remove("verificationMethod");
        assertEquals(new TreeMap<>(Map.of("context", List.of("ctx"), "id", "d", "controller", "h",
                "authentication", List.of("k"))), document);
        assertEquals(new TreeMap<>(Map.of("id", "k", "type", "JsonWebKey2020", "controller", "d",
                "publicKeyJwk", Map.of("crv", "P-256"))),
                properties(agent.getDidDocument().getVerificationMethod().get(0)));
    }

    @Test
    void aDelegation() throws Exception {
        DelegationChain chain =
                read("{'id':'c','tenantId':'o','delegatorAgentId':'a','delegateeAgentId':'b',"
                + "'scopes':['agents:read'],'delegationToken':'t','signature':'s','ttlSeconds':60,'issuedAt':'" + TIME
                + "0Z','expiresAt':'" + TIME + "1+00:00','revokedAt':'" + TIME + "2.000Z','createdAt':'" + TIME
                + "3.000Z'}", DelegationChain.class);
        assertEquals(new TreeMap<>(Map.ofEntries(
                Map.entry("id", "c"), Map.entry("tenantId", "o"), Map.entry("delegatorAgentId", "a"),
                Map.entry("delegateeAgentId", "b"), Map.entry("scopes", List.of("agents:read")),
                Map.entry("delegationToken", "t"), Map.entry("signature", "s"), Map.entry("ttlSeconds", 60),
                Map.entry("issuedAt", time(0)), Map.entry("expiresAt", time(1)), Map.entry("revokedAt", time(2)),
                Map.entry("createdAt", time(3)))), properties(chain));
    }

    @Test
    void aVerification() throws Exception {
        DelegationVerification valid =
                read("{'valid':true,'chainId':'c','delegatorAgentId':'a','delegateeAgentId':'b',"
                + "'scopes':['s'],'issuedAt':'" + TIME + "0.000Z','expiresAt':'" + TIME + "1.000Z','revokedAt':'" + TIME
                + "2.000Z'}", DelegationVerification.class);
        assertEquals(new TreeMap<>(Map.of("valid", true, "chainId", "c", "delegatorAgentId", "a", "delegateeAgentId",
                "b", "scopes", List.of("s"), "issuedAt", time(0), "expiresAt", time(1), "revokedAt", time(2))),
                properties(valid));
        DelegationVerification unknown = read("{'valid':false,'chainId':null,'delegatorAgentId':null,"
                + "'delegateeAgentId':null,'scopes':[],'issuedAt':null,'expiresAt':null}",
                DelegationVerification.class);
        assertFalse(unknown.isValid());
        assertNull(unknown.getChainId());
        assertTrue(unknown.getScopes().isEmpty());
    }

    /** The accessors of a request show what its builder collected and what is sent. */
    @Test
    void requestsShowTheirValues() throws Exception {
        ObjectMapper json = new ObjectMapper();
        for (Object request : Requests.complete()) {
            Map<String, Object> shown = properties(request);
            Map<?, ?> sent = json.readValue(Json.write(request), Map.class);
            assertEquals(shown.size(), sent.size(), request.getClass().getSimpleName());
            for (Map.Entry<String, Object> entry : shown.entrySet()) {
                String wire = entry.getKey().equals("public") ? "isPublic" : entry.getKey();
                Object value = entry.getValue() instanceof Instant ? TIME + "1.000Z" : entry.getValue();
                assertEquals(value, sent.get(wire), request.getClass().getSimpleName() + "." + wire);
            }
        }
    }
}
