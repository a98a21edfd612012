"""The Salesforce connector: its scopes, and the function that reads each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.salesforce import checks, estimate, queries
from connectors.salesforce.apex import read_apex_classes
from connectors.salesforce.client import Client
from connectors.salesforce.documents import read_documents
from connectors.salesforce.errors import unexpected_response
from connectors.salesforce.guest_probe import GuestSession, public_sites
from connectors.salesforce.public_links import read_public_links
from connectors.salesforce.records_scan import RecordsScan
from connectors.salesforce.settings import Settings
from connectors.salesforce.tenant_settings import read_sharing_settings, read_site_settings
from connectors.sdk.checks import Check
from connectors.sdk.estimate import ScanEstimate
from connectors.sdk.external_check import PublicSite, VisitorCount
from connectors.sdk.http import HttpSession
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Record, Scope, Started, Status, Tenant

RECORDS = Scope(id="records", title="Records that outsiders reach")
CODE = Scope(id="code", title="Apex that guests can call")
FILES = Scope(id="files", title="Public file links")
DOCUMENTS = Scope(id="documents", title="Documents, folders and asset files")
SITES = Scope(id="options", title="Options of sites")
SHARING = Scope(id="rules", title="Sharing settings and definitions of sharing rules")
BLIND_SPOTS = (  # not read, whatever the permissions; each has a message named after its id
    Scope(id="flows", title="Flows, managed packages and restriction rules"),
    Scope(id="libraries", title="Public links of content libraries"),
)


class SalesforceConnector:
    """Reads one organization with the permissions of an audit user."""

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._client = Client(settings, context)

    def tenant(self) -> Tenant:
        """Sign in and return the organization of the audit user.

        Raises:
            SignInError: The credentials were refused.
            UnexpectedResponse: The organization has no readable row.
        """
        for row in self._client.iter_rows(queries.ORGANIZATION):
            return Tenant(id=row["Id"], name=row["Name"])
        raise unexpected_response("Id", "Organization")

    def addresses(self) -> tuple[str, ...]:
        """Return the login address; the instance address is known only after the sign-in."""
        return (self._settings.login_url,)

    def scopes(self) -> Iterator[Scope]:
        """Yield the scopes. They are the same for every organization."""
        yield from (RECORDS, CODE, FILES, DOCUMENTS, SITES, SHARING, *BLIND_SPOTS)

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Read one scope. Only `files` resumes from a cursor; the others start over.

        Raises:
            ConnectorError: What cannot be read at all; a part that is refused is a gap in the
                coverage.
        """
        match scope.id:
            case RECORDS.id:
                yield from RecordsScan(self._client).records()
            case CODE.id:
                yield from read_apex_classes(self._client)
            case FILES.id:
                yield from read_public_links(self._client, self._context, cursor)
            case DOCUMENTS.id:
                yield from read_documents(self._client)
            case SITES.id:
                yield from read_site_settings(self._client)
            case SHARING.id:
                yield from read_sharing_settings(self._client)
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
        yield from checks.run_checks(self._settings, self._client)

    def estimate(self) -> ScanEstimate:
        """Return the estimated calls of a full scan. Raises `ConnectorError` as the queries do."""
        return estimate.estimate_scan(self._settings, self._client, self._context)

    def public_sites(self) -> Iterator[PublicSite]:
        """Yield the public sites that the organization reports as its own.

        Raises:
            ConnectorError: The sites or their addresses cannot be read.
        """
        yield from public_sites(self._client)

    def count_as_visitor(
        self, site: PublicSite, items: Sequence[str], http: HttpSession
    ) -> Iterator[VisitorCount]:
        """Yield how many records of each object a site shows to a user who is not signed in."""
        yield from GuestSession(site, http).count_records(items)
