"""Types of Google's JSON, limited to the fields that are requested.

The names of the fields are Google's. Only those marked `Required` are always present.
"""

from __future__ import annotations

from typing import Any, Required, TypedDict


class DrivePermission(TypedDict, total=False):
    """A grant on a file, folder or shared drive.

    `expirationTime` is possible for users and groups only. There is no creation time and no author.

    Source: https://developers.google.com/drive/api/reference/rest/v3/permissions (read 2026-11-29)
    """

    id: Required[str]
    type: str
    role: str
    emailAddress: str
    domain: str
    allowFileDiscovery: bool
    expirationTime: str
    deleted: bool
    pendingOwner: bool
    view: str
    permissionDetails: list[dict[str, Any]]


class Revision(TypedDict, total=False):
    """The state of publication of a document's revision.

    Source: https://developers.google.com/drive/api/reference/rest/v3/revisions (read 2026-11-30)
    """

    id: Required[str]
    published: bool
    publishedOutsideDomain: bool


class LinkShareMetadata(TypedDict, total=False):
    """Whether a link from before 2021 opens the file without the resource key of newer links.

    Source: https://developers.google.com/workspace/drive/api/guides/resource-keys (read 2026-11-29)
    """

    securityUpdateEligible: bool
    securityUpdateEnabled: bool


class File(TypedDict, total=False):
    """A file or folder.

    `permissions` and `ownedByMe` are never present for items of a shared drive; those have
    `permissionIds` and `hasAugmentedPermissions`. In My Drive `permissions` is absent, and not
    empty, where the user may not share the file.

    Source: https://developers.google.com/drive/api/reference/rest/v3/files (read 2026-11-29)
    """

    id: Required[str]
    name: str
    mimeType: str
    trashed: bool
    createdTime: str
    modifiedTime: str
    parents: list[str]
    ownedByMe: bool
    driveId: str
    linkShareMetadata: LinkShareMetadata
    permissions: list[DrivePermission]
    permissionIds: list[str]
    hasAugmentedPermissions: bool
    inheritedPermissionsDisabled: bool


class FilePage(TypedDict, total=False):
    """One page of `files.list`. Any page may hold fewer files than asked for, or none."""

    nextPageToken: str
    incompleteSearch: bool
    files: list[File]


class Change(TypedDict, total=False):
    """An entry of a change log: the present state of a file, or that it left the log's view.

    `removed` means deleted, or not accessible to this user any more.

    Source: https://developers.google.com/drive/api/reference/rest/v3/changes (read 2026-11-29)
    """

    changeType: str
    removed: bool
    fileId: str
    file: File


class ChangePage(TypedDict, total=False):
    """One page of `changes.list`. Only the last one has `newStartPageToken`, for the next run."""

    nextPageToken: str
    newStartPageToken: str
    changes: list[Change]


class DriveInfo(TypedDict, total=False):
    """A shared drive with its restrictions."""

    id: Required[str]
    name: Required[str]
    restrictions: dict[str, bool]


class User(TypedDict, total=False):
    """An account of the directory."""

    id: Required[str]
    primaryEmail: Required[str]
    customerId: str
    suspended: bool
    archived: bool
    creationTime: str
    aliases: list[str]
    nonEditableAliases: list[str]
    isGuestUser: bool
    guestAccountInfo: dict[str, str]


class Group(TypedDict, total=False):
    """A group of the directory."""

    id: Required[str]
    email: Required[str]
    name: str


class GroupPage(TypedDict, total=False):
    """One page of `groups.list`."""

    nextPageToken: str
    groups: list[Group]


class Member(TypedDict, total=False):
    """A member of a group: a user, a group, or everybody in the tenant (type `CUSTOMER`)."""

    id: Required[str]
    email: str
    type: str
    status: str
    role: str


class Policy(TypedDict, total=False):
    """One setting and its value, for an organisational unit or a group."""

    type: str
    policyQuery: dict[str, Any]
    setting: dict[str, Any]


class LabelField(TypedDict, total=False):
    """The value of one field of a label."""

    selection: list[str]


class Label(TypedDict, total=False):
    """A label on a file, with its fields by id."""

    id: Required[str]
    fields: dict[str, LabelField]
