"""The permissions of the app (Google says: OAuth scopes), by what they are needed for.

They are asked for in three separate tokens: one permission that the administrator did not grant
fails a whole token, and the only one that could open files must not be in every hand.
"""

from __future__ import annotations

DIRECTORY = (
    "admin.directory.domain.readonly",
    "admin.directory.group.readonly",
    "admin.directory.user.readonly",
)
FILES = ("drive.metadata.readonly",)
DRIVES = ("drive.readonly",)  # `drives.list` accepts nothing less

ROOT = "https://www.googleapis.com/auth/"


def to_grant(*, list_drives: bool) -> str:
    """The exact list to paste into the Admin console."""
    wanted = (*DIRECTORY, *FILES, *(DRIVES if list_drives else ()))
    return ",".join(ROOT + p for p in wanted)
