"""Why a connector stopped, named by what the reader must do.

* ConnectorError
  + SignInError          the credentials were refused; nothing of this tenant can be read
  + AccessDenied         this scope may not be read; the others still can
  + QuotaExhausted       the vendor's or the run's allowance is spent; a later run resumes
  + Unreachable          nobody answered: network, proxy or TLS inspection
  + UnexpectedResponse   the vendor answered something this version does not know
"""

from __future__ import annotations

from connectors.sdk.message import Message


class ConnectorError(Exception):
    """A sentence about what happened and, as `hint`, the next step of the administrator."""

    def __init__(self, message: Message, *, hint: Message | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SignInError(ConnectorError):
    """The credentials were refused; nothing of this tenant can be read."""


class AccessDenied(ConnectorError):
    """This scope may not be read; the hint names the missing permission."""


class QuotaExhausted(ConnectorError):
    """An allowance is spent; what was read is kept, and a later run goes on from there."""


class Unreachable(ConnectorError):
    """Nobody answered, after all retries."""


class UnexpectedResponse(ConnectorError):
    """The vendor answered something that this version does not know."""
