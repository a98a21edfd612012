"""Estimate of the cost of a full scan, from listings and small samples of Drives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from typing import TypeVar

from connectors.google import multipart, quota_units
from connectors.google.admin_api import AdminApi
from connectors.google.api import iter_pages
from connectors.google.api_types import DriveInfo, File, User
from connectors.google.client import Client
from connectors.google.impersonation import candidate_readers
from connectors.google.normalize import InternalDomains
from connectors.google.publications import PUBLISHABLE
from connectors.google.settings import Settings
from connectors.sdk.errors import AccessDenied
from connectors.sdk.estimate import EstimatePart, ScanEstimate
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN

A = TypeVar("A")
_MAX_READERS = 3  # members to try for one shared drive
_SAMPLE_SIZE = 24  # users, and as many shared drives
_MAX_PAGES = 3  # pages that are counted of one Drive; a larger one counts as that large
# Ids on a page of files.list.
# Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
_IDS_PER_PAGE = 1000
# Files on a page that carries permissions: Google was seen to return fewer than asked for.
# Source: https://github.com/googleapis/google-api-nodejs-client/issues/722 (read 2026-11-29)
_FILES_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class _DriveCost:
    """The cost of reading one Drive.

    Attributes:
        files: The number of files; for a large Drive at least so many.
        calls: HTTP requests, a batch counted as one.
        units: Quota units of the Drive API.
    """

    files: int = 0
    calls: int = 0
    units: int = 0


class Estimator:
    """The estimated costs of one Workspace."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        admin: AdminApi,
        context: ConnectorContext,
        internal: InternalDomains,
    ) -> None:
        self._settings = settings
        self._client = client
        self._admin = admin
        self._map = context.map
        self._internal = internal
        self._publications = settings.published_revisions == "all"

    def estimate(self) -> ScanEstimate:
        """Return the estimate of a full scan. Drives outside the sample count like those in it.

        Raises:
            AccessDenied: The users or groups of the tenant may not be listed.
        """
        users = list(self._admin.users())
        drives = self._drives()
        parts = (
            self._listing(users, drives),
            self._my_drives(users),
            self._shared_drives(drives or ()),
            self._directory(),
        )
        return ScanEstimate(
            parts=tuple(part for part in parts if part.scopes),
            per_minute=quota_units.UNITS_PER_MINUTE,
            per_day=quota_units.UNITS_PER_DAY,
        )

    def _drives(self) -> list[DriveInfo] | None:
        """Return the shared drives; None if they may not be listed."""
        if configured := self._settings.shared_drives:
            return [{"id": id_, "name": id_} for id_ in configured]
        try:
            return list(self._client.shared_drives())
        except AccessDenied:
            return None

    def _listing(self, users: Sequence[User], drives: Sequence[DriveInfo] | None) -> EstimatePart:
        directory = 2 + ceil(len(users) / 500)
        if drives is None:
            listed = 2 + len(users)
        else:
            listed = 0 if self._settings.shared_drives else max(1, ceil(len(drives) / 100))
        tokens = (
            len(self._settings.required_permissions) - 1
        )  # the one for files is counted with the user
        policy_calls = 7 if self._settings.policies else 0
        return EstimatePart(
            title=say("google.part_listing"),
            scopes=2,
            items=len(users) + len(drives or ()),
            calls=directory + listed + tokens + policy_calls,
            units=(directory + bool(policy_calls)) * quota_units.DIRECTORY_UNITS
            + listed * quota_units.LIST_UNITS
            + max(0, policy_calls - 1) * quota_units.POLICY_UNITS,
        )

    def _my_drives(self, users: Sequence[User]) -> EstimatePart:
        sample = _sample(users)
        sizes = list(self._map(self._own_drive, sample))
        share = len(users) / max(1, len(sample))
        return EstimatePart(
            title=say("google.part_my_drives"),
            scopes=len(users),
            items=round(share * sum(s.files for s in sizes)),
            calls=round(share * sum(s.calls for s in sizes)),
            units=round(share * sum(s.units for s in sizes)),
            exact=len(sample) == len(users) and not self._settings.drive_labels,
        )

    def _own_drive(self, user: User) -> _DriveCost:
        return _my_drive(self._client, user["primaryEmail"], publications=self._publications)

    def _shared_drives(self, drives: Sequence[DriveInfo]) -> EstimatePart:
        sample = _sample(drives)
        sizes = list(self._map(lambda drive: self._shared_drive(drive["id"]), sample))
        share = len(drives) / max(1, len(sample))
        return EstimatePart(
            title=say("google.part_shared_drives"),
            scopes=len(drives),
            items=round(share * sum(s.files for s in sizes)),
            calls=round(share * sum(s.calls for s in sizes)),
            units=round(share * sum(s.units for s in sizes)),
            exact=len(sample) == len(drives) and not self._settings.drive_labels,
        )

    def _shared_drive(self, drive_id: str) -> _DriveCost:
        """Return the cost of one shared drive.

        Counted are members, the change token, pages, and batches of permissions and revisions.
        """
        members = self._client.shared_drive_members(drive_id)
        for reader in islice(
            candidate_readers(members, self._internal, lambda _: ()), _MAX_READERS
        ):
            try:
                read = self._first_pages(reader.mail, drive_id)
            except AccessDenied:
                continue
            own = [sum(f.get("hasAugmentedPermissions", False) for f in files) for files in read]
            documents = [_count_documents(files) if self._publications else 0 for files in read]
            listed = len(read)
            return _DriveCost(
                files=sum(map(len, read)),
                calls=2 + listed + sum(ceil(n / multipart.MAX_PARTS) for n in (*own, *documents)),
                units=(1 + listed + sum(own)) * quota_units.LIST_UNITS
                + (1 + sum(documents)) * quota_units.GET_UNITS,
            )
        return _DriveCost(calls=2, units=2 * quota_units.LIST_UNITS)

    def _first_pages(self, reader: str, drive_id: str) -> list[list[File]]:
        listed = iter_pages(
            lambda token: self._client.shared_drive_files(reader, drive_id, token), "files"
        )
        return [page.get("files", []) for page in islice(listed, _MAX_PAGES)]

    def _directory(self) -> EstimatePart:
        """Return the estimate for groups and their settings.

        Reading their members is left out: which groups have grants is not known before the scan.
        """
        groups = sum(len(p.get("groups", [])) for p in iter_pages(self._admin.groups, "groups"))
        settings_calls = groups if self._settings.group_settings else 0
        calls = max(1, ceil(groups / 200)) + settings_calls
        return EstimatePart(
            title=say("google.part_groups"),
            scopes=1,
            items=groups if settings_calls else UNKNOWN,
            calls=calls,
            units=calls * quota_units.DIRECTORY_UNITS,
            exact=False,
        )


