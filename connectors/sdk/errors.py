"""The errors of connectors, named by what the administrator must do.

* ConnectorError + SignInError the credentials were refused; nothing of this tenant can be read +
  AccessDenied this scope must not be read; others still can + QuotaExhausted a quota of the vendor
  or of the run is used up; a later run resumes + Unreachable no response: network, proxy or TLS
  inspection + UnexpectedResponse a response that this version does not know
"""

from __future__ import annotations

from connectors.sdk.message import Message


class ConnectorError(Exception):
    """An error with a message for the administrator and, as `hint`, the next step."""

    def __init__(self, message: Message, *, hint: Message | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SignInError(ConnectorError):
    """The credentials were refused; nothing of this tenant can be read."""


class AccessDenied(ConnectorError):
    """This scope must not be read; the hint names the missing permission."""


class QuotaExhausted(ConnectorError):
    """A quota is used up; what was read is kept, and a later run resumes there."""


class Unreachable(ConnectorError):
    """No response, after all retries."""


class UnexpectedResponse(ConnectorError):
    """The vendor sent a response that this version does not know."""
