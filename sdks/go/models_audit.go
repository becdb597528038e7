package agentidp

import "time"

// AuditOutcome tells how an audited action ended. Other values than the
// constants may occur.
type AuditOutcome string

// Known outcomes.
const (
	AuditOutcomeSuccess AuditOutcome = "success"
	AuditOutcomeFailure AuditOutcome = "failure"
)

// AuditEvent is one entry of the hash-chained log of an organization.
type AuditEvent struct {
	// EventID is the id of the event.
	EventID string `json:"eventId"`
	// OrganizationID is the owner of the log.
	OrganizationID string `json:"organizationId"`
	// Sequence is the position in the log, from 0 without gaps.
	Sequence int64 `json:"sequence"`
	// Timestamp is the time of the event.
	Timestamp time.Time `json:"timestamp"`
	// Action is what happened, e.g. AuditActionAgentCreated.
	Action AuditAction `json:"action"`
	// Outcome is how it ended.
	Outcome AuditOutcome `json:"outcome"`
	// AgentID is the agent that the event is about or that acted.
	AgentID string `json:"agentId"`
	// IPAddress is the address of the caller, 0.0.0.0 if unknown.
	IPAddress string `json:"ipAddress"`
	// UserAgent is the program of the caller, "unknown" if absent.
	UserAgent string `json:"userAgent"`
	// Metadata holds further facts that depend on Action.
	Metadata map[string]any `json:"metadata"`
	// PreviousHash is Hash of the event before, empty for the first.
	PreviousHash string `json:"previousHash"`
	// Hash is the SHA-256 hash of the event, in hexadecimal.
	Hash string `json:"hash"`
}

// QueryAuditLogParams filters and pages the audit log. Zero values are left
// out.
type QueryAuditLogParams struct {
	// Page is the number of the page, from 1.
	Page int
	// Limit is the number of entries of a page, 1 to 100.
	Limit int
	// AgentID selects by agent.
	AgentID string
	// Action selects by action.
	Action AuditAction
	// Outcome selects by outcome.
	Outcome AuditOutcome
	// FromDate is the start of the period, inclusive.
	FromDate *time.Time
	// ToDate is the end of the period, inclusive.
	ToDate *time.Time
}
