"""The checks of `doctor`: every permission that a scan uses, with one small call each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

from connectors.m365.client import PREFER
from connectors.m365.credentials import expiry_of
from connectors.m365.errors import AccessDenied, LicenseRequired, NotFound
from connectors.m365.graph import Graph, Page
from connectors.m365.permissions import FULL_CONTROL, SHAREPOINT_FULL_CONTROL
from connectors.m365.settings import Settings
from connectors.m365.sharepoint import SharePointRest
from connectors.m365.spo_tenant import SPO_TENANT_PATH, admin_site_of, root_site_of
from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.errors import ConnectorError, SignInError
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import Message, say

# Entra tolerates 5 minutes.
# Source: not documented; assumed
MAX_CLOCK_SKEW = 120  # seconds by which the clock may differ without a warning
EXPIRY_WARNING_DAYS = 30  # days before a certificate expires from which on there is a warning

_FIRST_TEAM = "/groups?$filter=resourceProvisioningOptions/Any(x:x%20eq%20'Team')&$select=id&$top=1"
_GUESTS = "/users?$filter=userType%20eq%20'Guest'&$top=1"


@dataclass(frozen=True, slots=True)
class PermissionCheck:
    """The check of one permission.

    Attributes:
        permission: Its name.
        path: The path of a call that needs it.
        lost: What a scan lacks without it.
        outcome: The outcome of the check when it is missing.
    """

    permission: str
    path: str
    lost: Message
    outcome: CheckOutcome = CheckOutcome.WARN


_PERMISSION_CHECKS = (
    PermissionCheck(
        "Organization.Read.All",
        "/subscribedSkus?$select=prepaidUnits",
        say("m365.lost_quota"),
        CheckOutcome.FAIL,
    ),
    PermissionCheck(
        "Sites.Read.All",
        "/sites/getAllSites?$select=id&$top=1",
        say("m365.lost_sites"),
        CheckOutcome.FAIL,
    ),
    PermissionCheck("User.Read.All", f"{_GUESTS}&$select=id", say("m365.no_guests")),
    PermissionCheck("GroupMember.Read.All", "/groups?$select=id&$top=1", say("m365.no_groups")),
    PermissionCheck(
        "RoleManagement.Read.Directory",
        "/roleManagement/directory/roleAssignments",
        say("m365.no_roles"),
    ),
    PermissionCheck(
        "SharePointTenantSettings.Read.All",
        "/admin/sharepoint/settings",
        say("m365.lost_settings"),
    ),
    PermissionCheck("Policy.Read.All", "/policies/authorizationPolicy", say("m365.lost_policies")),
)


class Checks:
    """The checks of one tenant. Nothing is changed; an error becomes a failed check."""

    def __init__(
        self,
        settings: Settings,
        context: ConnectorContext,
        graph: Graph,
        sharepoint: SharePointRest | None,
    ) -> None:
        self._settings = settings
        self._context = context
        self._graph = graph
        self._sharepoint = sharepoint

    def run(self) -> Iterator[Check]:
        """Yield the checks; after a failed sign-in there are no others."""
        yield from self._credential_expiry()
        title = say("m365.check_sign_in")
        try:
            page = self._graph.page("/organization?$select=id,displayName")
        except AccessDenied:  # signed in; a check below names the missing permission
            yield Check(id="sign_in", title=title, outcome=CheckOutcome.PASS)
        except ConnectorError as error:
            yield _failed_check("sign_in", title, error)
            return
        else:
            name = str(page.values[0].get("displayName") or "") if page.values else ""
            detail = say("m365.check_tenant", name=name)
            yield Check(id="sign_in", title=title, outcome=CheckOutcome.PASS, detail=detail)
            yield from self._clock(page)
        if self._settings.sign_in == "device_code":
            yield Check(
                id="sign_in.person",
                title=say("m365.check_person"),
                outcome=CheckOutcome.WARN,
                detail=say("m365.one_person"),
                hint=say("m365.one_person_hint"),
            )
            return
        for spec in _PERMISSION_CHECKS:
            yield self._permission(spec)
        yield from self._channels()
        yield self._sign_ins()
        yield self._full_control()
        if self._sharepoint is not None:
            yield from self._sharepoint_access(self._sharepoint)

    def _credential_expiry(self) -> Iterator[Check]:
        if self._settings.sign_in != "app":
            return
        id_, title = "credential.age", say("m365.check_credential")
        try:
            end = expiry_of(self._settings, self._context)
        except SignInError as error:
            yield _failed_check(id_, title, error)
            return
        if end is None:
            detail, hint = say("m365.check_secret"), say("m365.check_secret_hint")
            yield Check(id=id_, title=title, outcome=CheckOutcome.WARN, detail=detail, hint=hint)
            return
        days = (end - self._context.now()).days
        outcome = (
            CheckOutcome.FAIL
            if days < 0
            else CheckOutcome.WARN
            if days < EXPIRY_WARNING_DAYS
            else CheckOutcome.PASS
        )
        yield Check(
            id=id_,
            title=title,
            outcome=outcome,
            detail=say("m365.check_certificate", date=f"{end:%Y-%m-%d}", days=days),
            hint=None if outcome is CheckOutcome.PASS else say("m365.expired_certificate_hint"),
        )

    def _clock(self, page: Page) -> Iterator[Check]:
        """Compare the clock with that of the service: Entra refuses assertions that are off."""
        theirs = _response_date(page)
        if theirs is None:
            return
        seconds = round(abs((self._context.now() - theirs).total_seconds()))
        outcome = CheckOutcome.PASS if seconds <= MAX_CLOCK_SKEW else CheckOutcome.WARN
        yield Check(
            id="clock",
            title=say("m365.check_clock"),
            outcome=outcome,
            detail=say("m365.check_drift", seconds=seconds),
            hint=None if outcome is CheckOutcome.PASS else say("m365.wrong_clock_hint"),
        )

    def _permission(self, spec: PermissionCheck) -> Check:
        return self._try_permission(spec.permission, lambda: self._graph.get(spec.path), spec)

    def _try_permission(
        self, permission: str, call: Callable[[], object], spec: PermissionCheck
    ) -> Check:
        id_, title = f"permission.{permission}", _permission_title(permission)
        try:
            call()
        except AccessDenied:
            hint = say("m365.denied_hint", permission=permission)
            return Check(id=id_, title=title, outcome=spec.outcome, detail=spec.lost, hint=hint)
        except ConnectorError as error:
            return _failed_check(id_, title, error)
        return Check(id=id_, title=title, outcome=CheckOutcome.PASS)

    def _channels(self) -> Iterator[Check]:
        """Check the permissions for channels on one team; without a team there is no check."""
        try:
            teams = self._graph.page(_FIRST_TEAM).values
        except ConnectorError:  # GroupMember.Read.All is missing, and its own check says so
            return
        for team in teams[:1]:
            channels = f"/teams/{team['id']}/channels"
            lost = say("m365.lost_channels")
            basic = PermissionCheck("Channel.ReadBasic.All", f"{channels}?$select=id", lost)
            yield self._permission(basic)
            member = PermissionCheck("ChannelMember.Read.All", channels, lost)
            yield self._try_permission(
                member.permission, partial(self._read_first_channel, channels), member
            )

    def _read_first_channel(self, channels: str) -> None:
        for channel in self._graph.page(f"{channels}?$select=id").values[:1]:
            self._graph.get(f"{channels}/{channel['id']}/members")

    def _sharepoint_access(self, sharepoint: SharePointRest) -> Iterator[Check]:
        """Check access to SharePoint's REST API: to the root site, and to the admin site."""
        any_site = PermissionCheck(
            SHAREPOINT_FULL_CONTROL, "/_api/site?$select=Id", say("m365.lost_details")
        )
        yield self._try_permission(
            any_site.permission,
            lambda: sharepoint.get(root_site_of(self._graph), any_site.path),
            any_site,
        )
        admin = PermissionCheck(
            SHAREPOINT_FULL_CONTROL, SPO_TENANT_PATH, say("m365.lost_properties")
        )
        check = self._try_permission(
            admin.permission,
            lambda: sharepoint.get(admin_site_of(self._graph), SPO_TENANT_PATH),
            admin,
        )
        yield replace(check, id="read.SPO.Tenant", title=say("m365.check_properties"))

    def _sign_ins(self) -> Check:
        permission = "AuditLog.Read.All"
        title = _permission_title(permission)
        try:
            self._graph.get(f"{_GUESTS}&$select=id,signInActivity")
        except LicenseRequired as error:
            return Check(
                id="licence.sign_ins",
                title=say("m365.check_premium"),
                outcome=CheckOutcome.WARN,
                detail=error.message,
                hint=error.hint,
            )
        except AccessDenied:
            return Check(
                id=f"permission.{permission}",
                title=title,
                outcome=CheckOutcome.WARN,
                detail=say("m365.no_sign_ins"),
                hint=say("m365.denied_hint", permission=permission),
            )
        except ConnectorError as error:
            return _failed_check(f"permission.{permission}", title, error)
        return Check(id=f"permission.{permission}", title=title, outcome=CheckOutcome.PASS)

    def _full_control(self) -> Check:
        """Check Sites.FullControl.All by the header `Preference-Applied` of a delta page.

        Graph refuses nothing without the permission and returns less.

        Source: not documented; assumed
        """
        id_, title = f"permission.{FULL_CONTROL}", _permission_title(FULL_CONTROL)
        try:
            drives = self._graph.page("/sites/root/drives?$select=id").values
            path = f"/drives/{drives[0]['id']}/root/delta?$select=id&$top=1" if drives else ""
            page = self._graph.page(path, {"Prefer": PREFER}) if path else None
        except NotFound:
            page = None
        except ConnectorError as error:
            return _failed_check(id_, title, error)
        if page is None:
            detail = say("m365.check_no_library")
            return Check(id=id_, title=title, outcome=CheckOutcome.WARN, detail=detail)
        if "hierarchicalsharing" in page.headers.get("Preference-Applied", "").lower():
            return Check(id=id_, title=title, outcome=CheckOutcome.PASS)
        return Check(
            id=id_,
            title=title,
            outcome=CheckOutcome.WARN,
            detail=say("m365.not_hierarchical"),
            hint=say("m365.not_hierarchical_hint"),
        )


def _permission_title(permission: str) -> Message:
    return say("m365.check_permission", permission=permission)


def _failed_check(id_: str, title: Message, error: ConnectorError) -> Check:
    return Check(
        id=id_, title=title, outcome=CheckOutcome.FAIL, detail=error.message, hint=error.hint
    )


def _response_date(page: Page) -> datetime | None:
    try:
        when = parsedate_to_datetime(page.headers.get("Date", ""))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
