"""Metadata API client (SOAP): definitions of sharing rules and settings, which SOQL cannot read.

The API requires a permission that also allows changes, so only two calls exist here, and both
read. The client of simple-salesforce is not used: it ignores the proxy and the CA bundle, and it
drops empty elements such as `<allPartnerUsers/>`.

Sources:

Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.264.0.api_meta.meta/api_meta/meta_listmetadata.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NoReturn
from xml.etree.ElementTree import Element, ParseError, SubElement, TreeBuilder, XMLParser, tostring

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceGeneralError

from connectors.salesforce.client import Client
from connectors.salesforce.errors import QueryFailed, unexpected_response
from connectors.sdk.batched import batched
from connectors.sdk.errors import AccessDenied, UnexpectedResponse

# Names in one readMetadata call.
# Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)  # noqa: E501 -- an address
NAMES_PER_READ = 10
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_METADATA = "http://soap.sforce.com/2006/04/metadata"

Operation = Literal["readMetadata", "listMetadata"]


class _NoDoctypeBuilder(TreeBuilder):
    """A tree builder that refuses a DTD, so that no entity can expand."""

    def doctype(self, *_: object) -> NoReturn:
        """Raise `ParseError`: no response of Salesforce has a document type."""
        msg = "a document type"
        raise ParseError(msg)


class MetadataApi:
    """Reads metadata by type and full name. Errors are those of `Client.call`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, kind: str, names: Iterable[str]) -> Iterator[Element]:
        """Yield the definitions of these names; names that do not exist are left out.

        Raises:
            AccessDenied: The audit user may not read this type.
            QueryFailed: Salesforce refused the call.
            UnexpectedResponse: A response of unknown form.
        """
        for some in batched(sorted(names), NAMES_PER_READ):
            for record in self._read_batch(kind, some):
                if child_text(record, "fullName"):
                    yield record

    def read_apart(
        self, kind: str, names: Iterable[str], refused: dict[str, UnexpectedResponse]
    ) -> Iterator[Element]:
        """Yield the definitions of these names; the errors of names that fail go to `refused`.

        A call that Salesforce refuses is halved, until the name is found that it fails for. Raise
        `AccessDenied` if the audit user may not read this type.
        """
        for some in batched(sorted(names), NAMES_PER_READ):
            for record in self._read_halving(kind, some, refused):
                if child_text(record, "fullName"):
                    yield record

    def _read_halving(
        self, kind: str, names: Sequence[str], refused: dict[str, UnexpectedResponse]
    ) -> list[Element]:
        try:
            return [*self._read_batch(kind, names)]
        except QueryFailed as failed:
            middle = len(names) // 2
            if not middle:
                refused[names[0]] = failed
                return []
            parts = (names[:middle], names[middle:])
            return [each for part in parts for each in self._read_halving(kind, part, refused)]
        except UnexpectedResponse as odd:
            refused |= dict.fromkeys(names, odd)
            return []

    def list_names(self, kind: str) -> list[str]:
        """Return the full names of all components of a type, sorted. Raises as `read`."""
        return sorted(self.list_components(kind))

    def list_components(self, kind: str) -> dict[str, str]:
        """Return the ids of all components of a type, by full name. Raises as `read`."""
        answer = self._call(kind, "listMetadata", [("queries", [("type", kind)])])
        return {child_text(found, "fullName"): child_text(found, "id") for found in answer}

    def _read_batch(self, kind: str, names: Sequence[str]) -> Iterator[Element]:
        wanted: list[tuple[str, Any]] = [("type", kind), *(("fullNames", name) for name in names)]
        for result in self._call(kind, "readMetadata", wanted):
            yield from result

    def _call(self, kind: str, name: Operation, parts: list[tuple[str, Any]]) -> Element:
        """Send one SOAP request and return its response element; send it again if there is none.

        Raise `UnexpectedResponse` if there is none again, else the mapped error of a fault.
        """

        def call(sf: Salesforce) -> bytes:
            response = sf.session.post(
                f"https://{sf.sf_instance}/services/Soap/m/{sf.sf_version}",
                data=_envelope(sf, name, parts),
                headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
            )
            if response.status_code != 200:
                _raise_fault(response.status_code, response.content, kind)
            return response.content

        def answer() -> Element:
            found = _parse_xml(self._client.call(kind, call), kind).find(
                f".//{{{_METADATA}}}{name}Response"
            )
            if found is None:
                raise unexpected_response(name, kind)
            return found

        try:
            return answer()
        except (AccessDenied, QueryFailed):
            raise
        except UnexpectedResponse:  # a page of another program between, once
            return answer()


def child_text(element: Element, name: str) -> str:
    """Return the text of a child element, or ""."""
    return element.findtext(f"{{{_METADATA}}}{name}", "")


def child_elements(element: Element, name: str) -> list[Element]:
    """Return all child elements of a name."""
    return element.findall(f"{{{_METADATA}}}{name}")


def element_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.removeprefix(f"{{{_METADATA}}}")


def _envelope(sf: Salesforce, name: Operation, parts: list[tuple[str, Any]]) -> bytes:
    envelope = Element(f"{{{_ENVELOPE}}}Envelope")
    header = SubElement(envelope, f"{{{_ENVELOPE}}}Header")
    session = SubElement(header, f"{{{_METADATA}}}SessionHeader")
    SubElement(session, f"{{{_METADATA}}}sessionId").text = sf.session_id
    body = SubElement(envelope, f"{{{_ENVELOPE}}}Body")
    _append_parts(SubElement(body, f"{{{_METADATA}}}{name}"), parts)
    return tostring(envelope, encoding="utf-8", xml_declaration=True)


def _append_parts(element: Element, parts: list[tuple[str, Any]]) -> None:
    for name, value in parts:
        part = SubElement(element, f"{{{_METADATA}}}{name}")
        if isinstance(value, str):
            part.text = value
        else:
            _append_parts(part, value)


def _parse_xml(content: bytes, kind: str) -> Element:
    """Parse XML without a DTD. Raise `UnexpectedResponse` if it is not well-formed."""
    parser: XMLParser[Element] = XMLParser(target=_NoDoctypeBuilder())  # noqa: S314 -- see _Tree
    try:
        parser.feed(content)
        return parser.close()
    except ParseError:
        raise unexpected_response("XML", kind) from None


def _raise_fault(status: int, content: bytes, kind: str) -> NoReturn:
    """Raise the simple-salesforce error for a SOAP fault.

    A fault has status 500 and a code such as `sf:INVALID_SESSION_ID`; it is mapped to status 400.

    Source: measured against a generated tenant, not documented
    """
    code = _parse_xml(content, kind).findtext(".//faultcode", "").rpartition(":")[2]
    content_as_json: Any = [{"errorCode": code}]
    error = SalesforceExpiredSession if code == "INVALID_SESSION_ID" else SalesforceGeneralError
    raise error("", 400 if status == 500 else status, kind, content_as_json)
