package ai.sentryagent.idp;

import ai.sentryagent.idp.models.AuditEvent;
import ai.sentryagent.idp.models.Page;
import ai.sentryagent.idp.models.QueryAuditLogParams;
import com.fasterxml.jackson.core.type.TypeReference;
import java.util.concurrent.CompletableFuture;

/**
 * The audit log of the caller's organization. It needs the scope {@code audit:read}.
 */
public final class AuditServiceClient {

    private static final TypeReference<Page<AuditEvent>> EVENTS = new TypeReference<>() {};

    private final Transport transport;

    AuditServiceClient(Transport transport) {
        this.transport = transport;
    }

    /**
     * {@link #queryAuditLog(QueryAuditLogParams)} with the defaults.
     *
     * @return the page
     * @throws AgentIdPException when the call fails
     */
    public Page<AuditEvent> queryAuditLog() {
        return queryAuditLog(QueryAuditLogParams.builder().build());
    }

    /**
     * Returns a page of the log, newest first.
     *
     * @param filters filter and page
     * @return the page
     * @throws AgentIdPException when the call fails
     */
    public Page<AuditEvent> queryAuditLog(QueryAuditLogParams filters) {
        return Futures.await(queryAuditLogAsync(filters));
    }

    /**
     * {@link #queryAuditLog(QueryAuditLogParams)} with the defaults, without waiting.
     *
     * @return the page, or the failure
     */
    public CompletableFuture<Page<AuditEvent>> queryAuditLogAsync() {
        return queryAuditLogAsync(QueryAuditLogParams.builder().build());
    }

    /**
     * {@link #queryAuditLog(QueryAuditLogParams)} without waiting.
     *
     * @param filters filter and page
     * @return the page, or the failure
     */
    public CompletableFuture<Page<AuditEvent>> queryAuditLogAsync(QueryAuditLogParams filters) {
        return transport.call(() -> ApiRequest.get("audit").withQuery(filters), EVENTS);
    }

    /**
     * Returns one event of the log.
     *
     * @param eventId the id of the event
     * @return the event
     * @throws AgentIdPException when the call fails
     */
    public AuditEvent getAuditEvent(String eventId) {
        return Futures.await(getAuditEventAsync(eventId));
    }

    /**
     * {@link #getAuditEvent(String)} without waiting.
     *
     * @param eventId the id of the event
     * @return the event, or the failure
     */
    public CompletableFuture<AuditEvent> getAuditEventAsync(String eventId) {
        return transport.call(() -> ApiRequest.get("audit", eventId), AuditEvent.class);
    }
}
