"""Read Box: one scope with its shared files, as one page of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.box.settings import Settings

from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.errors import SignInError
from connectors.sdk.estimate import EstimatePart, ScanEstimate
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.records import (
    Access,
    Audience,
    Checkpoint,
    Coverage,
    Grant,
    Item,
    PrincipalKind,
    Record,
    Scope,
    Started,
    Status,
    Tenant,
)


class BoxConnector:
    """Reads one account of Box."""

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context

    def tenant(self) -> Tenant:
        """Sign in and return the account. Raise `SignInError` for a token that is refused."""
        found = self._get("/account")
        return Tenant(id=found["id"], name=found["name"], domains=(found["domain"],))

    def addresses(self) -> tuple[str, ...]:
        """Return the address of the API."""
        return (self._settings.api_url,)

    def checks(self) -> Iterator[Check]:
        """Try the one listing that a scan uses."""
        self._get("/files")
        title = say("box.check")
        yield Check(id="permission.files.read", title=title, outcome=CheckOutcome.PASS)

    def estimate(self) -> ScanEstimate:
        """Return the cost of a scan: the account and one listing."""
        items = len(self._get("/files")["files"])
        part = EstimatePart(title=say("box.files"), scopes=1, items=items, calls=2)
        return ScanEstimate(parts=(part,))

    def scopes(self) -> Iterator[Scope]:
        """Yield the only scope."""
        yield Scope(id="files", title="Files of Box")

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Yield every shared file with its grants."""
        yield Started(full=True, resumed=False)
        for file in self._get("/files")["files"]:
            grant = Grant(
                id=file["link"],
                audience=Audience(file["audience"]),
                access=Access.VIEW,
                principal=file["who"],
                principal_kind=PrincipalKind.ACCOUNT if file["who"] else PrincipalKind.LINK,
            )
            yield Item(
                id=file["id"],
                kind="file",
                name=file["name"],
                owner=file["owner"],
                grants=(grant,),
            )
        yield Checkpoint(cursor="")
        yield Coverage(status=Status.COMPLETE)

    def _get(self, path: str) -> Any:
        token = self._context.secret(self._settings.token).decode().strip()
        answer = self._context.http.get(
            self._settings.api_url + path, headers={"Authorization": f"Bearer {token}"}
        )
        if answer.status_code == 401:
            raise SignInError(say("box.refused"), hint=say("box.refused_hint"))
        return answer.json()
