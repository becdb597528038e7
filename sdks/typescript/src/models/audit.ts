import type { JsonObject, OpenEnum } from './json.js';
import type { PageParams } from './page.js';

/** Whether the audited action succeeded. */
export type AuditOutcome = OpenEnum<'success' | 'failure'>;

/** One event of an organization's audit log, complete enough to check its hash. */
export interface AuditEvent {
  /** UUID of the event. */
  eventId: string;
  /** Owner of the log. */
  organizationId: string;
  /** Position in the log: 0, 1, 2 … without gaps. */
  sequence: number;
  /** ISO 8601 in UTC with milliseconds. */
  timestamp: string;
  /** What happened, e.g. `agent.created`. */
  action: string;
  /** `success` or `failure`. */
  outcome: AuditOutcome;
  /** Agent that the event is about or that acted; the nil UUID if none. */
  agentId: string;
  /** Address of the caller; `0.0.0.0` if unknown. */
  ipAddress: string;
  /** User agent of the caller; `unknown` if absent. */
  userAgent: string;
  /** Data that depends on the action; never secrets. */
  metadata: JsonObject;
  /** `hash` of the event before it; empty for the first. */
  previousHash: string;
  /** SHA-256, 64 lower-case hexadecimal characters. */
  hash: string;
}

/** Filters of the audit log; all that are given hold together. */
export interface AuditLogFilters extends PageParams {
  /** Exactly this agent. */
  agentId?: string;
  /** Exactly this action, e.g. `token.issued`. */
  action?: string;
  /** Exactly this outcome. */
  outcome?: AuditOutcome;
  /** From this time on, inclusive; ISO 8601 date-time or date. */
  fromDate?: string;
  /** Up to this time, inclusive; ISO 8601 date-time or date. */
  toDate?: string;
}
