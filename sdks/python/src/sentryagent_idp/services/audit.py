"""The audit log of the caller's organization. Needs ``audit:read``."""

from typing import Optional

from .._api import ApiTransport, AsyncApiTransport
from .._request import ApiRequest, path
from .._wire import decoder, page_decoder
from ..models import AuditEvent, Page


def _query(**query: object) -> ApiRequest[Page[AuditEvent]]:
    return ApiRequest("GET", path("/audit"), page_decoder(AuditEvent), query=query)


def _get(event_id: str) -> ApiRequest[AuditEvent]:
    return ApiRequest("GET", path("/audit/{}", event_id), decoder(AuditEvent))


class AuditClient:
    """Audit log."""

    def __init__(self, api: ApiTransport) -> None:
        self._api = api

    def query_audit_log(
        self,
        *,
        page: Optional[int] = None,
        limit: Optional[int] = None,
        agent_id: Optional[str] = None,
        action: Optional[str] = None,
        outcome: Optional[str] = None,
        from_date: Optional[str] = None,
        to_date: Optional[str] = None,
    ) -> Page[AuditEvent]:
        """Queries the log, newest event first; all filters hold together.

        Args:
            page: Number of the page, 1 by default.
            limit: Entries per page, 1 to 100, 20 by default.
            agent_id: Only this agent.
            action: Only this action, e.g. ``token.issued``.
            outcome: Only this outcome, ``success`` or ``failure``.
            from_date: From this time on, inclusive; ISO 8601 date-time or date.
            to_date: Up to this time, inclusive; ISO 8601 date-time or date.

        Returns:
            One page of events.

        Raises:
            AgentIdPError: E.g. ``VALIDATION_ERROR``, ``RETENTION_WINDOW_EXCEEDED``.
        """
        return self._api.call(
            _query(
                page=page,
                limit=limit,
                agent_id=agent_id,
                action=action,
                outcome=outcome,
                from_date=from_date,
                to_date=to_date,
            )
        )

    def get_audit_event(self, event_id: str) -> AuditEvent:
        """Reads one event.

        Args:
            event_id: Id of the event.

        Returns:
            The event.

        Raises:
            AgentIdPError: E.g. ``AUDIT_EVENT_NOT_FOUND``.
        """
        return self._api.call(_get(event_id))


class AsyncAuditClient:
    """As :class:`AuditClient`, with coroutines."""

    def __init__(self, api: AsyncApiTransport) -> None:
        self._api = api

    async def query_audit_log(
        self,
        *,
        page: Optional[int] = None,
        limit: Optional[int] = None,
        agent_id: Optional[str] = None,
        action: Optional[str] = None,
        outcome: Optional[str] = None,
        from_date: Optional[str] = None,
        to_date: Optional[str] = None,
    ) -> Page[AuditEvent]:
        """As :meth:`AuditClient.query_audit_log`."""
        return await self._api.call(
            _query(
                page=page,
                limit=limit,
                agent_id=agent_id,
                action=action,
                outcome=outcome,
                from_date=from_date,
                to_date=to_date,
            )
        )

    async def get_audit_event(self, event_id: str) -> AuditEvent:
        """As :meth:`AuditClient.get_audit_event`."""
        return await self._api.call(_get(event_id))
