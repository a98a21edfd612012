"""Permissions of the audit user, by their field names in the API and their labels in Setup.

View All Data does not include files and public links of other users; Query All Files requires it.

Sources:

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-contentdocumentlink.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.ja-jp.260.0.object_reference.meta/api/sforce_api_objects_contentdistribution.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from connectors.sdk.message import say
from connectors.sdk.permissions import Permission, SignInMethod

VIEW_SETUP = "PermissionsViewSetup"
VIEW_ALL_DATA = "PermissionsViewAllData"
QUERY_ALL_FILES = "PermissionsQueryAllFiles"
CREATE_DELIVERIES = "PermissionsDistributeFromPersWksp"
# Either one is required to call the Metadata API at all.
# Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)  # noqa: E501 -- an address
READ_METADATA = ("PermissionsModifyMetadata", "PermissionsModifyAllData")
PERMISSION_LABELS = {
    VIEW_SETUP: "View Setup and Configuration",
    VIEW_ALL_DATA: "View All Data",
    QUERY_ALL_FILES: "Query All Files",
    CREATE_DELIVERIES: "Enable Creation of Content Deliveries for Salesforce Files",
}

PERMISSIONS = (
    Permission(
        name="API Enabled",
        why=say("salesforce.why_api"),
        consequence=say("salesforce.lost_api"),
        minimal=True,
    ),
    Permission(
        name=PERMISSION_LABELS[VIEW_SETUP],
        why=say("salesforce.why_setup"),
        consequence=say("salesforce.lost_setup"),
        minimal=True,
    ),
    Permission(
        name=PERMISSION_LABELS[VIEW_ALL_DATA],
        why=say("salesforce.why_data"),
        consequence=say("salesforce.lost_data"),
    ),
    Permission(
        name=PERMISSION_LABELS[QUERY_ALL_FILES],
        why=say("salesforce.why_files"),
        consequence=say("salesforce.lost_files"),
    ),
    Permission(
        name=PERMISSION_LABELS[CREATE_DELIVERIES],
        why=say("salesforce.why_deliveries"),
        consequence=say("salesforce.lost_deliveries"),
    ),
    Permission(
        name="Modify Metadata Through Metadata API Functions",
        why=say("salesforce.why_metadata"),
        consequence=say("salesforce.lost_metadata"),
    ),
    Permission(
        name="Manage Sharing",
        why=say("salesforce.why_sharing"),
        consequence=say("salesforce.lost_sharing"),
    ),
)

SIGN_INS = (
    SignInMethod(
        title=say("salesforce.by_key"),
        keys={
            "consumer_key": "3MVG9…",
            "username": "audit@example.co.jp",
            "private_key": "file:salesforce.key",
        },
    ),
    SignInMethod(
        title=say("salesforce.by_secret"),
        keys={"consumer_key": "3MVG9…", "consumer_secret": "keyring:salesforce"},
    ),
    SignInMethod(title=say("salesforce.by_token"), keys={"access_token": "env:SF_ACCESS_TOKEN"}),
)
"""Sign-in methods; the first is recommended for scheduled scans."""
