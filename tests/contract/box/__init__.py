"""Box: a made-up service that fulfils the written contract and nothing more."""

from __future__ import annotations

from connectors.box.settings import PERMISSIONS, SIGN_INS, Settings

from connectors.sdk.interface import Connector, ConnectorContext

__all__ = ["PERMISSIONS", "SIGN_INS", "Settings", "connect"]


def connect(settings: Settings, context: ConnectorContext) -> Connector:
    """Return a connector to one account. Nothing is sent before `tenant()`."""
    from connectors.box.connector import BoxConnector

    return BoxConnector(settings, context)
