"""The scopes of an organization, and who reads them."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.salesforce import soql
from connectors.salesforce.client import Client
from connectors.salesforce.guests import GuestReading
from connectors.salesforce.links import read_links
from connectors.salesforce.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import UnexpectedResponse
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Record, Scope, Started, Status, Tenant

GUESTS = Scope(id="guests", title="Experience Cloud guest access")
FILES = Scope(id="files", title="Public file links")
BLIND = (  # what the API does not tell, whatever the permissions; a sentence of this name each
    Scope(id="apex", title="Apex and Flows"),
    Scope(id="libraries", title="Public links of content libraries"),
)


class SalesforceConnector:
    """One organization, read with the eyes of an audit user."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._context = context
        self._client = Client(settings, context)

    def tenant(self) -> Tenant:
        """The organization that the audit user belongs to."""
        for row in self._client.rows(soql.ORGANIZATION):
            return Tenant(id=row["Id"], name=row["Name"])
        raise UnexpectedResponse(
            say("salesforce.unknown_answer", what="Id", object="Organization"),
            hint=say("salesforce.unanswered_hint"),
        )

    def scopes(self) -> Iterator[Scope]:
        """Always the same ones."""
        yield from (GUESTS, FILES, *BLIND)

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Read one of them."""
        if scope.id == GUESTS.id:
            yield from GuestReading(self._client, self._context).records()
        elif scope.id == FILES.id:
            yield from read_links(self._client, self._context, cursor)
        else:
            yield Started(full=True, resumed=False)
            yield Coverage(
                status=Status.SKIPPED,
                standing=True,
                reason=say(f"salesforce.{scope.id}"),
                hint=say(f"salesforce.{scope.id}_hint"),
            )
