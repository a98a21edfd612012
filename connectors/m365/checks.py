"""What `doctor` tries: every permission that a scan uses, with one small call each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

from connectors.m365.client import PREFER
from connectors.m365.credentials import expiry_of
from connectors.m365.graph import Graph, Page
from connectors.m365.permissions import FULL_CONTROL, SHAREPOINT
from connectors.m365.properties import TENANT, admin_site_of, root_site_of
from connectors.m365.refusals import AccessDenied, NonPremium, NotFound
from connectors.m365.settings import Settings
from connectors.m365.sharepoint import SharePoint
from connectors.sdk.checks import Check, Outcome
from connectors.sdk.contract import Context
from connectors.sdk.errors import ConnectorError, SignInError
from connectors.sdk.message import Message, say

DRIFT = 120  # seconds that a clock may be wrong: Entra allows 5 minutes
SOON = 30  # days before its end that a certificate is worth a warning

_TEAM = "/groups?$filter=resourceProvisioningOptions/Any(x:x%20eq%20'Team')&$select=id&$top=1"
_GUESTS = "/users?$filter=userType%20eq%20'Guest'&$top=1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A permission, the call that shows it, and what a scan lacks without it."""

    permission: str
    path: str
    lost: Message
    outcome: Outcome = Outcome.WARN


_ASKED = (
    Asked(
        "Organization.Read.All",
        "/subscribedSkus?$select=prepaidUnits",
        say("m365.lost_quota"),
        Outcome.FAIL,
    ),
    Asked(
        "Sites.Read.All",
        "/sites/getAllSites?$select=id&$top=1",
        say("m365.lost_sites"),
        Outcome.FAIL,
    ),
    Asked("User.Read.All", f"{_GUESTS}&$select=id", say("m365.no_guests")),
    Asked("GroupMember.Read.All", "/groups?$select=id&$top=1", say("m365.no_groups")),
    Asked(
        "RoleManagement.Read.Directory",
        "/roleManagement/directory/roleAssignments",
        say("m365.no_roles"),
    ),
    Asked(
        "SharePointTenantSettings.Read.All",
        "/admin/sharepoint/settings",
        say("m365.lost_settings"),
    ),
    Asked("Policy.Read.All", "/policies/authorizationPolicy", say("m365.lost_policies")),
)


