package agentidp

import (
	"context"
	"net/http"
)

// AuditClient reads the audit log of the caller's organization. It needs the
// scope audit:read.
type AuditClient struct{ transport *transport }

// QueryAuditLog returns a page of the log, newest first. The parameters may be
// nil.
func (c *AuditClient) QueryAuditLog(ctx context.Context, params *QueryAuditLogParams) (*Page[AuditEvent], error) {
	if params == nil {
		params = &QueryAuditLogParams{}
	}
	query := pageQuery(params.Page, params.Limit)
	setText(query, "agentId", params.AgentID)
	setText(query, "action", params.Action)
	setText(query, "outcome", params.Outcome)
	setTime(query, "fromDate", params.FromDate)
	setTime(query, "toDate", params.ToDate)
	return fetch[Page[AuditEvent]](ctx, c.transport, request{method: http.MethodGet, path: []string{"audit"}, query: query})
}

// GetAuditEvent returns one event of the log.
func (c *AuditClient) GetAuditEvent(ctx context.Context, eventID string) (*AuditEvent, error) {
	return fetch[AuditEvent](ctx, c.transport, request{method: http.MethodGet, path: []string{"audit", eventID}})
}
