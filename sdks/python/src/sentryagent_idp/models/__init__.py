"""What the API takes and gives.

Times are texts, ISO 8601 in UTC. Enumerations are texts too: a newer server may send
values that are not listed here. Secrets are left out of ``repr``.
"""

from .agents import Agent, RegisterAgentRequest, UpdateAgentRequest
from .audit import AuditEvent
from .credentials import Credential, CredentialWithSecret
from .delegation import CreateDelegationRequest, DelegationChain, DelegationVerification
from .marketplace import MinimalDidDocument, PublicAgentCard, VerificationMethod
from .oauth2 import Introspection, Token
from .page import Page

__all__ = [
    "Agent",
    "AuditEvent",
    "CreateDelegationRequest",
    "Credential",
    "CredentialWithSecret",
    "DelegationChain",
    "DelegationVerification",
    "Introspection",
    "MinimalDidDocument",
    "Page",
    "PublicAgentCard",
    "RegisterAgentRequest",
    "Token",
    "UpdateAgentRequest",
    "VerificationMethod",
]
