"""The Salesforce connector: its scopes, and the function that reads each of them."""

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
BLIND = (  # not read, whatever the permissions; each has a message named after its id
    Scope(id="flows", title="Flows, managed packages and restriction rules"),
    Scope(id="libraries", title="Public links of content libraries"),
)


class SalesforceConnector:
    """Reads one organization with the permissions of an audit user."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._client = Client(settings, context)

    def tenant(self) -> Tenant:
        """Sign in and return the organization of the audit user.

        Raises:
            SignInError: The credentials were refused.
            UnexpectedResponse: The organization has no readable row.
        """
        for row in self._client.rows(soql.ORGANIZATION):
            return Tenant(id=row["Id"], name=row["Name"])
        raise unknown_form("Id", "Organization")

    def addresses(self) -> tuple[str, ...]:
        """Return the login address; the instance address is known only after the sign-in."""
        return (self._settings.login_url,)

    def scopes(self) -> Iterator[Scope]:
        """Yield the scopes. They are the same for every organization."""
        yield from (RECORDS, CODE, FILES, DOCUMENTS, OPTIONS, RULES, *BLIND)

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Read one scope. Only `files` resumes from a cursor; the others start over.

        Raises:
            ConnectorError: What cannot be read at all; a part that is refused is a gap in the
                coverage.
        """
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
        """Yield the rows of `doctor`; see `checks`."""
        yield from checks.checks_of(self._settings, self._client)

    def forecast(self) -> Forecast:
        """Return the estimated calls of a full scan. Raises `ConnectorError` as the queries do."""
        return forecast.forecast_of(self._settings, self._client, self._context)

    def places(self) -> Iterator[Place]:
        """Yield the public sites that the organization reports as its own.

        Raises:
            ConnectorError: The sites or their addresses cannot be read.
        """
        yield from places_of(self._client)

    def counted(self, place: Place, items: Sequence[str], http: Http) -> Iterator[Count]:
        """Yield how many records of each object a site shows to a user who is not signed in."""
        yield from Visit(place, http).counted(items)
