import type { ApiTransport } from '../api.js';
import { path } from '../http.js';
import type { AuditEvent, AuditLogFilters, Page } from '../models/index.js';

/** The audit log of the caller's organization. Needs `audit:read`. */
export class AuditClient {
  readonly #api: ApiTransport;

  /** @internal */
  constructor(api: ApiTransport) {
    this.#api = api;
  }

  /**
   * Queries the log, newest event first.
   *
   * @param filters - filters and page
   * @returns one page of events
   * @throws {@link AgentIdPError} e.g. `VALIDATION_ERROR`, `RETENTION_WINDOW_EXCEEDED`
   */
  async queryAuditLog(filters: AuditLogFilters = {}): Promise<Page<AuditEvent>> {
    return this.#api.fetch({ method: 'GET', path: path`/audit`, query: { ...filters } });
  }

  /**
   * Reads one event.
   *
   * @param eventId - id of the event
   * @returns the event
   * @throws {@link AgentIdPError} e.g. `AUDIT_EVENT_NOT_FOUND`
   */
  async getAuditEvent(eventId: string): Promise<AuditEvent> {
    return this.#api.fetch({ method: 'GET', path: path`/audit/${eventId}` });
  }
}
