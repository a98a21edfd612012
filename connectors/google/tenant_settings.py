"""Scan of the tenant's settings: sharing of Drive and Groups, by organisational unit.

Source: https://docs.cloud.google.com/identity/docs/concepts/policy-api-concepts (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from connectors.google.admin_api import AdminApi
from connectors.google.api_types import Policy
from connectors.google.normalize import setting_value
from connectors.sdk.errors import AccessDenied
from connectors.sdk.records import (
    UNKNOWN,
    Checkpoint,
    Coverage,
    Record,
    Setting,
    Started,
    Status,
)

_APPLICATIONS = ("drive_and_docs", "groups_for_business")
DEFAULT_SUBJECT = "(default)"  # subject of a setting that no policy states
_DEFAULT_VALUES: dict[str, str | bool] = {
    "drive_and_docs.external_sharing.externalSharingMode": "ALLOWED",
    "drive_and_docs.external_sharing.allowPublishingFiles": True,
    "drive_and_docs.general_access_default.defaultFileAccess": "PRIVATE_TO_OWNER",
    "drive_and_docs.shared_drive_creation.allowExternalUserAccess": True,
    "drive_and_docs.shared_drive_creation.allowNonMemberAccess": True,
    "drive_and_docs.shared_drive_creation.allowManagersToOverrideSettings": True,
    "groups_for_business.groups_sharing.collaborationCapability": "DOMAIN_USERS_ONLY",
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

    def records(self) -> Iterator[Record]:
        """Yield every setting; its subject is the organisational unit or group for which it holds.

        Raises:
            AccessDenied: The policies may not be read. Missing access to organisational units or
                allowlisted domains is no error: ids take the place of paths, the domains are
                unknown.
        """
        policies = list(chain.from_iterable(map(self._admin.policies, _APPLICATIONS)))
        units = self._units()
        yield Started(full=True, resumed=False)
        listed: set[str] = set()
        for setting in _effective_settings(policies, units):
            listed.add(setting.id)
            yield setting
        for name, value in _DEFAULT_VALUES.items():
            if name not in listed:
                yield Setting(id=name, value=value, subject=DEFAULT_SUBJECT)
        coverage = Coverage(status=Status.COMPLETE)
        try:
            domains = ", ".join(sorted(self._admin.trusted_domains()))
        except AccessDenied as refusal:
            domains = UNKNOWN
            coverage = Coverage(status=Status.PARTIAL, reason=refusal.message, hint=refusal.hint)
        yield Setting(id="allowlistedDomains.domain", value=domains)
        yield Checkpoint(cursor="")
        yield coverage

    def _units(self) -> dict[str, str]:
        """Return the paths of organisational units by id; empty if they may not be read."""
        try:
            units = self._admin.org_units()
        except AccessDenied:
            return {}
        return {u["orgUnitId"].removeprefix("id:"): u["orgUnitPath"] for u in units}


def _effective_settings(policies: list[Policy], units: dict[str, str]) -> Iterator[Setting]:
    """Yield the effective settings: for one unit, the policy with the highest `sortOrder`."""
    found: dict[tuple[str, str], Setting] = {}
    for policy in sorted(policies, key=lambda p: p.get("policyQuery", {}).get("sortOrder", 0)):
        setting = policy.get("setting", {})
        name = str(setting.get("type", "")).removeprefix("settings/")
        subject = _subject(policy, units)
        for key, value in setting.get("value", {}).items():
            found_setting = Setting(id=f"{name}.{key}", value=setting_value(value), subject=subject)
            found[found_setting.id, found_setting.subject] = found_setting
    yield from found.values()


def _subject(policy: Policy, units: dict[str, str]) -> str:
    query = policy.get("policyQuery", {})
    if group := query.get("group"):
        return str(group)
    unit = str(query.get("orgUnit", ""))
    return units.get(unit.removeprefix("orgUnits/"), unit)
