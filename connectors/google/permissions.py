"""OAuth scopes of the application, grouped by what they are needed for ("permissions" here).

Each group is requested as a token of its own, for two reasons. One scope that the administrator
did not authorise fails the whole token. And the scopes that could open files or change groups
must not be part of the tokens of ordinary users.

Source: https://github.com/GAM-team/GAM/blob/main/src/gam/gamlib/glapi.py (read 2026-11-29)
"""

from __future__ import annotations

from connectors.sdk.message import say
from connectors.sdk.permissions import Permission, SignIn

DIRECTORY = (
    "admin.directory.domain.readonly",
    "admin.directory.group.readonly",
    "admin.directory.user.readonly",
)
# Suffices for files, permissions, changes and labels, and cannot open a file.
# Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
FILES = ("drive.metadata.readonly",)
# `drives.list` accepts `drive` and `drive.readonly` only, although it lists no content.
# Source: https://developers.google.com/drive/api/reference/rest/v3/drives/list (read 2026-11-29)
DRIVES = ("drive.readonly",)
# The only scope of the Groups Settings API; it could change settings as well.
# Source: https://groupssettings.googleapis.com/$discovery/rest?version=v1 (read 2026-11-29)
GROUP_SETTINGS = ("apps.groups.settings",)
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
"""Ways to sign in; first the simplest one that reads the whole tenant."""


def to_paste(groups: tuple[tuple[str, ...], ...]) -> str:
    """Return the full OAuth scopes of all groups, comma-separated for the Admin console."""
    return ",".join(ROOT + permission for group in groups for permission in group)
