"""The parts of Google's JSON that are asked for. Only ids are sure to be there."""

from __future__ import annotations

from typing import Any, Required, TypedDict


class Permission(TypedDict, total=False):
    """A grant as Drive tells it."""

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


class LinkShare(TypedDict, total=False):
    """Whether an old link works without the key that newer ones carry."""

    securityUpdateEligible: bool
    securityUpdateEnabled: bool


class File(TypedDict, total=False):
    """A file or folder. `permissions` only in My Drive, `permissionIds` in shared drives."""

    id: Required[str]
    name: str
    mimeType: str
    trashed: bool
    createdTime: str
    modifiedTime: str
    parents: list[str]
    ownedByMe: bool
    driveId: str
    linkShareMetadata: LinkShare
    permissions: list[Permission]
    permissionIds: list[str]
    hasAugmentedPermissions: bool
    inheritedPermissionsDisabled: bool


class FilePage(TypedDict, total=False):
    """One answer of `files.list`; how many files it holds says nothing about the end."""

    nextPageToken: str
    incompleteSearch: bool
    files: list[File]


class Change(TypedDict, total=False):
    """An entry of a log: the state now, or that the file is gone from this view."""

    changeType: str
    removed: bool
    fileId: str
    file: File


class ChangePage(TypedDict, total=False):
    """One answer of `changes.list`; the last one tells where the next reading begins."""

    nextPageToken: str
    newStartPageToken: str
    changes: list[Change]


class DriveInfo(TypedDict, total=False):
    """A shared drive."""

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


class Group(TypedDict, total=False):
    """A group of the directory."""

    id: Required[str]
    email: Required[str]
    name: str


class GroupPage(TypedDict, total=False):
    """One answer of `groups.list`."""

    nextPageToken: str
    groups: list[Group]


class Member(TypedDict, total=False):
    """Somebody, or a group, in a group."""

    id: Required[str]
    email: str
    type: str
    status: str
    role: str


class Policy(TypedDict, total=False):
    """One setting as it holds for a unit or a group."""

    type: str
    policyQuery: dict[str, Any]
    setting: dict[str, Any]


class LabelField(TypedDict, total=False):
    """What was written into a field of a label."""

    selection: list[str]


class Label(TypedDict, total=False):
    """A label on a file, with its fields by their ids."""

    id: Required[str]
    fields: dict[str, LabelField]
