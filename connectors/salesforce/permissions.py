"""Permissions of the audit user, by their field names in the API and their labels in Setup.

View All Data does not include files and public links of other users; Query All Files requires it.

Sources:

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-contentdocumentlink.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.ja-jp.260.0.object_reference.meta/api/sforce_api_objects_contentdistribution.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from connectors.sdk.message import say
from connectors.sdk.permissions import Permission, SignIn

SETUP = "PermissionsViewSetup"
DATA = "PermissionsViewAllData"
FILES = "PermissionsQueryAllFiles"
DELIVERIES = "PermissionsDistributeFromPersWksp"
# Either one is required to call the Metadata API at all.
# Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)  # noqa: E501
METADATA = ("PermissionsModifyMetadata", "PermissionsModifyAllData")
NAMES = {
    SETUP: "View Setup and Configuration",
    DATA: "View All Data",
    FILES: "Query All Files",
    DELIVERIES: "Enable Creation of Content Deliveries for Salesforce Files",
}

PERMISSIONS = (
    Permission(
        name="API Enabled",
        why=say("salesforce.why_api"),
        lost=say("salesforce.lost_api"),
        minimal=True,
    ),
    Permission(
        name=NAMES[SETUP],
        why=say("salesforce.why_setup"),
        lost=say("salesforce.lost_setup"),
        minimal=True,
    ),
    Permission(
        name=NAMES[DATA],
        why=say("salesforce.why_data"),
        lost=say("salesforce.lost_data"),
    ),
    Permission(
        name=NAMES[FILES],
        why=say("salesforce.why_files"),
        lost=say("salesforce.lost_files"),
    ),
    Permission(
        name=NAMES[DELIVERIES],
        why=say("salesforce.why_deliveries"),
        lost=say("salesforce.lost_deliveries"),
    ),
    Permission(
        name="Modify Metadata Through Metadata API Functions",
        why=say("salesforce.why_metadata"),
        lost=say("salesforce.lost_metadata"),
    ),
    Permission(
        name="Manage Sharing",
        why=say("salesforce.why_sharing"),
        lost=say("salesforce.lost_sharing"),
    ),
)

SIGN_INS = (
    SignIn(
        title=say("salesforce.by_key"),
        keys={
            "consumer_key": "3MVG9…",
            "username": "audit@example.co.jp",
            "private_key": "file:salesforce.key",
        },
    ),
    SignIn(
        title=say("salesforce.by_secret"),
        keys={"consumer_key": "3MVG9…", "consumer_secret": "keyring:salesforce"},
    ),
    SignIn(title=say("salesforce.by_token"), keys={"access_token": "env:SF_ACCESS_TOKEN"}),
)
"""Sign-in methods; the first is recommended for scheduled scans."""
