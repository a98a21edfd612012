"""The simulated Workspace as one server: token endpoint, Drive, Directory and settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from connectors.google.demo.batch import batch_response
from connectors.google.demo.bulk_files import BulkDrive
from connectors.google.demo.directory import DirectoryServer, require_admin
from connectors.google.demo.drive import DriveServer
from connectors.google.demo.model import DOMAIN, DemoDrive, Node, Share, user
from connectors.google.demo.people import (
    ABUSE,
    ADMIN,
    GROUPS,
    Person,
    group_exposures,
    group_settings,
)
from connectors.google.demo.policies import policies, trusted_domains
from connectors.google.demo.responses import (
    ErrorResponse,
    apply_mask,
    error,
    invalid_parameter,
    not_found,
)
from connectors.google.demo.scenario import ABANDONED, DRIVES, my_drives
from connectors.google.demo.token_endpoint import (
    DELEGATED,
    TokenClaims,
    exchange,
    parse_token,
    staff,
)
from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Access, Audience


class Tenant:
    """Example K.K., with about `size` generated items besides those of the scenario.

    Args:
        size: The number of generated items.
        delegated: The OAuth scopes that the administrator authorised for the service account.
    """

    def __init__(self, size: int = 0, *, delegated: frozenset[str] = DELEGATED) -> None:
        self._delegated = delegated
        self._people = staff()
        self._own: dict[str, DemoDrive] = dict(my_drives())
        self._shared: dict[str, tuple[str, DemoDrive]] = {
            s.id: (n, replace(s, changed_ids=[])) for n, s in DRIVES
        }
        self._add_bulk_drives(size)
        self._people = dict(sorted(self._people.items()))
        self._drive = DriveServer(self._own, self._shared)
        self._directory = DirectoryServer(self._people)
        self.items = (
            sum(len(s) for s in self._readable()) + len(self._shared) + len(GROUPS) - 1
        )  # one is not asked for

    def respond(self, request: Request) -> Response:
        """Return the response to a request."""
        if request.method == "POST" and request.path == "/token":
            return exchange(request, self._people, self._delegated)
        bearer = parse_token(request)
        if bearer is None:
            return error(401, "authError", "Invalid Credentials")
        if request.method == "POST" and request.path == "/batch/drive/v3":
            return batch_response(request, self.respond)
        if request.method != "GET":
            return error(404, "notFound", "Not Found")
        try:
            if found := self._admin_response(request, bearer):
                return Response(body=found)
            if request.path.startswith("/admin/directory/v1/"):
                return Response(body=self._directory.respond(request, bearer))
            if request.path.startswith("/drive/v3/"):
                if self._people[bearer.mail].drive_off:
                    return error(401, "authError", "Active session is invalid. Error code: 4")
                return Response(body=self._drive.respond(request, bearer))
        except ErrorResponse as refusal:
            return refusal.response
        return error(404, "notFound", "Not Found")

    def _admin_response(self, request: Request, bearer: TokenClaims) -> dict[str, Any] | None:
        """Return the body of the settings APIs; None for another path."""
        start, _, group = request.path.partition("/groups/v1/groups/")
        if not start and group:
            require_admin(bearer, "apps.groups.settings")
            if group not in GROUPS:
                raise not_found("Domain cannot use apis")
            if group == ABUSE:
                raise invalid_parameter("groupUniqueId")
            return apply_mask(group_settings(group), request.query.get("fields", "*"))
        if request.path == "/v1/policies":
            require_admin(bearer, "cloud-identity.policies.readonly")
            return policies(request)
        if request.path == "/v1/allowlistedDomains":
            require_admin(bearer, "cloud-identity.allowlisteddomains.readonly")
            return trusted_domains(request)
        return None

    def drive(self, key: str) -> DemoDrive:
        """Return a My Drive by its owner's address, or a shared drive by its id."""
        return self._own[key] if key in self._own else self._shared[key][1]

    def expected_exposures(self) -> Iterator[ExpectedExposure]:
        """Yield every grant beyond named internal accounts, on what can be read."""
        for id_, (_, drive) in self._shared.items():
            yield from _expected_exposures(id_, drive.root_shares)
        for drive in self._readable():
            for node in drive.shared_nodes():
                yield from _expected_exposures(node.id, node.shares)
                yield from _expected_publication(node)
        yield from group_exposures()

    def _readable(self) -> Iterator[DemoDrive]:
        yield from (drive for id_, (_, drive) in self._shared.items() if id_ != ABANDONED)
        for mail, drive in self._own.items():
            person = self._people[mail]
            if person.token_error is None and not person.drive_off:
                yield drive

    def _add_bulk_drives(self, size: int) -> None:
        """Add generated drives: seven of ten items in My Drives, the rest in shared drives."""
        users = min(200, -(-size // 100))
        drives = min(40, -(-size // 500))
        for i in range(users):
            mail = f"user{i:04d}@{DOMAIN}"
            self._people[mail] = Person(mail=mail, name=f"User {i}")
            self._own[mail] = BulkDrive(
                id=f"0Aplain-{i:05d}PVA",
                number=i,
                count=_part(size * 7 // 10, users, i),
                root_shares=(user(mail, "owner"),),
                colleague=ADMIN,
            )
        for i in range(drives):
            id_ = f"0Aplain-{10_000 + i:05d}PVA"
            self._shared[id_] = (
                f"Team {i}",
                BulkDrive(
                    id=id_,
                    number=10_000 + i,
                    count=_part(size - size * 7 // 10, drives, i),
                    root_shares=(user(f"user{i:04d}@{DOMAIN}", "organizer"), user(ADMIN, "reader")),
                    colleague=f"user{i + 1:04d}@{DOMAIN}",
                ),
            )


def _expected_exposures(item_id: str, shares: tuple[Share, ...]) -> Iterator[ExpectedExposure]:
    for share in shares:
        if share.audience is not Audience.NAMED_INTERNAL:
            yield ExpectedExposure(
                item_id=item_id,
                grant_id=share.id,
                principal=share.principal,
                audience=share.audience,
                access=share.access,
            )


def _expected_publication(node: Node) -> Iterator[ExpectedExposure]:
    if node.published:
        yield ExpectedExposure(
            item_id=node.id,
            grant_id="published",
            principal="",
            audience=Audience.PUBLIC_DISCOVERABLE if node.published == "web" else Audience.ORG_LINK,
            access=Access.VIEW,
        )


def _part(whole: int, parts: int, index: int) -> int:
    return whole // parts + (index < whole % parts)
