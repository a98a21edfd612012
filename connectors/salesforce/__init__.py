"""Salesforce: what guests of public sites can read, and which files have a public link."""

from __future__ import annotations

from connectors.salesforce.permissions import PERMISSIONS, SIGN_INS
from connectors.salesforce.settings import Settings
from connectors.sdk.contract import Connector, Context

__all__ = ["PERMISSIONS", "SIGN_INS", "Settings", "connect"]


def connect(settings: Settings, context: Context) -> Connector:
    """A connector to one organization; nothing is sent before `tenant()`."""
    from connectors.salesforce.connector import SalesforceConnector
    from connectors.salesforce.refusals import is_soap_fault

    context.http.set_vendor_rules(is_refusal=is_soap_fault)
    return SalesforceConnector(settings, context)
