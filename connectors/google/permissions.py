"""The permissions of the app (Google says: OAuth scopes), by what they are needed for.

Each group is a token of its own: one permission that the administrator did not grant fails a
whole token, and the only ones that could open files or change groups must not be in every hand.
"""

from __future__ import annotations

from connectors.sdk.message import say
from connectors.sdk.permissions import Permission, SignIn

DIRECTORY = (
    "admin.directory.domain.readonly",
    "admin.directory.group.readonly",
    "admin.directory.user.readonly",
)
FILES = ("drive.metadata.readonly",)
DRIVES = ("drive.readonly",)  # `drives.list` accepts nothing less
GROUP_SETTINGS = ("apps.groups.settings",)  # Google offers none that only reads
POLICIES = ("cloud-identity.policies.readonly",)
TRUSTED = ("cloud-identity.allowlisteddomains.readonly",)
UNITS = ("admin.directory.orgunit.readonly",)

ROOT = "https://www.googleapis.com/auth/"

PERMISSIONS = (
    Permission(
        name=ROOT + "admin.directory.user.readonly",
        why=say("google.why_users"),
        lost=say("google.lost_users"),
        minimal=True,
    ),
    Permission(
        name=ROOT + "admin.directory.domain.readonly",
        why=say("google.why_domains"),
        lost=say("google.lost_domains"),
        minimal=True,
    ),
    Permission(
        name=ROOT + "admin.directory.group.readonly",
        why=say("google.why_groups"),
        lost=say("google.lost_groups"),
        minimal=True,
    ),
    Permission(
        name=ROOT + FILES[0],
        why=say("google.why_files"),
        lost=say("google.lost_files"),
        minimal=True,
    ),
    Permission(
        name=ROOT + DRIVES[0],
        why=say("google.why_drives"),
        lost=say("google.lost_drives"),
    ),
    Permission(
        name=ROOT + GROUP_SETTINGS[0],
        why=say("google.why_group_settings"),
        lost=say("google.lost_group_settings"),
    ),
    Permission(
        name=ROOT + POLICIES[0],
        why=say("google.why_policies"),
        lost=say("google.lost_policies"),
    ),
    Permission(
        name=ROOT + TRUSTED[0],
        why=say("google.why_trusted"),
        lost=say("google.lost_trusted"),
    ),
    Permission(
        name=ROOT + UNITS[0],
        why=say("google.why_units"),
        lost=say("google.lost_units"),
    ),
)

SIGN_INS = (
    SignIn(
        title=say("google.by_key"),
        keys={"service_account": "file:service-account.json"},
    ),
    SignIn(
        title=say("google.by_loan"),
        keys={
            "service_account": "file:application_default_credentials.json",
            "impersonate": "audit@example-project.iam.gserviceaccount.com",
        },
    ),
    SignIn(title=say("google.by_person"), keys={"oauth_client": "file:client.json"}),
)
"""Ways to sign in, the simplest that reads everything first."""


def to_paste(groups: tuple[tuple[str, ...], ...]) -> str:
    """The exact list to paste into the Admin console."""
    return ",".join(ROOT + permission for group in groups for permission in group)
