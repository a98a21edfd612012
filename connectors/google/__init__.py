"""Google Workspace: My Drive, shared drives, groups and settings, read by a service account."""

from __future__ import annotations

from connectors.google.permissions import PERMISSIONS, SIGN_INS
from connectors.google.settings import Settings
from connectors.sdk.contract import Connector, Context

__all__ = ["PERMISSIONS", "SIGN_INS", "Settings", "connect"]


def connect(settings: Settings, context: Context) -> Connector:
    """A connector for one Workspace. Sends nothing yet; Google's libraries are loaded here."""
    from connectors.google.admin import Admin
    from connectors.google.auth import Delegation
    from connectors.google.client import Client
    from connectors.google.connector import GoogleConnector
    from connectors.google.own_audit import OwnAudit
    from connectors.google.personal import Personal
    from connectors.google.refusal import is_rate_limited

    context.http.set_vendor_rules(is_throttled=is_rate_limited)
    if settings.oauth_client:
        return OwnAudit(settings, Client(settings, Personal(settings, context), context), context)
    sign_in = Delegation(settings, context)
    client, admin = Client(settings, sign_in, context), Admin(settings, sign_in, context)
    return GoogleConnector(settings, client, admin, context)
