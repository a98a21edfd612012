"""HTTP: every request of every vendor library goes through one transport for each tenant."""

from connectors.sdk.http.courier import Courier
from connectors.sdk.http.meter import Budget, Meter, metered
from connectors.sdk.http.pace import Pace
from connectors.sdk.http.session import Http
from connectors.sdk.http.tokens import Tokens

__all__ = ["Budget", "Courier", "Http", "Meter", "Pace", "Tokens", "metered"]
