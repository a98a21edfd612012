"""OAuth scopes of the application, grouped by what they are needed for ("permissions" here).

Each group is requested as a token of its own, for two reasons. One scope that the administrator
did not authorise fails the whole token. And the scopes that could open files or change groups
must not be part of the tokens of ordinary users.

Source: https://github.com/GAM-team/GAM/blob/main/src/gam/gamlib/glapi.py (read 2026-11-29)
"""

from __future__ import annotations

from connectors.sdk.message import say
from connectors.sdk.permissions import Permission, SignInMethod

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

SCOPE_PREFIX = "https://www.googleapis.com/auth/"

PERMISSIONS = (
    Permission(
        name=SCOPE_PREFIX + "admin.directory.user.readonly",
        why=say("google.why_users"),
        consequence=say("google.lost_users"),
        minimal=True,
    ),
    Permission(
        name=SCOPE_PREFIX + "admin.directory.domain.readonly",
        why=say("google.why_domains"),
        consequence=say("google.lost_domains"),
        minimal=True,
    ),
    Permission(
        name=SCOPE_PREFIX + "admin.directory.group.readonly",
        why=say("google.why_groups"),
        consequence=say("google.lost_groups"),
        minimal=True,
    ),
    Permission(
        name=SCOPE_PREFIX + FILES[0],
        why=say("google.why_files"),
        consequence=say("google.lost_files"),
        minimal=True,
    ),
    Permission(
        name=SCOPE_PREFIX + DRIVES[0],
        why=say("google.why_drives"),
        consequence=say("google.lost_drives"),
    ),
    Permission(
        name=SCOPE_PREFIX + GROUP_SETTINGS[0],
        why=say("google.why_group_settings"),
        consequence=say("google.lost_group_settings"),
    ),
    Permission(
        name=SCOPE_PREFIX + POLICIES[0],
        why=say("google.why_policies"),
        consequence=say("google.lost_policies"),
    ),
    Permission(
        name=SCOPE_PREFIX + TRUSTED[0],
        why=say("google.why_trusted"),
        consequence=say("google.lost_trusted"),
    ),
    Permission(
        name=SCOPE_PREFIX + UNITS[0],
        why=say("google.why_units"),
        consequence=say("google.lost_units"),
    ),
)

SIGN_INS = (
    SignInMethod(
        title=say("google.by_key"),
        keys={"service_account": "file:service-account.json"},
    ),
    SignInMethod(
        title=say("google.by_loan"),
        keys={
            "service_account": "file:application_default_credentials.json",
            "impersonate": "audit@example-project.iam.gserviceaccount.com",
        },
    ),
    SignInMethod(title=say("google.by_person"), keys={"oauth_client": "file:client.json"}),
)
"""Ways to sign in; first the simplest one that reads the whole tenant."""


def scope_list(groups: tuple[tuple[str, ...], ...]) -> str:
    """Return the full OAuth scopes of all groups, comma-separated for the Admin console."""
    return ",".join(SCOPE_PREFIX + permission for group in groups for permission in group)
