"""Google Workspace: My Drive, shared drives and groups, read by a service account."""

from __future__ import annotations

from connectors.google.settings import Settings
from connectors.sdk.contract import Connector, Context

__all__ = ["Settings", "connect"]


def connect(settings: Settings, context: Context) -> Connector:
    """A connector for one Workspace. Sends nothing yet; Google's libraries are loaded here."""
    from connectors.google.auth import Delegation
    from connectors.google.client import Client
    from connectors.google.connector import GoogleConnector

    client = Client(settings, Delegation(settings, context), context)
    return GoogleConnector(settings, client, context)
