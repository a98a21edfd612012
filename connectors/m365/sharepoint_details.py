"""Details of a library that only SharePoint's REST API provides.

They are the members of SharePoint groups, the administrators of the site collection, and for links
that reach external principals the date, the creator, whether a password is required, and who was
invited and did not come yet.

The records of a library scan pass through: each item that an external principal can open gets the
details that SharePoint's REST API returns. Where they are refused, the item passes unchanged and
the coverage says so.

Microsoft does not document `GetSharingInformation` for REST; its types are in the metadata that
SharePoint publishes.

Sources:
    Source: https://github.com/koltyakov/sp-metadata/blob/HEAD/docs/SP.Sharing/EntityTypes/SharingInformation.md (read 2026-11-29)
    Source: https://github.com/koltyakov/sp-metadata/blob/HEAD/docs/SP/ComplexTypes/SharingLinkInfo.md (read 2026-11-29)
    Source: https://github.com/pnp/cli-microsoft365/blob/HEAD/src/m365/spo/commands/file/file-sharinginfo-get.ts (read 2026-11-29)
    Source: https://github.com/pnp/script-samples/pull/986 (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/sharepointids (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import cast

from connectors.m365.api_types import (
    LinkInfo,
    SharepointIds,
    SharingLinkInfo,
    SharingPrincipal,
    SiteUser,
)
from connectors.m365.claims import Claim, account_of, claim_of
from connectors.m365.errors import NotFound
from connectors.m365.graph import BATCH, Graph, Json
from connectors.m365.normalize import time_of
from connectors.m365.owner_group import without_repeated_group
from connectors.m365.permissions import SHAREPOINT_FULL_CONTROL
from connectors.m365.sharepoint import SharePointRest
from connectors.sdk.batched import batched
from connectors.sdk.errors import ConnectorError, QuotaExhausted, SignInError
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.record_pages import map_pages
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Coverage,
    Grant,
    Item,
    PrincipalKind,
    Record,
    Scope,
    Setting,
    Started,
    Status,
)

_EXTERNAL = frozenset({Audience.ANYONE_LINK, Audience.EXT_NAMED, Audience.UNKNOWN})
_BY_LINK = frozenset({PrincipalKind.LINK, PrincipalKind.ACCOUNT, PrincipalKind.GUEST})
_SITE_SETTINGS = ("ShareByEmailEnabled", "ShareByLinkEnabled", "DisableCompanyWideSharingLinks")
_UNREAD_KEY = "details/unread"
_ADMINISTRATION = Grant(
    id="site-admin",
    audience=Audience.NAMED_INTERNAL,
    access=Access.MANAGE,
    principal="",
    principal_kind=PrincipalKind.ACCOUNT,
    expires_at=None,
)


class SharePointDetails:
    """The details of one library; one object for one scan.

    What SharePoint refuses is counted and makes the coverage partial. `QuotaExhausted` and
    `SignInError` are raised.
    """

    def __init__(
        self,
        sharepoint: SharePointRest,
        graph: Graph,
        context: ConnectorContext,
        scope: Scope,
        domains: frozenset[str],
    ) -> None:
        self._sharepoint = sharepoint
        self._graph = graph
        self._map = context.map
        self._scan_state = context.scan_state(scope)
        self._drive = scope.id
        self._domains = domains
        self._site = ""
        self._unread = 0
        self._groups: dict[str, list[Claim] | None] = {}

    def enrich(self, records: Iterator[Record]) -> Iterator[Record]:
        """Yield the records of a scan with the details added, one page at a time.

        Raises:
            QuotaExhausted: SharePoint or Graph throttles, or the budget of the run is used up.
            SignInError: Entra refused a token.
        """
        return map_pages(records, self._enrich_page)

    def _site_settings(self, *, resumed: bool) -> Iterator[Record]:
        """Yield the sharing settings of the site; restore the count of an interrupted scan.

        Raise `QuotaExhausted` and `SignInError`; other errors are counted.
        """
        self._unread = int(self._scan_state.get(_UNREAD_KEY) or 0) if resumed else 0
        self._scan_state.put(_UNREAD_KEY, str(self._unread))
        body: Json = {}
        try:
            root = self._graph.get(f"/drives/{self._drive}/root?$select=id,sharepointIds")
            self._site = str(_sharepoint_ids_of(root).get("siteUrl") or "")
            body = self._sharepoint.get(
                self._site, f"/_api/site?$select={','.join(_SITE_SETTINGS)}"
            )
        except (QuotaExhausted, SignInError):
            raise
        except ConnectorError:
            self._count_unread()
        for name in _SITE_SETTINGS:
            value = body.get(name, UNKNOWN)
            known = value if isinstance(value, bool) else UNKNOWN
            yield Setting(id=f"SPSite.{name}", value=known, subject=self._site or self._drive)

    def _enrich_page(self, page: Sequence[Record]) -> Iterator[Record]:
        external = [r for r in page if isinstance(r, Item) and _external_by_link(r)]
        sharing = dict(
            zip((item.id for item in external), self._sharing_links(external), strict=True)
        )
        for record in page:
            if isinstance(record, Item):
                links = _links_by_share_id(sharing.get(record.id))
                grants = [g for grant in record.grants for g in self._enrich_grant(grant, links)]
                grants += _pending_grants(record.grants, grants, links, self._domains)
                if record.kind == "library":
                    grants += self._administrators()
                yield replace(record, grants=without_repeated_group(grants))
                continue
            yield self._final_coverage(record) if isinstance(record, Coverage) else record
            if isinstance(record, Started):
                yield from self._site_settings(resumed=record.resumed)

    def _enrich_grant(self, grant: Grant, links: dict[str, LinkInfo]) -> Iterator[Grant]:
        if grant.principal_kind is PrincipalKind.SITE_GROUP:
            yield grant
            yield from self._group_members(grant)
        elif found := links.get(grant.id.lower()):
            yield from _grants_with_details(grant, found, self._domains)
        else:
            yield grant

    def _group_members(self, grant: Grant) -> Iterator[Grant]:
        """Yield a grant for each external account, claim and group in a SharePoint group."""
        number = grant.principal_id
        if number not in self._groups:
            self._groups[number] = self._read_group(number)
        claims = self._groups[number]
        for claim in claims or ():
            inside = claim.audience is Audience.NAMED_INTERNAL
            if not inside or claim.kind is PrincipalKind.GROUP:
                yield _for_claim(grant, claim)

    def _administrators(self) -> Iterator[Grant]:
        """Yield a grant for each external account, claim and group that administers the site.

        An administrator of the site collection stands in no group and in no permission list.

        Source: https://learn.microsoft.com/en-us/previous-versions/office/developer/sharepoint-rest-reference/dn531432(v=office.15) (read 2026-11-30)
        """  # noqa: E501 -- an address
        path = "/_api/web/siteusers?$filter=IsSiteAdmin eq true&$select=LoginName,Email,Title"
        try:
            users = list(self._sharepoint.collection(self._site, path))
        except (QuotaExhausted, SignInError):
            raise
        except ConnectorError:
            self._count_unread()
            return
        for claim in (_claim_of(cast(SiteUser, user), self._domains) for user in users):
            inside = claim.audience is Audience.NAMED_INTERNAL
            if not inside or claim.kind is PrincipalKind.GROUP:
                yield _for_claim(_ADMINISTRATION, claim)

    def _read_group(self, number: str) -> list[Claim] | None:
        """Return the members of a SharePoint group, None where it cannot be read.

        Raise `QuotaExhausted` and `SignInError`; other errors are counted.
        """
        if not number.isdecimal():
            self._count_unread()
            return None
        path = f"/_api/web/sitegroups/getbyid({number})/users?$select=LoginName,Email,Title"
        try:
            users = cast(list[SiteUser], list(self._sharepoint.collection(self._site, path)))
        except (QuotaExhausted, SignInError):
            raise
        except ConnectorError:
            self._count_unread()
            return None
        return [_claim_of(user, self._domains) for user in users]

    def _sharing_links(self, items: Sequence[Item]) -> Iterator[list[LinkInfo] | None]:
        """Yield the links of items, in their order; None where they were refused."""
        batches = batched(items, BATCH)
        ids = chain.from_iterable(self._map(self._sharepoint_ids, batches))
        for sharing in self._map(self._read_links, ids):
            if sharing is None:
                self._count_unread()
            yield sharing

    def _sharepoint_ids(self, items: Sequence[Item]) -> list[SharepointIds]:
        """Return the SharePoint ids of at most `BATCH` items, in their order."""
        paths = [f"/drives/{i.id.replace('/', '/items/', 1)}?$select=sharepointIds" for i in items]
        answers = self._graph.batch(paths)
        return [_sharepoint_ids_of(a.body) if a.status < 400 else SharepointIds() for a in answers]

    def _read_links(self, ids: SharepointIds) -> list[LinkInfo] | None:
        """Return the links of an item, None where they cannot be read.

        Raise `QuotaExhausted` and `SignInError`; other errors are counted.
        """
        site, list_, item = (ids.get(k) for k in ("siteUrl", "listId", "listItemId"))
        if not (site and list_ and item):
            return None
        path = (
            f"/_api/web/lists(guid'{list_}')/items({item})/GetSharingInformation"
            "?$select=permissionsInformation&$expand=permissionsInformation"
        )
        try:
            body = self._sharepoint.post(str(site), path)
        except NotFound:  # vanished since it was listed
            return []
        except (QuotaExhausted, SignInError):
            raise
        except ConnectorError:
            return None
        links = cast(Json, body.get("permissionsInformation") or {}).get("links")
        return cast(list[LinkInfo], links) if isinstance(links, list) else None

    def _count_unread(self) -> None:
        self._unread += 1
        self._scan_state.put(_UNREAD_KEY, str(self._unread))

    def _final_coverage(self, coverage: Coverage) -> Coverage:
        """Return the coverage; it is partial where details were refused."""
        if not self._unread or coverage.status is not Status.COMPLETE:
            return coverage
        return replace(
            coverage,
            status=Status.PARTIAL,
            reason=say("m365.details_unread", count=self._unread),
            hint=say("m365.denied_hint", permission=SHAREPOINT_FULL_CONTROL),
        )


def _sharepoint_ids_of(item: Json) -> SharepointIds:
    return cast(SharepointIds, item.get("sharepointIds") or {})


def _external_by_link(item: Item) -> bool:
    return any(g.audience in _EXTERNAL and g.principal_kind in _BY_LINK for g in item.grants)


def _links_by_share_id(sharing: Sequence[LinkInfo] | None) -> dict[str, LinkInfo]:
    """Return the links by their share id, which is the id of the permission in Graph.

    Source: not documented; assumed
    """
    found = ((_link_info(link).get("ShareId"), link) for link in sharing or ())
    return {str(id_).lower(): link for id_, link in found if id_}


def _link_info(link: LinkInfo) -> SharingLinkInfo:
    return link.get("linkDetails") or {}


def _grants_with_details(grant: Grant, link: LinkInfo, domains: frozenset[str]) -> Iterator[Grant]:
    """Yield the grant of a link with its creation, creator and password.

    Yield it once for each member where Graph did not name them.
    """
    detail = _link_info(link)
    author, password = detail.get("CreatedBy") or {}, detail.get("RequiresPassword")
    known = replace(
        grant,
        created_at=time_of(detail.get("Created")) or UNKNOWN,
        created_by=str(author.get("email") or "").lower() or UNKNOWN,
        password=password if isinstance(password, bool) else grant.password,
    )
    members = link.get("linkMembers") or ()
    unnamed_link = grant.audience is Audience.UNKNOWN and grant.principal_kind is PrincipalKind.LINK
    if not (unnamed_link and members):
        yield known
        return
    for member in members:
        claim = claim_of(str(member.get("loginName") or ""), domains)
        if claim.audience is Audience.UNKNOWN and member.get("isExternal") is True:
            claim = replace(claim, audience=Audience.EXT_UNRESOLVED)  # a group of another tenant
        name = str(member.get("email") or member.get("name") or "")
        yield _for_claim(known, replace(claim, name=claim.name or name))


def _pending_grants(
    before: Sequence[Grant],
    after: Sequence[Grant],
    links: dict[str, LinkInfo],
    domains: frozenset[str],
) -> list[Grant]:
    """Return the grants of people who were invited to a link and did not come yet.

    Graph does not list them. A link that says that it has invited outsiders, and names none, gets a
    grant to somebody unknown.

    Source: https://github.com/OneDrive/onedrive-api-docs/issues/484 (read 2026-11-30)

    Args:
        before: The grants of the item as Graph lists them.
        after: The same grants with their details.
        links: The links of the item.
        domains: The verified domains of the tenant, in lower case.
    """
    pending: list[Grant] = []
    for id_, link in links.items():
        template = next((g for g in before if g.id.lower() == id_), None)
        if template is None:
            continue
        named = {g.principal for g in after if g.id.lower() == id_}
        detail = _link_info(link)
        invited = [i.get("invitee") or {} for i in detail.get("Invitations") or ()]
        claims = [_invitee_claim(invitee, domains) for invitee in invited]
        pending += [_for_claim(template, claim) for claim in claims if claim.name not in named]
        outside = {
            g.audience
            for g in (*after, *pending)
            if g.id.lower() == id_ and g.audience is not Audience.NAMED_INTERNAL
        }
        if detail.get("HasExternalGuestInvitees") is True and not outside:
            unknown = Claim(audience=Audience.UNKNOWN, kind=PrincipalKind.LINK)
            pending.append(_for_claim(template, unknown))
    return pending


def _invitee_claim(invitee: SharingPrincipal, domains: frozenset[str]) -> Claim:
    """Return the principal of an invitation: by its login name, else by the invited address."""
    claim = claim_of(str(invitee.get("loginName") or ""), domains)
    if claim.audience is Audience.UNKNOWN:
        claim = account_of(str(invitee.get("email") or ""), domains)
    return claim


def _claim_of(user: SiteUser, domains: frozenset[str]) -> Claim:
    login = str(user.get("LoginName") or "")
    claim = claim_of(login, domains)
    inside = claim.audience is Audience.NAMED_INTERNAL  # the mail of a guest only describes it
    mail = str(user.get("Email") or "").lower() if inside or not claim.name else ""
    name = mail or claim.name or str(user.get("Title") or login)
    everyone = claim.kind is PrincipalKind.EVERYONE
    return replace(claim, name=name, id=claim.id or (login if everyone else ""))


def _for_claim(grant: Grant, claim: Claim) -> Grant:
    return replace(
        grant,
        audience=claim.audience,
        principal=claim.name,
        principal_kind=claim.kind,
        principal_id=claim.id,
    )
