"""The Aura endpoint of the simulated public sites, for users who are not signed in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.salesforce.demo.scenario import CAREERS_SITE, INQUIRY_SITE, PARTNER_SITE, Site
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.local_server import Request, Response

FRAMEWORK = "ZGVtbyBmcmFtZXdvcms.2.31-0"
UPDATED = "YW5vdGhlciBidWlsZA.2.31-1"
ENDPOINTS = {
    INQUIRY_SITE: "/s/sfsites/aura",
    PARTNER_SITE: "/sfsites/aura",
    CAREERS_SITE: "",
}  # no Lightning there
COUNTS: dict[Site, Mapping[str, int]] = {
    INQUIRY_SITE: {"Case": 2_912, "Contact": 12_157, "Faq__c": 25},  # Member__c is hidden
    PARTNER_SITE: {"Opportunity": 3, "SeminarEntry__c": 96, "SeminarGuest__c": 180},
}
"""Opportunities can be counted although no permission, rule or share explains it."""
LISTED_ONLY = frozenset({"SeminarGuest__c"})  # GraphQL does not know it

_PAGE = Response(
    body=f"<!DOCTYPE html><html><body>Log in {{{LINK_CANARY}}}</body></html>".encode(),
    headers={"Content-Type": "text/html"},
)
_GONE = Response(status=404, body=_PAGE.body, headers={"Content-Type": "text/html"})
TRAPS: Mapping[str, Response] = {
    "login page": _PAGE,
    "throttled": Response(status=429, headers={"Retry-After": "1"}),
    "broken": Response(status=503, body=b"<html>"),
    "redirect": Response(status=302, headers={"Location": "https://elsewhere.example/aura"}),
    "lwr": _GONE,
    "members only": Response(
        body=b'*/{"event":{"descriptor":"markup://aura:invalidSession","attributes":'
        b'{"values":{}}}}/*ERROR*/'
    ),
    "cut": Response(cut="middle", body=b"x" * 100),
    "torn": Response(body=f'{{"actions":[{{"returnValue":{{"result":["{LINK_CANARY}"'.encode()),
}
"""Complete responses by name; "too large", "updated" and "no number" alter the normal ones."""


class AuraEndpoint:
    """Answers Aura requests. `trap` selects a faulty or unusual behaviour."""

    def __init__(self) -> None:
        self.trap = ""
        self.framework = FRAMEWORK
        self._answered = 0

    def respond(self, request: Request) -> Response | None:
        """Return the response of a public site; None for any other path."""
        for site, endpoint in ENDPOINTS.items():
            if request.path.startswith(f"/{site.path}/"):
                if self.trap in TRAPS:
                    return TRAPS[self.trap]
                found = endpoint and request.path == f"/{site.path}{endpoint}"
                return self._respond_to(site, request.form()) if found else _GONE
        return None

    def _respond_to(self, site: Site, form: Mapping[str, str]) -> Response:
        context = json.loads(form["aura.context"])
        if form["aura.token"] not in ("null", "undefined"):
            return Response(status=401)
        if context["fwuid"] != self.framework:
            message = f"Framework has been updated. Expected: {self.framework} Actual: x"
            event = {"descriptor": "markup://aura:clientOutOfSync"}
            body = json.dumps({"event": event, "exceptionMessage": message})
            return Response(body=f"*/{body}/*ERROR*/".encode())
        actions = [self._action(site, a) for a in json.loads(form["message"])["actions"]]
        self._answered += 1
        if self.trap == "updated" and self._answered == 1:
            self.framework = UPDATED
        return Response(
            body={"actions": actions, "context": {"fwuid": self.framework, "app": context["app"]}}
        )

    def _action(self, site: Site, action: Mapping[str, Any]) -> dict[str, Any]:
        descriptor, params = action["descriptor"], action["params"]
        if descriptor == "aura://RecordUiController/ACTION$executeGraphQL":
            names = re.findall(r"(\w+)\{totalCount\}", params["queryInput"]["query"])
            value: Any = self._totals(site, names)
        elif descriptor.endswith("SelectableListDataProviderController/ACTION$getItems"):
            value = self._items(site, params["entityNameOrId"])
        else:
            value = None
        state = "ERROR" if value is None else "SUCCESS"
        error = [] if value is not None else [{"message": f"You have no access, {LINK_CANARY}"}]
        return {"id": action["id"], "state": state, "returnValue": value, "error": error}

    def _totals(self, site: Site, names: Sequence[str]) -> dict[str, Any]:
        known = COUNTS[site]
        errors = list(self._errors(site, names))
        totals = {n: {"totalCount": self._number(known[n])} for n in names if n in known}
        data = None if errors else {"uiapi": {"query": totals}}
        return {"data": data, "errors": errors}

    def _errors(self, site: Site, names: Sequence[str]) -> Iterator[dict[str, str]]:
        """Yield the errors of a query; one unknown object fails the query for all."""
        for name in names:
            if name not in COUNTS[site] or name in LISTED_ONLY:
                message = f"Validation error of type FieldUndefined: Field '{name}' is undefined"
                yield {"message": message}
        if self.trap == "too large" and (len(names) > 1 or "Contact" in names):
            yield {"message": "OPERATION_TOO_LARGE: the query is too expensive"}

    def _items(self, site: Site, name: str) -> dict[str, Any] | None:
        """Return a count, with a record that the client must drop."""
        if name not in COUNTS[site]:
            return None
        row = {
            "Id": "003000000000001",
            "Name": LINK_CANARY,
            "message": LINK_CANARY,
            "totalCount": 99,
        }
        number = self._number(COUNTS[site][name])
        return {
            "totalCount": number,
            "result": [{"record": row}],
            "error": {"message": LINK_CANARY},
        }

    def _number(self, count: int) -> int | None:
        return None if self.trap == "no number" else count
