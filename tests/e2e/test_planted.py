"""Personal data in the records of a tenant: planted everywhere, found nowhere."""

from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest

from connectors.salesforce.demo.records import LABELS
from connectors.salesforce.demo.tables import DEFINITIONS, PERMISSIONS
from connectors.sdk.local_server import Request, Response

Serve = Callable[..., Any]

PLANTED = {  # as a record has it
    "Name": "植木 花子 PLANTED",
    "Email": "planted.hanako@person.example",
    "Phone": "090-5555-0199",
    "MailingAddress": "東京都千代田区植込町 9-9-9",
}


def planted_in(tenant: Any) -> None:
    """Every object's rows are people, and ids of share rows are theirs."""
    for name in LABELS:
        for row in tenant.tables[name].rows:
            row |= PLANTED


def talkative(request: Request) -> Response | None:
    """Refusals that quote a record, as Salesforce's do now and then."""
    said = ", ".join(PLANTED.values())
    error = [{"errorCode": "QUERY_TIMEOUT", "message": f"{said}: too slow"}]
    if b"ContactShare" in request.body or "describe" in request.path:
        return Response(status=400, body=error)
    if b"SharingRules" in request.body:
        fault = f"<faultcode>sf:UNKNOWN_EXCEPTION</faultcode><faultstring>{said}</faultstring>"
        envelope = "http://schemas.xmlsoap.org/soap/envelope/"
        body = f'<e:Envelope xmlns:e="{envelope}"><e:Body><e:Fault>{fault}</e:Fault></e:Body>'
        return Response(
            status=500,
            body=f"{body}</e:Envelope>".encode(),
            headers={"Content-Type": "text/xml; charset=UTF-8"},
        )
    return None


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("fault", [None, talkative], ids=["answers", "refusals"])
def test_a_person_in_a_record_is_in_no_output_log_report_or_state(
    serve: Serve, language: str, fault: Any
) -> None:
    with serve("salesforce", permissions=(*PERMISSIONS, *DEFINITIONS)) as site:
        planted_in(site.tenants["salesforce"])
        site.write(report={"formats": ["html", "jsonl", "xlsx"]})
        site.fault = fault
        done = site.run("scan", "-v", "--lang", language)
        assert done.returncode == (4 if fault else 0), done.stderr
        told = [done, site.run("findings", "--lang", language), site.run("doctor", "-v")]
    produced = [p for p in site.folder.rglob("*") if p.is_file() and p.parent != site.folder]
    assert {".db", ".log", ".csv", ".html", ".jsonl"} <= {p.suffix for p in produced}
    heard = [(" ".join(each.args[3:]), each.stdout + each.stderr) for each in told]
    heard += [(p.name, unpacked(p)) for p in produced]
    for value in PLANTED.values():
        assert not [name for name, text in heard if value in text]


def unpacked(path: Any) -> str:
    """What a file holds; workbooks are archives."""
    if path.suffix != ".xlsx":
        return path.read_bytes().decode("utf-8", "replace")
    with ZipFile(path) as archive:
        return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def test_the_tenant_would_tell_whoever_asked(serve: Serve) -> None:
    """The test above can fail: the planted words are answers to a query."""
    with serve("salesforce") as site:
        tenant = site.tenants["salesforce"]
        planted_in(tenant)
        query = {"q": "SELECT Name FROM Contact"}
        token = {"authorization": f"Bearer {tenant.open_session()}"}
        asked = Request(
            method="GET",
            path="/services/data/v64.0/query",
            query=query,
            headers=token,
            body=b"",
            base="https://127.0.0.1:1",
        )
        assert PLANTED["Name"] in str(tenant.respond(asked).body)
