"""Microsoft 365: SharePoint, OneDrive and the directory, read through Microsoft Graph."""

from __future__ import annotations

from connectors.m365.connector import M365Connector
from connectors.m365.permissions import PERMISSIONS, SIGN_INS
from connectors.m365.settings import Settings
from connectors.sdk.interface import Connector, ConnectorContext

__all__ = ["PERMISSIONS", "SIGN_INS", "Settings", "connect"]


def connect(settings: Settings, context: ConnectorContext) -> Connector:
    """Return a connector to one tenant. Nothing is sent before `tenant()`."""
    return M365Connector(settings, context)
