"""The simulated Workspace as one server: token endpoint, Drive, Directory and settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from connectors.google.demo.answer import Refusal, asked, error, not_found
from connectors.google.demo.batch import answered
from connectors.google.demo.directory import Directory, admit
from connectors.google.demo.drive import Drive
from connectors.google.demo.house import policies, trusted
from connectors.google.demo.model import DOMAIN, Share, Shelf, user
from connectors.google.demo.people import ADMIN, GROUPS, Person, group_doors, settings_of
from connectors.google.demo.plenty import PlainShelf
from connectors.google.demo.sign_in import DELEGATED, Bearer, bearer_of, exchange, staff
from connectors.google.demo.story import ABANDONED, DRIVES, my_drives
from connectors.sdk.demo import Door
from connectors.sdk.loopback import Request, Response
from connectors.sdk.records import Audience


class Tenant:
    """Example K.K., with about `size` generated items besides those of the scenario.

    Args:
        size: The number of generated items.
        delegated: The OAuth scopes that the administrator authorised for the service account.
    """

    def __init__(self, size: int = 0, *, delegated: frozenset[str] = DELEGATED) -> None:
        self._delegated = delegated
        self._people = staff()
        self._own: dict[str, Shelf] = dict(my_drives())
        self._shared: dict[str, tuple[str, Shelf]] = {
            s.id: (n, replace(s, log=[])) for n, s in DRIVES
        }
        self._grow(size)
        self._people = dict(sorted(self._people.items()))
        self._drive = Drive(self._own, self._shared)
        self._directory = Directory(self._people)
        self.items = sum(len(s) for s in self._readable()) + len(self._shared) + len(GROUPS)

    def respond(self, request: Request) -> Response:
        """Return the response to a request."""
        if request.method == "POST" and request.path == "/token":
            return exchange(request, self._people, self._delegated)
        bearer = bearer_of(request)
        if bearer is None:
            return error(401, "authError", "Invalid Credentials")
        if request.method == "POST" and request.path == "/batch/drive/v3":
            return answered(request, self.respond)
        if request.method != "GET":
            return error(404, "notFound", "Not Found")
        try:
            if found := self._office(request, bearer):
                return Response(body=found)
            if request.path.startswith("/admin/directory/v1/"):
                return Response(body=self._directory.answer(request, bearer))
            if request.path.startswith("/drive/v3/"):
                if self._people[bearer.mail].drive_off:
                    return error(401, "authError", "Active session is invalid. Error code: 4")
                return Response(body=self._drive.answer(request, bearer))
        except Refusal as refusal:
            return refusal.response
        return error(404, "notFound", "Not Found")

    def _office(self, request: Request, bearer: Bearer) -> dict[str, Any] | None:
        """Return the body of the settings APIs; None for another path."""
        start, _, group = request.path.partition("/groups/v1/groups/")
        if not start and group:
            admit(bearer, "apps.groups.settings")
            if group not in GROUPS:
                raise not_found("Domain cannot use apis")
            return asked(settings_of(group), request.query.get("fields", "*"))
        if request.path == "/v1/policies":
            admit(bearer, "cloud-identity.policies.readonly")
            return policies(request)
        if request.path == "/v1/allowlistedDomains":
            admit(bearer, "cloud-identity.allowlisteddomains.readonly")
            return trusted(request)
        return None

    def shelf(self, key: str) -> Shelf:
        """Return a My Drive by its owner's address, or a shared drive by its id."""
        return self._own[key] if key in self._own else self._shared[key][1]

    def doors(self) -> Iterator[Door]:
        """Yield every grant beyond named internal accounts, on what can be read."""
        for id_, (_, shelf) in self._shared.items():
            yield from _doors(id_, shelf.base)
        for shelf in self._readable():
            for node in shelf.open_nodes():
                yield from _doors(node.id, node.shares)
        yield from group_doors()

    def _readable(self) -> Iterator[Shelf]:
        yield from (shelf for id_, (_, shelf) in self._shared.items() if id_ != ABANDONED)
        for mail, shelf in self._own.items():
            person = self._people[mail]
            if person.token is None and not person.drive_off:
                yield shelf

    def _grow(self, size: int) -> None:
        """Add generated drives: seven of ten items in My Drives, the rest in shared drives."""
        users = min(200, -(-size // 100))
        drives = min(40, -(-size // 500))
        for i in range(users):
            mail = f"user{i:04d}@{DOMAIN}"
            self._people[mail] = Person(mail=mail, name=f"User {i}")
            self._own[mail] = PlainShelf(
                id=f"0Aplain-{i:05d}PVA",
                number=i,
                count=_part(size * 7 // 10, users, i),
                base=(user(mail, "owner"),),
                colleague=ADMIN,
            )
        for i in range(drives):
            id_ = f"0Aplain-{10_000 + i:05d}PVA"
            self._shared[id_] = (
                f"Team {i}",
                PlainShelf(
                    id=id_,
                    number=10_000 + i,
                    count=_part(size - size * 7 // 10, drives, i),
                    base=(user(f"user{i:04d}@{DOMAIN}", "organizer"), user(ADMIN, "reader")),
                    colleague=f"user{i + 1:04d}@{DOMAIN}",
                ),
            )


def _doors(item_id: str, shares: tuple[Share, ...]) -> Iterator[Door]:
    for share in shares:
        if share.audience is not Audience.NAMED_INTERNAL:
            yield Door(
                item_id=item_id,
                grant_id=share.id,
                principal=share.principal,
                audience=share.audience,
                access=share.access,
            )


def _part(whole: int, parts: int, index: int) -> int:
    return whole // parts + (index < whole % parts)
