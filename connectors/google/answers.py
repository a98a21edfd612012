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
    view: str
    permissionDetails: list[dict[str, Any]]


class File(TypedDict, total=False):
    """A file or folder. `permissions` only in My Drive, `permissionIds` in shared drives."""

    id: Required[str]
    name: str
    mimeType: str
    trashed: bool
    createdTime: str
    modifiedTime: str
    parents: list[str]
    permissions: list[Permission]
    permissionIds: list[str]
    hasAugmentedPermissions: bool
    inheritedPermissionsDisabled: bool


class FilePage(TypedDict, total=False):
    """One answer of `files.list`; how many files it holds says nothing about the end."""

    nextPageToken: str
    incompleteSearch: bool
    files: list[File]


class User(TypedDict, total=False):
    """An account of the directory."""

    id: Required[str]
    primaryEmail: Required[str]
    customerId: str
    suspended: bool
    archived: bool


class Member(TypedDict, total=False):
    """Somebody, or a group, in a group."""

    id: Required[str]
    email: str
    type: str
    status: str