def single_drive_estimate(client: Client, user: str, *, publications: bool) -> EstimatePart:
    """Return the estimate for the Drive of one user.

    Args:
        client: The Drive API.
        user: The address of the user.
        publications: True if what is published to the web is read.

    Raises:
        UnexpectedResponse: Google answered something that is not known.
    """
    size = _my_drive(client, user, publications=publications)
    return EstimatePart(
        title=say("google.part_my_drives"),
        scopes=1,
        items=size.files,
        calls=size.calls,
        units=size.units,
        exact=size.files < _MAX_PAGES * _IDS_PER_PAGE,
    )


def _my_drive(client: Client, user: str, *, publications: bool) -> _DriveCost:
    """Return the cost of one My Drive: access token, change token, pages and batches of revisions.

    An account that is unavailable costs one call.
    """
    try:
        pages = iter_pages(lambda token: client.my_drive_file_ids(user, token), "files")
        files = [file for page in islice(pages, _MAX_PAGES) for file in page["files"]]
    except AccessDenied:
        return _DriveCost(calls=1)
    listed = max(1, ceil(len(files) / _FILES_PER_PAGE))
    documents = _count_documents(files) if publications else 0
    return _DriveCost(
        files=len(files),
        calls=listed + 2 + min(listed, documents),  # a batch for each page with documents
        units=listed * quota_units.LIST_UNITS + (1 + documents) * quota_units.GET_UNITS,
    )


def _count_documents(files: Sequence[File]) -> int:
    return sum(file.get("mimeType") in PUBLISHABLE for file in files)


def _sample(things: Sequence[A]) -> Sequence[A]:
    """Return at most 24 elements, taken at equal distances."""
    step = max(1, ceil(len(things) / _SAMPLE_SIZE))
    return things[step // 2 :: step]
