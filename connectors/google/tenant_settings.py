"""Scan of the tenant's settings: sharing of Drive and Groups, by organisational unit.

Source: https://docs.cloud.google.com/identity/docs/concepts/policy-api-concepts (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from connectors.google.admin_api import AdminApi
from connectors.google.api import checked_text, unexpected_answer
from connectors.google.api_types import Policy
from connectors.google.errors import LOCAL_ERRORS
from connectors.google.normalize import setting_value
from connectors.sdk.errors import ConnectorError, UnexpectedResponse
from connectors.sdk.records import (
    UNKNOWN,
    Checkpoint,
    Coverage,
    Record,
    Setting,
    Started,
    Status,
    Unknown,
)

A = TypeVar("A")
_APPLICATIONS = ("drive_and_docs", "groups_for_business", "chat", "sites")
_SHARING_MODE = "drive_and_docs.external_sharing.externalSharingMode"
_ALLOWLISTED = "ALLOWLISTED_DOMAINS"  # the mode in which the allowlisted domains matter
DEFAULT_SUBJECT = "(default)"  # subject of a setting that no policy states
_DEFAULT_VALUES: dict[str, str | bool] = {
    "drive_and_docs.external_sharing.externalSharingMode": "ALLOWED",
    "drive_and_docs.external_sharing.allowPublishingFiles": True,
    "drive_and_docs.general_access_default.defaultFileAccess": "PRIVATE_TO_OWNER",
    "drive_and_docs.shared_drive_creation.allowExternalUserAccess": True,
    "drive_and_docs.shared_drive_creation.allowNonMemberAccess": True,
    "drive_and_docs.shared_drive_creation.allowManagersToOverrideSettings": True,
    "groups_for_business.groups_sharing.collaborationCapability": "DOMAIN_USERS_ONLY",
    "chat.chat_file_sharing.externalFileSharing": "ALL_FILES",
}
"""Defaults of settings that were never changed, for which Google may list no policy.

They are yielded with the subject `(default)`. Google's own list has `LINK_SHARING_PRIVATE` for
`defaultFileAccess`.

Source: https://github.com/cisagov/ScubaGoggles (read 2026-11-29)
The defaults of `shared_drive_creation`:
Source: not documented; assumed
"""


class TenantSettingsReader:
    """Reader of the sharing settings of one Workspace."""

    def __init__(self, admin: AdminApi) -> None:
        self._admin = admin
        self._gaps: list[ConnectorError] = []

    def records(self) -> Iterator[Record]:
        """Yield every setting; its subject is the organisational unit or group for which it holds.

        What is refused about one application, the units or the allowlisted domains costs itself:
        ids take the place of paths, the domains are unknown.

        Raises:
            ConnectorError: The policies of no application may be read.
        """
        policies = self._all_policies()
        units = self._units()
        yield Started(full=True, resumed=False)
        listed: dict[str, set[Any]] = {}
        for setting in _effective_settings(policies, units):
            listed.setdefault(setting.id, set()).add(setting.value)
            yield setting
        for name, value in _DEFAULT_VALUES.items():
            if name not in listed and name.partition(".")[0] in self._read:
                yield Setting(id=name, value=value, subject=DEFAULT_SUBJECT)
        domains = self._trusted_domains(needed=_ALLOWLISTED in listed.get(_SHARING_MODE, ()))
        yield Setting(id="allowlistedDomains.domain", value=domains)
        yield Checkpoint(cursor="")
        yield self._coverage()

    def _coverage(self) -> Coverage:
        if not self._gaps:
            return Coverage(status=Status.COMPLETE)
        first = self._gaps[0]
        return Coverage(status=Status.PARTIAL, reason=first.message, hint=first.hint)

    def _all_policies(self) -> list[Policy]:
        found: list[Policy] = []
        self._read: set[str] = set()
        for application in _APPLICATIONS:
            try:
                found += self._policies(application)
                self._read.add(application)
            except LOCAL_ERRORS as refusal:
                self._gaps.append(refusal)
        if not self._read:
            raise self._gaps[0]
        return found

    def _policies(self, application: str) -> list[Policy]:
        """Return the policies of an application. None at all are asked for twice.

        Raises:
            UnexpectedResponse: There are none of Drive, which no tenant was seen without.
        """
        found = self._twice(lambda: list(self._admin.policies(application)))
        if not found and application == _APPLICATIONS[0]:
            raise unexpected_answer()
        return found

    def _trusted_domains(self, *, needed: bool) -> str | Unknown:
        """Return the allowlisted domains; unknown if they are refused, or missing though needed."""
        try:
            domains = self._twice(lambda: list(self._admin.trusted_domains()))
            if needed and not domains:
                raise unexpected_answer()
        except LOCAL_ERRORS as refusal:
            self._gaps.append(refusal)
            return UNKNOWN
        return ", ".join(sorted(domains))

    def _units(self) -> dict[str, str]:
        """Return the paths of organisational units by id; empty if they may not be read."""
        try:
            units = self._admin.org_units()
            return {
                checked_text(u, "orgUnitId").removeprefix("id:"): checked_text(u, "orgUnitPath")
                for u in units
            }
        except LOCAL_ERRORS as refusal:
            self._gaps.append(refusal)
            return {}

    @staticmethod
    def _twice(ask: Callable[[], list[A]]) -> list[A]:
        """Return a list that may be empty: one that is empty or not understood is asked again."""
        try:
            return ask() or ask()
        except UnexpectedResponse:
            return ask()


def _effective_settings(policies: list[Policy], units: dict[str, str]) -> Iterator[Setting]:
    """Yield the settings of each unit and group.

    For one unit, the policy with the highest `sortOrder` counts. Where a unit sets a part of a
    setting, the other parts are those of its nearest parent that sets them: they are judged
    together, and the root's would be another unit's.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}  # setting -> subject -> field -> value
    for policy in sorted(policies, key=_order):
        setting = policy.get("setting", {})
        name = str(setting.get("type", "")).removeprefix("settings/")
        value = setting.get("value", {})
        if isinstance(value, dict):
            fields = found.setdefault(name, {}).setdefault(_subject(policy, units), {})
            fields |= cast("dict[str, Any]", value)
    for name, subjects in found.items():
        for subject in subjects:
            inherited: dict[str, Any] = {}
            for above in reversed(_lineage(subject)):
                inherited |= subjects.get(above, {})
            for key, value in inherited.items():
                yield Setting(id=f"{name}.{key}", value=setting_value(value), subject=subject)


def _order(policy: Policy) -> float:
    order = policy.get("policyQuery", {}).get("sortOrder", 0)
    return order if isinstance(order, int | float) else 0


def _lineage(subject: str) -> list[str]:
    """Return a subject and the units that it inherits from, the nearest first.

    A group inherits from the root, as far as its members' units are not known.
    """
    if not subject.startswith("/"):
        return [subject, "/"]
    path, lineage = subject, [subject]
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        lineage.append(path)
    return lineage


def _subject(policy: Policy, units: dict[str, str]) -> str:
    query = policy.get("policyQuery", {})
    if group := query.get("group"):
        return str(group)
    unit = str(query.get("orgUnit", ""))
    return units.get(unit.removeprefix("orgUnits/"), unit)
