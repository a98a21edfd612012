"""The Metadata API: definitions of sharing rules and settings, which no query shows.

It speaks SOAP only, and needs a permission that could also change them: two calls exist here, and
both read. simple-salesforce's client loses the proxy, the CA bundle and empty elements such as
`<allPartnerUsers/>`, the widest receivers of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NoReturn
from xml.etree.ElementTree import Element, ParseError, SubElement, TreeBuilder, XMLParser, tostring

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceGeneralError

from connectors.salesforce.client import Client
from connectors.salesforce.refusals import unknown_form
from connectors.sdk.batched import batched

MOST = 10  # names in one readMetadata
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_METADATA = "http://soap.sforce.com/2006/04/metadata"

Call = Literal["readMetadata", "listMetadata"]


class _Tree(TreeBuilder):
    """A tree of a document without a DTD: where none is declared, no entity can grow."""

    def doctype(self, *_: object) -> NoReturn:
        """No answer of Salesforce has one."""
        msg = "a document type"
        raise ParseError(msg)


class Metadata:
    """Definitions by type and name."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, kind: str, names: Iterable[str]) -> Iterator[Element]:
        """The definitions of these names; one that does not exist is left out."""
        for some in batched(sorted(names), MOST):
            for record in self._records(kind, some):
                if text_of(record, "fullName"):
                    yield record

    def names(self, kind: str) -> list[str]:
        """The names of all definitions of a type."""
        answer = self._call(kind, "listMetadata", [("queries", [("type", kind)])])
        return sorted(text_of(found, "fullName") for found in answer)

    def _records(self, kind: str, names: Sequence[str]) -> Iterator[Element]:
        wanted: list[tuple[str, Any]] = [("type", kind), *(("fullNames", name) for name in names)]
        for result in self._call(kind, "readMetadata", wanted):
            yield from result

    def _call(self, kind: str, name: Call, parts: list[tuple[str, Any]]) -> Element:
        def call(sf: Salesforce) -> bytes:
            response = sf.session.post(
                f"https://{sf.sf_instance}/services/Soap/m/{sf.sf_version}",
                data=_envelope(sf, name, parts),
                headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
            )
            if response.status_code != 200:
                _raise_fault(response.status_code, response.content, kind)
            return response.content

        found = _parsed(self._client.ask(kind, call), kind).find(
            f".//{{{_METADATA}}}{name}Response"
        )
        if found is None:
            raise unknown_form(name, kind)
        return found


def text_of(element: Element, name: str) -> str:
    """The text of a child, or nothing."""
    return element.findtext(f"{{{_METADATA}}}{name}", "")


def parts_of(element: Element, name: str) -> list[Element]:
    """All children of a name."""
    return element.findall(f"{{{_METADATA}}}{name}")


def name_of(element: Element) -> str:
    """The element's own name."""
    return element.tag.removeprefix(f"{{{_METADATA}}}")


def _envelope(sf: Salesforce, name: Call, parts: list[tuple[str, Any]]) -> bytes:
    envelope = Element(f"{{{_ENVELOPE}}}Envelope")
    header = SubElement(envelope, f"{{{_ENVELOPE}}}Header")
    session = SubElement(header, f"{{{_METADATA}}}SessionHeader")
    SubElement(session, f"{{{_METADATA}}}sessionId").text = sf.session_id
    body = SubElement(envelope, f"{{{_ENVELOPE}}}Body")
    _fill(SubElement(body, f"{{{_METADATA}}}{name}"), parts)
    return tostring(envelope, encoding="utf-8", xml_declaration=True)


def _fill(element: Element, parts: list[tuple[str, Any]]) -> None:
    for name, value in parts:
        part = SubElement(element, f"{{{_METADATA}}}{name}")
        if isinstance(value, str):
            part.text = value
        else:
            _fill(part, value)


def _parsed(content: bytes, kind: str) -> Element:
    parser: XMLParser[Element] = XMLParser(target=_Tree())  # noqa: S314 -- see _Tree
    try:
        parser.feed(content)
        return parser.close()
    except ParseError:
        raise unknown_form("XML", kind) from None


def _raise_fault(status: int, content: bytes, kind: str) -> NoReturn:
    """SOAP refuses with 500 and a code such as `sf:INVALID_SESSION_ID`."""
    code = _parsed(content, kind).findtext(".//faultcode", "").rpartition(":")[2]
    told: Any = [{"errorCode": code}]
    error = SalesforceExpiredSession if code == "INVALID_SESSION_ID" else SalesforceGeneralError
    raise error("", 400 if status == 500 else status, kind, told)
