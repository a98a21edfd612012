"""Salesforce connector: records, code, files and settings that guests and external users reach.

The package exports `Settings`, `connect`, `PERMISSIONS` and `SIGN_INS`, as every service does.
"""

from __future__ import annotations

from connectors.salesforce.permissions import PERMISSIONS, SIGN_INS
from connectors.salesforce.settings import Settings
from connectors.sdk.interface import Connector, ConnectorContext

__all__ = ["PERMISSIONS", "SIGN_INS", "Settings", "connect"]


def connect(settings: Settings, context: ConnectorContext) -> Connector:
    """Return a connector to one organization. Send nothing: the first request is in `tenant()`."""
    from connectors.salesforce.connector import SalesforceConnector
    from connectors.salesforce.errors import is_soap_fault

    context.http.set_vendor_rules(is_refusal=is_soap_fault)
    return SalesforceConnector(settings, context)
