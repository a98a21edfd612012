"""One answer that is lost costs what it was asked about, and no listing goes on for ever."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import pytest

from connectors.salesforce.connector import CODE, DOCUMENTS, FILES, RECORDS, SHARING, SITES
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.scenario import INQUIRY_SITE
from connectors.salesforce.demo.tables import DEFINITIONS
from connectors.salesforce.share_queries import share_table
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import UNKNOWN, Checkpoint, GrantCause, Item, Setting, Status
from connectors.sdk.testing import ServedTenant, scan
from tests.unit.connectors.salesforce.given import GUEST, TIER_C, Open, grant_of, reading, tenant_of

HTML = Response(body=b"<html>maintenance</html>", headers={"Content-Type": "text/html"})
Spoil = Callable[[dict[str, Any]], None]


def status_of(status: int, code: str = "NOT_FOUND") -> Spoil:
    def spoil(part: dict[str, Any]) -> None:
        part["httpStatusCode"] = status
        part["body"] = [{"errorCode": code, "message": "no"}]

    return spoil


def body_of(body: object) -> Spoil:
    return lambda part: part.update(body=body)


def spoil_parts(opened: ServedTenant, about: str, spoil: Spoil, *, times: int = 10**6) -> list[int]:
    """Spoil the parts of composite requests whose address holds these words, so many times."""
    spoiled = [0]

    def fault(request: Request, _times: int) -> Response | None:
        if not request.path.endswith("/composite"):
            return None
        wanted = [
            p["referenceId"]
            for p in request.json()["compositeRequest"]
            if about in unquote_plus(p["url"]) + " "
        ]
        if not wanted or spoiled[0] >= times:
            return None
        spoiled[0] += 1
        answer = tenant_of(opened).respond(request)
        body: Any = answer.body
        for part in body["compositeResponse"]:
            if part["referenceId"] in wanted:
                spoil(part)
        if spoil is LEFT_OUT:
            body["compositeResponse"] = [p for p in body["compositeResponse"] if "body" in p]
        return answer

    opened.harness.inject_fault(fault)
    return spoiled


def LEFT_OUT(part: dict[str, Any]) -> None:  # noqa: N802 -- a value among others
    del part["body"]


SPOILT = [
    pytest.param(status_of(404), id="404"),
    pytest.param(status_of(500, "UNKNOWN_EXCEPTION"), id="500"),
    pytest.param(status_of(503, "SERVER_UNAVAILABLE"), id="503"),
    pytest.param(status_of(401, "INVALID_SESSION_ID"), id="401"),
    pytest.param(status_of(400, "QUERY_TIMEOUT"), id="QUERY_TIMEOUT"),
    pytest.param(LEFT_OUT, id="left out"),
    pytest.param(body_of([]), id="a list"),
    pytest.param(body_of("<html>"), id="HTML"),
    pytest.param(body_of(None), id="null"),
    pytest.param(body_of({}), id="no fields"),
    pytest.param(body_of({"totalSize": 1, "done": True, "records": {}}), id="records no list"),
    pytest.param(body_of({"totalSize": 1, "done": True, "records": [7]}), id="a row no object"),
    pytest.param(body_of({"totalSize": "x", "done": True, "records": []}), id="no number"),
    pytest.param(body_of({"totalSize": -1, "done": True, "records": []}), id="below zero"),
    pytest.param(body_of({"totalSize": 14, "done": True, "records": []}), id="14 and none"),
]
ASKED = [  # words of an address; objects that depend on the answer
    (" FROM Network ", {vendor_id("0DB", 1), vendor_id("0DB", 5)}),  # who may register
    (" FROM NetworkSelfRegistration ", {"Survey__c"}),
    (" FROM CaseShare ", {"Case", "Case.ContentDocumentLinks"}),
    (" FROM FieldDefinition ", set[str]()),
    (" FROM FieldPermissions ", set[str]()),
    (" FROM EntityDefinition ", {"OrderLine__c", "Order__c", "SeminarGuest__c"}),
    (" FROM GroupMember ", {"Price__c", "Case.ContentDocumentLinks"}),
    (" FROM Group ", {"Application__c", "Price__c", "Rebate__c", "Visit__c"}),
    ("/describe", {"OrderLine__c", "SeminarGuest__c"}),
    (" FROM ContentDocumentLink ", {"Case.ContentDocumentLinks"}),
    (" FROM Contact ", set[str]()),
]


CASES = [  # each part in two ways, and one part in every way
    *(pytest.param(a, d, SPOILT[0].values[0], id=f"{a} 404") for a, d in ASKED),
    *(pytest.param(a, d, SPOILT[-1].values[0], id=f"{a} 14, none") for a, d in ASKED[:-1]),
    *(pytest.param(*ASKED[2], s.values[0], id=f"CaseShare {s.id}") for s in SPOILT[1:-1]),
]


@pytest.mark.parametrize(("about", "dependent", "spoil"), CASES)
def test_a_part_that_is_lost_costs_only_its_own_objects_and_is_named(
    open_tenant: Open, about: str, dependent: set[str], spoil: Spoil
) -> None:
    opened = open_tenant()
    whole = {n: i.grants for n, i in reading(opened)[0].items()}
    spoiled = spoil_parts(opened, about, spoil)
    items, coverage, _ = reading(opened)
    if not spoiled[0]:
        pytest.skip("the demo is never asked")
    assert {n for n in whole if n not in items} <= dependent
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key.startswith("salesforce.")
    assert coverage.hint is not None


@pytest.mark.parametrize("spoil", SPOILT[:-1:5])
@pytest.mark.parametrize("about", [a for a, _ in ASKED] + [" FROM Site ", " FROM ObjectPermis"])
def test_a_part_that_fails_once_is_asked_again_and_costs_nothing(
    open_tenant: Open, about: str, spoil: Spoil
) -> None:
    opened = open_tenant()
    whole = reading(opened)[0]
    spoil_parts(opened, about, spoil, times=1)
    items, coverage, _ = reading(opened)
    assert coverage.status is Status.COMPLETE
    assert items == whole


def test_without_sites_partners_are_read_all_the_same(open_tenant: Open) -> None:
    opened = open_tenant()
    whole = reading(opened)[0]
    spoil_parts(opened, " FROM Site ", status_of(500))
    items, coverage, _ = reading(opened)
    members = {n for n, i in whole.items() if i.grants[0].audience is not GUEST}
    assert members - {"Survey__c"} <= items.keys()
    assert coverage.status is Status.PARTIAL
    assert "Site" in str(coverage.reason)


def test_without_the_sets_of_guests_partners_are_read_all_the_same(open_tenant: Open) -> None:
    opened = open_tenant()
    spoil_parts(opened, "Assignee.UserType = 'Guest'", status_of(500))
    items, coverage, _ = reading(opened)
    assert {"Order__c", "Price__c", "Quote__c"} <= items.keys()
    assert coverage.status is Status.PARTIAL


@pytest.mark.parametrize(
    ("scope", "about", "kept"),
    [
        (CODE, " FROM ApexClass ", 0),
        (DOCUMENTS, " FROM ContentAsset ", 3),
        (DOCUMENTS, " FROM Folder ", 2),
        (DOCUMENTS, " FROM Document ", 3),
        (SITES, " FROM Network ", 6),
        (SITES, " FROM Site ", 20),
    ],
)
@pytest.mark.parametrize("spoil", SPOILT[::7])
def test_the_short_scopes_lose_one_answer_at_most(
    open_tenant: Open, scope: Any, about: str, kept: int, spoil: Spoil
) -> None:
    opened = open_tenant()
    spoil_parts(opened, about, spoil)
    connector, lent = opened.connector()
    connector.tenant()
    records: list[Any] = [*scan(connector, lent, scope)]
    assert records[-1].status is Status.PARTIAL
    assert len([r for r in records if isinstance(r, Item | Setting)]) >= kept


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (HTML, "HTML"),
        (Response(body={"compositeResponse": "x"}), "no list"),
        (Response(body={"compositeResponse": [{}]}), "no reference"),
        (Response(status=404, body=[{"errorCode": "NOT_FOUND", "message": "no"}]), "404"),
    ],
    ids=str,
)
def test_a_composite_that_is_lost_once_costs_nothing(
    open_tenant: Open, answer: Response, name: str
) -> None:
    opened = open_tenant()
    whole = reading(opened)[0]
    lost: list[str] = []

    def fault(request: Request, _times: int) -> Response | None:
        if not request.path.endswith("/composite") or b"CaseShare" not in request.body or lost:
            return None
        lost.append(name)
        return answer

    opened.harness.inject_fault(fault)
    items, coverage, _ = reading(opened)
    assert lost
    assert (items, coverage.status) == (whole, Status.COMPLETE)


def metadata_fault(opened: ServedTenant, about: bytes, answer: Response, times: int) -> list[int]:
    lost = [0]

    def fault(request: Request, _times: int) -> Response | None:
        if "/Soap/" not in request.path or about not in request.body or lost[0] >= times:
            return None
        lost[0] += 1
        return answer

    opened.harness.inject_fault(fault)
    return lost


BROKEN_XML = [
    pytest.param(HTML, id="HTML"),
    pytest.param(Response(body=b"", headers={"Content-Type": "text/xml"}), id="empty"),
    pytest.param(Response(body=b"<x/>", headers={"Content-Type": "text/xml"}), id="other XML"),
    pytest.param(Response(status=404, body=b"<html>"), id="404"),
]


@pytest.mark.parametrize("answer", BROKEN_XML)
@pytest.mark.parametrize("about", [b"SharingRules", b"SharingSet<", b"SharingSettings"])
@pytest.mark.parametrize("scope", [RECORDS, SHARING])
def test_the_metadata_api_that_fails_once_costs_nothing(
    open_tenant: Open, scope: Any, about: bytes, answer: Response
) -> None:
    opened = open_tenant(permissions=TIER_C)
    connector, lent = opened.connector()
    connector.tenant()
    whole: list[Any] = [*scan(connector, lent, scope)]
    metadata_fault(opened, about, answer, 1)
    again: list[Any] = [*scan(connector, lent, scope)]
    assert again[:-1] == whole[:-1]
    assert again[-1].status is Status.COMPLETE


@pytest.mark.parametrize("answer", BROKEN_XML)
@pytest.mark.parametrize("about", [b"SharingRules", b"SharingSet<"])
def test_definitions_that_are_lost_cost_names_and_no_records(
    open_tenant: Open, about: bytes, answer: Response
) -> None:
    opened = open_tenant(permissions=TIER_C)
    whole = reading(opened)[0]
    assert metadata_fault(opened, about, answer, 10**6)
    items, coverage, _ = reading(opened)
    assert whole.keys() - items.keys() <= {"Bid__c"}  # only a sharing set opens it
    assert coverage.status is Status.PARTIAL
    reached = [grant.reach for grant in items["Contact"].grants if isinstance(grant.reach, int)]
    assert max(reached) == 12157


@pytest.mark.parametrize(
    ("about", "kept"), [(b"SharingSettings", "CustomSite."), (b"CustomSite", "SharingSettings.")]
)
def test_the_settings_of_sharing_and_of_sites_are_lost_one_by_one(
    open_tenant: Open, about: bytes, kept: str
) -> None:
    opened = open_tenant(permissions=TIER_C)
    connector, lent = opened.connector()
    connector.tenant()
    metadata_fault(opened, about, HTML, 10**6)
    records: list[Any] = [*scan(connector, lent, SHARING)]
    assert any(r.id.startswith(kept) for r in records if isinstance(r, Setting))
    assert records[-1].status is Status.PARTIAL


def paged(rows: list[dict[str, Any]], total: int, following: str) -> Response:
    body: dict[str, Any] = {"totalSize": total, "done": not following, "records": rows}
    if following:
        body["nextRecordsUrl"] = f"/services/data/v64.0/query/{following}"
    return Response(body=body)


ROW = {"attributes": {"type": "ContentDistribution"}}


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param({"1": "2", "2": "1"}, id="two that name each other"),
        pytest.param({"1": "1"}, id="one that names itself"),
        pytest.param({"1": "2", "2": "3", "3": "2"}, id="a tail that bites"),
        pytest.param({}, id="ever new names"),
    ],
)
@pytest.mark.parametrize("empty", [True, False], ids=["empty pages", "full pages"])
def test_a_listing_that_does_not_end_is_left_after_a_few_calls(
    open_tenant: Open, pages: dict[str, str], empty: bool
) -> None:
    opened = open_tenant(size=4500)
    whole = sum(isinstance(r, Item) for r in scanned(opened, FILES))
    number = [0]
    rows: list[dict[str, Any]] = []

    def fault(request: Request, _times: int) -> Response | None:
        if "ORDER BY ContentDocumentId" in request.query.get("q", ""):
            first: Any = tenant_of(opened).respond(request)
            rows.extend([] if empty else first.body["records"])
            return paged(first.body["records"], 4508, "1")
        _, _, name = request.path.partition("/query/")
        if not name:
            return None
        number[0] += 1
        return paged(rows, 4508, pages.get(name, f"n{number[0]}"))

    opened.harness.inject_fault(fault)
    connector, lent = opened.connector()
    connector.tenant()
    before = len(opened.service.requests)
    records: list[Any] = [*scan(connector, lent, FILES)]
    assert records[-1].status is Status.PARTIAL
    assert records[-1].reason.key == "salesforce.unknown_answer"
    assert len(opened.service.requests) - before < 40
    assert 500 < len({r.id for r in records if isinstance(r, Item)}) <= whole


@pytest.mark.parametrize("claimed", [9, 4000])
def test_rows_fewer_than_the_total_are_not_complete(open_tenant: Open, claimed: int) -> None:
    """Eight links were sent and more were announced: those that came are kept."""
    opened = open_tenant()
    whole = sum(isinstance(r, Item) for r in scanned(opened, FILES))

    def fault(request: Request, _times: int) -> Response | None:
        if "ORDER BY ContentDocumentId" not in request.query.get("q", ""):
            return None
        answer = tenant_of(opened).respond(request)
        answer.body["totalSize"] = claimed  # type: ignore[index]
        return answer

    opened.harness.inject_fault(fault)
    records = scanned(opened, FILES)
    assert sum(isinstance(r, Item) for r in records) == whole
    assert records[-1].status is Status.PARTIAL
    assert "totalSize" in str(records[-1].reason)


def scanned(opened: ServedTenant, scope: Any) -> list[Any]:
    connector, lent = opened.connector()
    connector.tenant()
    return [*scan(connector, lent, scope)]


def test_a_run_after_missing_rows_starts_from_the_beginning(open_tenant: Open) -> None:
    opened = open_tenant()

    def fault(request: Request, _times: int) -> Response | None:
        if "ORDER BY ContentDocumentId" not in request.query.get("q", ""):
            return None
        answer = tenant_of(opened).respond(request)
        body: Any = answer.body
        body["totalSize"] += 1
        return answer

    opened.harness.inject_fault(fault)
    records = scanned(opened, FILES)
    assert [r.cursor for r in records if isinstance(r, Checkpoint)][-1] == ""


def refuse_rules_of(opened: ServedTenant, *names: str) -> None:
    """Let readMetadata fail for every call that names one of these objects."""

    def fault(request: Request, _times: int) -> Response | None:
        named = any(f">{name}<".encode() in request.body for name in names)
        if "/Soap/" in request.path and b"SharingRules" in request.body and named:
            return tenant_of(opened).metadata.fault("sf:UNKNOWN_EXCEPTION")
        return None

    opened.harness.inject_fault(fault)


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (("Case",), Status.COMPLETE),  # it has no rules
        (("Case", "Member__c", "Order__c"), Status.COMPLETE),
        (("Faq__c",), Status.PARTIAL),  # it has one
        (("Faq__c", "Case"), Status.PARTIAL),
    ],
)
def test_one_object_without_rules_spoils_the_rules_of_no_other(
    open_tenant: Open, names: tuple[str, ...], status: Status
) -> None:
    opened = open_tenant(permissions=TIER_C)
    refuse_rules_of(opened, *names)
    items, coverage, _ = reading(opened)
    assert grant_of(items, "Contact", "Inquiry_contacts").criteria == "*"
    assert grant_of(items, "Application__c", "Applicants_see_all").criteria == "*"
    assert coverage.status is status
    if status is Status.PARTIAL:
        assert grant_of(items, "Faq__c", f"GuestRule/{INQUIRY_SITE.guest}").reach == 25
        assert "Faq__c" in str(coverage.reason)


@pytest.mark.parametrize("held", [TIER_C, (*DEFINITIONS, "PermissionsViewSetup")])
@pytest.mark.parametrize(
    ("name", "rule", "criteria"),
    [
        ("Contact", "Inquiry_contacts", "*"),
        ("Faq__c", "Faq_public", "Status__c equals Published"),
        ("Opportunity", "Deals_on_site", "Status__c equals Published"),
    ],
)
def test_a_rule_that_nobody_can_count_is_stated_with_its_criteria(
    open_tenant: Open, held: tuple[str, ...], name: str, rule: str, criteria: str
) -> None:
    """Without View All Data, and for an object without a share table."""
    opened = open_tenant(permissions=held)
    tenant_of(opened).tables.pop(share_table(name))
    items = reading(opened)[0]
    grant = grant_of(items, name, rule)
    assert (grant.reach, grant.criteria, grant.cause) == (UNKNOWN, criteria, GrantCause.RULE)
    assert {g.reach for g in items[name].grants} == {UNKNOWN}  # and what else there may be
