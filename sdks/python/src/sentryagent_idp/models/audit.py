"""Audit log."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AuditEvent:
    """One event of an organization's audit log, complete enough to check its hash.

    Attributes:
        event_id: UUID of the event.
        organization_id: Owner of the log.
        sequence: Position in the log: 0, 1, 2 … without gaps.
        timestamp: Time with milliseconds.
        action: What happened, e.g. ``agent.created``.
        outcome: ``success`` or ``failure``.
        agent_id: Agent that the event is about or that acted; the nil UUID if none.
        ip_address: Address of the caller; ``0.0.0.0`` if unknown.
        user_agent: User agent of the caller; ``unknown`` if absent.
        metadata: Data that depends on the action; never secrets.
        previous_hash: ``hash`` of the event before it; empty for the first.
        hash: SHA-256, 64 lower-case hexadecimal characters.
    """

    event_id: str
    organization_id: str
    sequence: int
    timestamp: str
    action: str
    outcome: str
    agent_id: str
    ip_address: str
    user_agent: str
    metadata: dict[str, Any]
    previous_hash: str
    hash: str