class Checks:
    """The checks of one tenant. Nothing is changed, and what is tested never raises."""

    def __init__(
        self, settings: Settings, context: Context, graph: Graph, sharepoint: SharePoint | None
    ) -> None:
        self._settings = settings
        self._context = context
        self._graph = graph
        self._sharepoint = sharepoint

    def run(self) -> Iterator[Check]:
        """Sign-in first: when it fails, there is nothing else to try."""
        yield from self._credential()
        title = say("m365.check_sign_in")
        try:
            page = self._graph.page("/organization?$select=id,displayName")
        except AccessDenied:  # signed in, though; the missing permission is told below
            yield Check(id="sign_in", title=title, outcome=Outcome.PASS)
        except ConnectorError as error:
            yield _failed("sign_in", title, error)
            return
        else:
            name = str(page.values[0].get("displayName") or "") if page.values else ""
            detail = say("m365.check_tenant", name=name)
            yield Check(id="sign_in", title=title, outcome=Outcome.PASS, detail=detail)
            yield from self._clock(page)
        if self._settings.sign_in == "device_code":
            yield Check(
                id="sign_in.person",
                title=say("m365.check_person"),
                outcome=Outcome.WARN,
                detail=say("m365.one_person"),
                hint=say("m365.one_person_hint"),
            )
            return
        for asked in _ASKED:
            yield self._permission(asked)
        yield from self._channels()
        yield self._sign_ins()
        yield self._full_control()
        if self._sharepoint is not None:
            yield from self._details(self._sharepoint)

    def _credential(self) -> Iterator[Check]:
        if self._settings.sign_in != "app":
            return
        id_, title = "credential.age", say("m365.check_credential")
        try:
            end = expiry_of(self._settings, self._context)
        except SignInError as error:
            yield _failed(id_, title, error)
            return
        if end is None:
            detail, hint = say("m365.check_secret"), say("m365.check_secret_hint")
            yield Check(id=id_, title=title, outcome=Outcome.WARN, detail=detail, hint=hint)
            return
        days = (end - self._context.now()).days
        outcome = Outcome.FAIL if days < 0 else Outcome.WARN if days < SOON else Outcome.PASS
        yield Check(
            id=id_,
            title=title,
            outcome=outcome,
            detail=say("m365.check_certificate", date=f"{end:%Y-%m-%d}", days=days),
            hint=None if outcome is Outcome.PASS else say("m365.expired_certificate_hint"),
        )

    def _clock(self, page: Page) -> Iterator[Check]:
        """The machine's clock against that of the service: a wrong one spoils signatures."""
        theirs = _date_of(page)
        if theirs is None:
            return
        seconds = round(abs((self._context.now() - theirs).total_seconds()))
        outcome = Outcome.PASS if seconds <= DRIFT else Outcome.WARN
        yield Check(
            id="clock",
            title=say("m365.check_clock"),
            outcome=outcome,
            detail=say("m365.check_drift", seconds=seconds),
            hint=None if outcome is Outcome.PASS else say("m365.wrong_clock_hint"),
        )

    def _permission(self, asked: Asked) -> Check:
        return self._tried(asked.permission, lambda: self._graph.get(asked.path), asked)

    def _tried(self, permission: str, call: Callable[[], object], asked: Asked) -> Check:
        id_, title = f"permission.{permission}", _allowed(permission)
        try:
            call()
        except AccessDenied:
            hint = say("m365.denied_hint", permission=permission)
            return Check(id=id_, title=title, outcome=asked.outcome, detail=asked.lost, hint=hint)
        except ConnectorError as error:
            return _failed(id_, title, error)
        return Check(id=id_, title=title, outcome=Outcome.PASS)

    def _channels(self) -> Iterator[Check]:
        """Two permissions that only a team can show; without any there is nothing to lose."""
        try:
            teams = self._graph.page(_TEAM).values
        except ConnectorError:  # GroupMember.Read.All is missing, which was said
            return
        for team in teams[:1]:
            channels = f"/teams/{team['id']}/channels"
            lost = say("m365.lost_channels")
            basic = Asked("Channel.ReadBasic.All", f"{channels}?$select=id", lost)
            yield self._permission(basic)
            member = Asked("ChannelMember.Read.All", channels, lost)
            yield self._tried(member.permission, partial(self._one_channel, channels), member)

    def _one_channel(self, channels: str) -> None:
        for channel in self._graph.page(f"{channels}?$select=id").values[:1]:
            self._graph.get(f"{channels}/{channel['id']}/members")

    def _details(self, sharepoint: SharePoint) -> Iterator[Check]:
        """What certificate mode needs: any site, and the admin site."""
        any_site = Asked(SHAREPOINT, "/_api/site?$select=Id", say("m365.lost_details"))
        yield self._tried(
            any_site.permission,
            lambda: sharepoint.get(root_site_of(self._graph), any_site.path),
            any_site,
        )
        admin = Asked(SHAREPOINT, TENANT, say("m365.lost_properties"))
        tried = self._tried(
            admin.permission, lambda: sharepoint.get(admin_site_of(self._graph), TENANT), admin
        )
        yield replace(tried, id="read.SPO.Tenant", title=say("m365.check_properties"))

    def _sign_ins(self) -> Check:
        permission = "AuditLog.Read.All"
        title = _allowed(permission)
        try:
            self._graph.get(f"{_GUESTS}&$select=id,signInActivity")
        except NonPremium as error:
            return Check(
                id="licence.sign_ins",
                title=say("m365.check_premium"),
                outcome=Outcome.WARN,
                detail=error.message,
                hint=error.hint,
            )
        except AccessDenied:
            return Check(
                id=f"permission.{permission}",
                title=title,
                outcome=Outcome.WARN,
                detail=say("m365.no_sign_ins"),
                hint=say("m365.denied_hint", permission=permission),
            )
        except ConnectorError as error:
            return _failed(f"permission.{permission}", title, error)
        return Check(id=f"permission.{permission}", title=title, outcome=Outcome.PASS)

    def _full_control(self) -> Check:
        """Graph refuses nobody here; it only says less, and `Preference-Applied` tells."""
        id_, title = f"permission.{FULL_CONTROL}", _allowed(FULL_CONTROL)
        try:
            drives = self._graph.page("/sites/root/drives?$select=id").values
            path = f"/drives/{drives[0]['id']}/root/delta?$select=id&$top=1" if drives else ""
            page = self._graph.page(path, {"Prefer": PREFER}) if path else None
        except NotFound:
            page = None
        except ConnectorError as error:
            return _failed(id_, title, error)
        if page is None:
            detail = say("m365.check_no_library")
            return Check(id=id_, title=title, outcome=Outcome.WARN, detail=detail)
        if "hierarchicalsharing" in page.headers.get("Preference-Applied", "").lower():
            return Check(id=id_, title=title, outcome=Outcome.PASS)
        return Check(
            id=id_,
            title=title,
            outcome=Outcome.WARN,
            detail=say("m365.not_hierarchical"),
            hint=say("m365.not_hierarchical_hint"),
        )


def _allowed(permission: str) -> Message:
    return say("m365.check_permission", permission=permission)


def _failed(id_: str, title: Message, error: ConnectorError) -> Check:
    return Check(id=id_, title=title, outcome=Outcome.FAIL, detail=error.message, hint=error.hint)


def _date_of(page: Page) -> datetime | None:
    try:
        when = parsedate_to_datetime(page.headers.get("Date", ""))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
