package ai.sentryagent.idp;

import ai.sentryagent.idp.models.CreateDelegationRequest;
import ai.sentryagent.idp.models.CredentialRequest;
import ai.sentryagent.idp.models.IssueTokenRequest;
import ai.sentryagent.idp.models.ListAgentsParams;
import ai.sentryagent.idp.models.ListCredentialsParams;
import ai.sentryagent.idp.models.ListPublicAgentsParams;
import ai.sentryagent.idp.models.QueryAuditLogParams;
import ai.sentryagent.idp.models.RegisterAgentRequest;
import ai.sentryagent.idp.models.UpdateAgentRequest;
import java.time.Instant;
import java.util.List;

/** One request of each type with a value of its own for every property. */
final class Requests {

    private static final Instant TIME = Instant.parse("2026-03-28T09:00:01Z");

    private Requests() {}

    static List<Object> complete() {
        return List.of(
                RegisterAgentRequest.builder().email("e").agentType("t").version("v").capabilities(List.of("c"))
                        .owner("o").deploymentEnv("d").allowedScopes(List.of("s")).isPublic(true).build(),
                UpdateAgentRequest.builder().agentType("t").version("v").capabilities(List.of("c")).owner("o")
                        .deploymentEnv("d").status("x").allowedScopes(List.of("s")).isPublic(true).build(),
                ListAgentsParams.builder().page(2).limit(3).owner("o").agentType("t").status("x").build(),
                CredentialRequest.builder().expiresAt(TIME).build(),
                ListCredentialsParams.builder().page(2).limit(3).status("x").build(),
                IssueTokenRequest.builder().scope("s").nonce("n").build(),
                QueryAuditLogParams.builder().page(2).limit(3).agentId("a").action("c").outcome("o").fromDate(TIME)
                        .toDate(TIME).build(),
                ListPublicAgentsParams.builder().q("q").capability("c").publisher("p").page(2).limit(3).build(),
                CreateDelegationRequest.builder().delegateeAgentId("d").scopes(List.of("s")).ttlSeconds(60).build());
    }
}
