"""The transport to SharePoint's REST API, for what Graph does not provide.

SharePoint accepts app-only tokens only if they were issued for a certificate, and every host is an
audience of its own.

Source: https://learn.microsoft.com/en-us/sharepoint/dev/solution-guidance/security-apponly-azuread (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

import requests

from connectors.m365.auth import TokenSource
from connectors.m365.errors import NotFound
from connectors.m365.graph import Json
from connectors.m365.permissions import SHAREPOINT_FULL_CONTROL
from connectors.m365.settings import Settings
from connectors.sdk.errors import AccessDenied, ConnectorError, UnexpectedResponse
from connectors.sdk.http import HttpSession
from connectors.sdk.listing_guard import ListingGuard
from connectors.sdk.message import say

# The hosts of SharePoint: worldwide, GCC High, DoD, China.
# Source: not documented; assumed
_ALLOWED_HOSTS = (".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn")
_HEADERS = {"Accept": "application/json;odata=nometadata"}


class SharePointRest:
    """The requests to SharePoint's REST API; a site is named by its URL.

    Every method that sends may raise `SignInError` (no token), and `QuotaExhausted` or
    `Unreachable` of the HTTP layer.
    """

    def __init__(self, http: HttpSession, auth: TokenSource, settings: Settings) -> None:
        self._http = http
        self._auth = auth
        self._gateway = settings.sharepoint_url

    def get(self, site: str, path: str) -> Json:
        """Return an object of a site.

        Raises:
            AccessDenied: SharePoint answered 401 or 403.
            NotFound: SharePoint answered 404.
            UnexpectedResponse: Another error, no JSON object, or the URL is not one of SharePoint.
        """
        return self._read("GET", site, path)

    def post(self, site: str, path: str) -> Json:
        """Return the result of a function that reads but has to be called with POST.

        Raises:
            AccessDenied: SharePoint answered 401 or 403.
            NotFound: SharePoint answered 404.
            UnexpectedResponse: Another error, no JSON object, or the URL is not one of SharePoint.
        """
        return self._read("POST", site, path)

    def collection(self, site: str, path: str) -> Iterator[Json]:
        """Iterate over the objects of a collection, page by page.

        Raises:
            AccessDenied: SharePoint answered 401 or 403.
            NotFound: SharePoint answered 404.
            UnexpectedResponse: Another error, no collection, or a page that links to itself.
        """
        guard = ListingGuard(path.partition("?")[0])
        while path:
            page = self.get(site, path)
            values = page.get("value")
            if not isinstance(values, list):
                raise _unreadable(path)
            yield from cast(list[Json], values)
            link = str(page.get("odata.nextLink") or page.get("@odata.nextLink") or "")
            _, found, rest = link.partition("/_api/")
            following = f"/_api/{rest}" if found else ""
            guard.check(following, (str(value) for value in cast(list[Json], values)))
            if following == path:
                raise UnexpectedResponse(say("m365.endless", path=path), hint=say("m365.report"))
            path = following

    def _read(self, method: str, site: str, path: str) -> Json:
        """Send a request. Raise `UnexpectedResponse` for a host that gets no token from here."""
        parts = urlsplit(site)
        if not (parts.hostname or "").endswith(_ALLOWED_HOSTS):
            raise UnexpectedResponse(say("m365.foreign_link"), hint=say("m365.report"))
        audience = f"https://{parts.netloc}/.default"
        root = (self._gateway or f"https://{parts.netloc}") + parts.path.rstrip("/")
        response = requests.Response()
        for _ in range(2):  # once more with a new token after a 401
            token = self._auth.token(audience)
            headers = {"Authorization": f"Bearer {token}", **_HEADERS}
            response = self._http.request(method, root + path, headers=headers)
            if response.status_code != 401:
                break
            self._auth.invalidate(token, audience)
        return _body_of(path, response)


def _body_of(path: str, response: requests.Response) -> Json:
    """Return the JSON object of a response. Raise the error that its status is mapped to."""
    resource = path.partition("?")[0]
    if response.status_code >= 400:
        raise _map_error(resource, response.status_code)
    try:
        body: object = response.json()
    except requests.exceptions.JSONDecodeError:
        raise _unreadable(resource) from None
    if not isinstance(body, dict):
        raise _unreadable(resource)
    return cast(Json, body)


def _map_error(path: str, status: int) -> ConnectorError:
    if status in {401, 403}:
        return AccessDenied(
            say("m365.details_denied", path=path, status=status),
            hint=say("m365.denied_hint", permission=SHAREPOINT_FULL_CONTROL),
        )
    if status == 404:
        return NotFound(say("m365.not_found", path=path), hint=say("m365.not_found_hint"))
    return UnexpectedResponse(
        say("m365.unexpected", path=path, status=status, code="?"), hint=say("m365.report")
    )


def _unreadable(path: str) -> UnexpectedResponse:
    resource = path.partition("?")[0]
    return UnexpectedResponse(say("m365.unreadable", path=resource), hint=say("m365.report"))
