"""The Metadata API of the simulated organization: two SOAP calls, for users with the permission."""

from __future__ import annotations

import re
from urllib.parse import quote
from xml.etree.ElementTree import fromstring
from xml.sax.saxutils import escape

from connectors.salesforce.demo.records import GUEST_RULES, OTHER_RULES, SHARING_SETS
from connectors.salesforce.demo.scenario import MEMBERS, SITES
from connectors.sdk.local_server import Request, Response

_NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
_HEADERS = {"Content-Type": "text/xml; charset=UTF-8"}


PROFILES = {each.label: each.profile for each in MEMBERS if each.owned}
"""Ids of profiles by their metadata names, which are not translated."""


class MetadataEndpoint:
    """Answers readMetadata and listMetadata. `calls` lists the calls received."""

    def __init__(self, *, allowed: bool, secure: bool) -> None:
        self.calls: list[str] = []
        self._allowed = allowed
        self._secure = secure

    def session_of(self, request: Request) -> str:
        """Return the session id in a message."""
        found = re.search(rb"<(?:\w+:)?sessionId>([^<]*)<", request.body)
        return found.group(1).decode() if found else ""

    def respond(self, request: Request) -> Response:
        """Return the response to a message."""
        body = fromstring(request.body)[-1][0]  # noqa: S314 -- our own client's words
        name = body.tag.removeprefix(_NAMESPACE)
        self.calls.append(name)
        if not self._allowed:
            return self.fault("sf:INSUFFICIENT_ACCESS")
        if name == "listMetadata":
            kind = body.findtext(f"{_NAMESPACE}queries/{_NAMESPACE}type", "")
            sites = [f"Site_{site.number}" for site in SITES]
            ruled = [*GUEST_RULES, *OTHER_RULES]
            names: dict[str, list[str]] = {
                "CustomSite": sites,
                "Profile": [*PROFILES],
                "SharingRules": ruled,
                "SharingSet": [*SHARING_SETS],
            }
            found = "".join(
                f"<result><fullName>{quote(n, safe=' ')}</fullName><id>{PROFILES.get(n, '')}</id>"
                "</result>"
                for n in names[kind]
            )
            return _answer(name, found)
        if name != "readMetadata":
            return self.fault("sf:UNKNOWN_EXCEPTION")
        kind = body.findtext(f"{_NAMESPACE}type", "")
        full_names = [str(each.text) for each in body.findall(f"{_NAMESPACE}fullNames")]
        if len(full_names) > 10:
            return self.fault("sf:EXCEEDED_ID_LIMIT")
        return _answer(
            name, f"<result>{''.join(self._record(kind, n) for n in full_names)}</result>"
        )

    def fault(self, code: str) -> Response:
        """Return a SOAP fault, which has status 500."""
        return Response(
            status=500,
            body=_envelope(
                f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{code}: no"
                "</faultstring></soapenv:Fault>"
            ),
            headers=_HEADERS,
        )

    def _record(self, kind: str, name: str) -> str:
        inner = {
            "SharingSettings": self._settings,
            "CustomSite": _site,
            "SharingSet": _set,
            "SharingRules": _rules,
        }[kind](name)
        if not inner:
            return '<records xsi:nil="true"/>'
        return f'<records xsi:type="{kind}"><fullName>{name}</fullName>{inner}</records>'

    def _settings(self, _: str) -> str:
        secure = str(self._secure).lower()
        return (
            "<enableCommunityUserVisibility>true</enableCommunityUserVisibility>"
            "<enablePartnerSuperUserAccess>false</enablePartnerSuperUserAccess>"
            "<enablePortalUserVisibility>false</enablePortalUserVisibility>"
            f"<enableSecureGuestAccess>{secure}</enableSecureGuestAccess>"
        )


def _site(name: str) -> str:
    site = next(site for site in SITES if f"Site_{site.number}" == name)
    aura = str(site.number != 2).lower()
    label = escape(site.label)
    return f"<enableAuraRequests>{aura}</enableAuraRequests><masterLabel>{label}</masterLabel>"


def _set(name: str) -> str:
    profile, lines = SHARING_SETS[name]
    made = "".join(
        f"<accessMappings><accessLevel>Read</accessLevel><object>{target}</object>"
        f"<objectField>{theirs}</objectField><userField>{own}</userField></accessMappings>"
        for target, theirs, own in lines
    )
    return f"{made}<name>{name}</name><profiles>{quote(profile, safe=' ')}</profiles>"


def _rules(name: str) -> str:
    made = ""
    for element, rules in (
        ("sharingGuestRules", GUEST_RULES),
        ("sharingCriteriaRules", OTHER_RULES),
    ):
        for rule, who, text, conditions in rules.get(name, ()):
            shared = f"<{who}>{escape(text)}</{who}>" if text else f"<{who}/>"
            made += (
                f"<{element}><fullName>{rule}</fullName><accessLevel>Read</accessLevel>"
                f"<label>{rule}</label><sharedTo>{shared}</sharedTo>"
                f"{''.join(_condition(*each) for each in conditions)}</{element}>"
            )
    return made or "<!-- none -->"


def _condition(field: str, operation: str, value: str) -> str:
    return (
        f"<criteriaItems><field>{field}</field><operation>{operation}</operation>"
        f"<value>{escape(value)}</value></criteriaItems>"
    )


def _answer(name: str, inner: str) -> Response:
    body = (
        f'<{name}Response xmlns="http://soap.sforce.com/2006/04/metadata">{inner}</{name}Response>'
    )
    return Response(body=_envelope(body), headers=_HEADERS)


def _envelope(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="http://soap.sforce.com/2006/04/metadata" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()
