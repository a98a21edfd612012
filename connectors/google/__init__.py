"""Connector for Google Workspace: My Drive, shared drives, groups and settings.

Two ways to sign in: a service account with domain-wide delegation reads the whole tenant; the
OAuth client of a desktop app reads what one user owns.

Vendor facts carry their source where they are used, as a line with a link and the day it was
read. The reference pages of Google's APIs are generated from discovery documents; where such a
page is cited, its text was read in the document that google-api-python-client 2.202 carries
(drive v3 of 2026-11-06, directory v1 of 2026-11-04, cloudidentity v1 of 2026-10-19,
iamcredentials v1 of 2026-06-30, groupssettings v1 of 2022-06-14).

Sources:
Source: https://developers.google.com/workspace/drive/api/guides/limits (read 2026-11-29)
Source: https://developers.google.com/workspace/drive/api/guides/handle-errors (read 2026-11-29)
Source: https://developers.google.com/workspace/admin/directory/v1/limits (read 2026-11-29)
Source: https://developers.google.com/identity/protocols/oauth2/service-account (read 2026-11-29)
"""

from __future__ import annotations

from connectors.google.permissions import PERMISSIONS, SIGN_INS
from connectors.google.settings import Settings
from connectors.sdk.interface import Connector, ConnectorContext

__all__ = ["PERMISSIONS", "SIGN_INS", "Settings", "connect"]


def connect(settings: Settings, context: ConnectorContext) -> Connector:
    """Return a connector for one Workspace. No request is sent yet.

    Google's libraries are imported here and not with the package, so that `--help` stays quick.

    Args:
        settings: The validated configuration table of the tenant.
        context: HTTP session, secrets, clock and scan state of the run.
    """
    from connectors.google.admin_api import AdminApi
    from connectors.google.auth import DomainWideDelegation
    from connectors.google.client import Client
    from connectors.google.connector import GoogleConnector
    from connectors.google.errors import is_rate_limited
    from connectors.google.single_user import SingleUserConnector
    from connectors.google.user_oauth import UserOAuth

    context.http.set_vendor_rules(is_throttled=is_rate_limited)
    if settings.oauth_client:
        return SingleUserConnector(
            settings, Client(settings, UserOAuth(settings, context), context), context
        )
    sign_in = DomainWideDelegation(settings, context)
    client, admin = Client(settings, sign_in, context), AdminApi(settings, sign_in, context)
    return GoogleConnector(settings, client, admin, context)
