"""The scopes of an organization, and who reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.salesforce import checks, forecast, soql
from connectors.salesforce.client import Client
from connectors.salesforce.code import read_code
from connectors.salesforce.documents import read_documents
from connectors.salesforce.links import read_links
from connectors.salesforce.options import read_options, read_rules
from connectors.salesforce.outside import Visit, places_of
from connectors.salesforce.reading import RecordReading
from connectors.salesforce.refusals import unknown_form
from connectors.salesforce.settings import Settings
from connectors.sdk.checks import Check
from connectors.sdk.contract import Context
from connectors.sdk.forecast import Forecast
from connectors.sdk.http import Http
from connectors.sdk.message import say
from connectors.sdk.proof import Count, Place
from connectors.sdk.records import Coverage, Record, Scope, Started, Status, Tenant

RECORDS = Scope(id="records", title="Records that outsiders reach")
CODE = Scope(id="code", title="Apex that guests can call")
FILES = Scope(id="files", title="Public file links")
DOCUMENTS = Scope(id="documents", title="Documents, folders and asset files")
OPTIONS = Scope(id="options", title="Options of sites")
RULES = Scope(id="rules", title="Sharing settings and definitions of sharing rules")
BLIND = (  # what the API does not tell, whatever the permissions; a sentence of this name each
    Scope(id="flows", title="Flows, managed packages and restriction rules"),
    Scope(id="libraries", title="Public links of content libraries"),
)


class SalesforceConnector:
    """One organization, read with the eyes of an audit user."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._client = Client(settings, context)

    def tenant(self) -> Tenant:
        """The organization that the audit user belongs to."""
        for row in self._client.rows(soql.ORGANIZATION):
            return Tenant(id=row["Id"], name=row["Name"])
        raise unknown_form("Id", "Organization")

    def addresses(self) -> tuple[str, ...]:
        """Where the org signs in; the reply to that tells the rest."""
        return (self._settings.login_url,)

    def scopes(self) -> Iterator[Scope]:
        """Always the same ones."""
        yield from (RECORDS, CODE, FILES, DOCUMENTS, OPTIONS, RULES, *BLIND)

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Read one of them."""
        match scope.id:
            case RECORDS.id:
                yield from RecordReading(self._client).records()
            case CODE.id:
                yield from read_code(self._client)
            case FILES.id:
                yield from read_links(self._client, self._context, cursor)
            case DOCUMENTS.id:
                yield from read_documents(self._client)
            case OPTIONS.id:
                yield from read_options(self._client)
            case RULES.id:
                yield from read_rules(self._client)
            case _:
                yield Started(full=True, resumed=False)
                yield Coverage(
                    status=Status.SKIPPED,
                    standing=True,
                    reason=say(f"salesforce.{scope.id}"),
                    hint=say(f"salesforce.{scope.id}_hint"),
                )

    def checks(self) -> Iterator[Check]:
        """What a scan will use, tried with the smallest call there is."""
        yield from checks.checks_of(self._settings, self._client)

    def forecast(self) -> Forecast:
        """What a full scan will cost, from counts."""
        return forecast.forecast_of(self._settings, self._client, self._context)

    def places(self) -> Iterator[Place]:
        """The public sites that the organization reports as its own."""
        yield from places_of(self._client)

    def counted(self, place: Place, items: Sequence[str], http: Http) -> Iterator[Count]:
        """How many records of each object the site shows to a visitor."""
        yield from Visit(place, http).counted(items)
