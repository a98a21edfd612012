"""SharePoint's own REST in the demo: groups of a site, links with their history, the admin site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from connectors.m365.demo.libraries import Library
from connectors.m365.demo.people import NESTED, OFFICE, SALES_TEAM, SATO, TENANT_ID
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.local_server import Request, Response

_DENIED = Response(status=403, body={"odata.error": {"code": "-2147024891, Access denied."}})
_NONE = Response(status=404, body={"odata.error": {"code": "-1, ResourceNotFound"}})
_EVERYONE_EXCEPT_EXTERNAL = f"c:0-.f|rolemanager|spo-grid-all-users/{TENANT_ID}"
# Names and types as a real tenant sends them.
# Source: https://github.com/cisagov/ScubaGear/blob/HEAD/PowerShell/ScubaGear/Rego/SharepointConfig.rego (read 2026-11-30)  # noqa: E501 -- an address
_TENANT: dict[str, Any] = {
    "SharingCapability": 2,
    "DefaultSharingLinkType": 3,
    "DefaultLinkPermission": 2,
    "FileAnonymousLinkType": 2,
    "FolderAnonymousLinkType": 1,
    "ODBSharingCapability": 2,
    "RequireAnonymousLinksExpireInDays": -1,
    "ExternalUserExpirationRequired": False,
    "ExternalUserExpireInDays": 60,
    "EmailAttestationRequired": False,
    "EmailAttestationReAuthDays": 30,
    "EnableAzureADB2BIntegration": True,
    "ShowEveryoneClaim": True,
    "ShowEveryoneExceptExternalUsersClaim": True,
    "ShowAllUsersClaim": False,
    "CoreRequestFilesLinkEnabled": True,
    "OneDriveRequestFilesLinkEnabled": True,
    "CoreBlockGuestsAsSiteAdmin": 0,
    "GuestSharingGroupAllowListInTenantByPrincipalIdentity": None,
    "WhoCanShareAllowListInTenantByPrincipalIdentity": ["b", "a"],
    "ODBMembersCanShare": 0,
}


def _user(login: str, title: str, mail: str = "") -> dict[str, Any]:
    return {"LoginName": login, "Title": title, "Email": mail}


GROUPS = {
    "3": [_user(SATO.login, SATO.name, SATO.mail)],
    "4": [
        _user(_EVERYONE_EXCEPT_EXTERNAL, "外部ユーザー以外のすべてのユーザー"),
        _user(NESTED.login, NESTED.name, NESTED.mail),
    ],
    "5": [_user(SALES_TEAM.login, SALES_TEAM.name), _user(OFFICE.login, OFFICE.name)],
}
"""Who is in the owners (3), the visitors (4) and the members (5) of every site."""


ADMINISTRATORS = {"/sites/project": (SATO, NESTED)}
"""Who administers a site collection, by its path; of the others an employee."""


class SharePointServer:
    """The REST of every site of the tenant, and of its admin site."""

    def __init__(self, libraries: Iterable[Library]) -> None:
        self.allowed = True  # whether the application may
        self._libraries = {library.list_id: library for library in libraries}

    def respond(self, request: Request) -> Response | None:
        """Return the response of SharePoint's REST API; None for a path that is not its own."""
        _, found, path = request.path.partition("/_api/")
        if not found:
            return None
        if not self.allowed:
            return _DENIED
        if path == "SPO.Tenant":
            return Response(body=_TENANT)
        if path == "site":
            return Response(body={"ShareByEmailEnabled": True, "ShareByLinkEnabled": True})
        if path == "web/siteusers":
            users = ADMINISTRATORS.get(request.path.partition("/_api/")[0], (SATO,))
            return Response(body={"value": [_user(p.login, p.name, p.mail) for p in users]})
        if group := re.fullmatch(r"web/sitegroups/getbyid\((\d+)\)/users", path):
            return self._group(request, group[1])
        wanted = r"web/lists\(guid'([^']+)'\)/items\((\d+)\)/GetSharingInformation"
        if (item := re.fullmatch(wanted, path)) and request.method == "POST":
            return self._sharing(item[1], int(item[2]))
        return _NONE

    def _group(self, request: Request, number: str) -> Response:
        """One user a page: a collection is read to its end."""
        users = GROUPS.get(number)
        if users is None:
            return _NONE
        at = int(request.query.get("$skip", "0"))
        body: dict[str, Any] = {"value": users[at : at + 1]}
        if at + 1 < len(users):
            path = quote(request.path)
            body["odata.nextLink"] = f"{request.base}{path}?$skip={at + 1}"
        return Response(body=body)

    def _sharing(self, list_id: str, number: int) -> Response:
        library = self._libraries.get(list_id)
        if library is None or not 0 < number < len(library):
            return _NONE
        links: list[dict[str, Any]] = [
            {
                "isInherited": False,
                "linkDetails": {
                    "ShareId": row.id.upper(),
                    "Created": "2025-02-03T04:05:06.000Z",
                    "CreatedBy": {"email": SATO.mail.upper(), "loginName": SATO.login},
                    "RequiresPassword": False,
                    "Url": f"https://example.sharepoint.com/:x:/s/{LINK_CANARY}",
                    "ShareTokenString": LINK_CANARY,
                },
                "linkMembers": [],
            }
            for row in library.node(number).rows
            if row.scope
        ]
        return Response(body={"permissionsInformation": {"links": links}})
