"""The permissions of the audit user, by their names in the API and in Setup."""

from __future__ import annotations

from connectors.sdk.message import say
from connectors.sdk.permissions import Permission, SignIn

SETUP = "PermissionsViewSetup"
DATA = "PermissionsViewAllData"
FILES = "PermissionsQueryAllFiles"
DELIVERIES = "PermissionsDistributeFromPersWksp"
METADATA = ("PermissionsModifyMetadata", "PermissionsModifyAllData")  # one of them
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
"""Ways to sign in, the one that lasts first."""
