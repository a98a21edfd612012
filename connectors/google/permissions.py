"""The permissions of the app (Google says: OAuth scopes), by what they are needed for.

Each group is a token of its own: one permission that the administrator did not grant fails a
whole token, and the only ones that could open files or change groups must not be in every hand.
"""

from __future__ import annotations

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


def to_paste(groups: tuple[tuple[str, ...], ...]) -> str:
    """The exact list to paste into the Admin console."""
    return ",".join(ROOT + permission for group in groups for permission in group)
