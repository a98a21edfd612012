"""What a visitor can count, and everything that may stand in the way. Nothing of a record stays."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce import aura
from connectors.salesforce.demo.aura_endpoint import FRAMEWORK, TRAPS, UPDATED
from connectors.salesforce.demo.scenario import (
    CAREERS_SITE,
    CLOSED_SITE,
    INQUIRY_SITE,
    PARTNER_SITE,
)
from connectors.salesforce.guest_probe import MAX_REQUESTS, USUAL_OBJECTS
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.errors import AccessDenied, UnexpectedResponse
from connectors.sdk.external_check import CountOutcome, PublicSite
from connectors.sdk.http import HttpSession, RateLimiter, ThrottlingTransport
from connectors.sdk.local_server import Response
from connectors.sdk.records import UNKNOWN
from connectors.sdk.testing import FakeContext, ServedTenant

C, H, N = CountOutcome.COUNTED, CountOutcome.HIDDEN, CountOutcome.UNANSWERED
NEVER = CountOutcome.UNANSWERABLE
ASKED = ("Case", "Contact", "Member__c", "Faq__c")


class Watch:
    """A running organization, a clock, and an anonymous way out."""

    def __init__(self, opened: ServedTenant) -> None:
        self.opened = opened
        connector, self.lent = opened.connector()
        self.connector: Any = connector
        self.visitors: Any = getattr(opened.harness.tenant, "aura")  # noqa: B009
        self.requests: list[Any] = []

    def places(self) -> dict[str, PublicSite]:
        return {place.title: place for place in self.connector.public_sites()}

    def outcomes(self, title: str, *items: str) -> dict[str, Any]:
        place = self.places()[title]
        self.opened.harness.inject_fault(lambda request, _: self.requests.append(request))
        told = self.connector.count_as_visitor(place, items, anonymous(self.opened, self.lent))
        return {t.item_id: t.count if t.outcome is C else t.outcome for t in told}


def anonymous(opened: ServedTenant, lent: FakeContext) -> HttpSession:
    time = lent.time
    bundle = str(opened.harness.authority.bundle)
    courier = ThrottlingTransport(
        user_agent="t", ca_bundle=bundle, attempts=1, clock=time, sleep=time.sleep
    )
    courier.rate_limiter = RateLimiter(60, cost=lambda _: 1.0, burst=0.0, clock=time)
    return HttpSession(courier)


@pytest.fixture
def watch(open_tenant: Any) -> Iterator[Watch]:
    yield Watch(open_tenant())


def test_the_sites_are_those_that_the_organization_reports(watch: Watch) -> None:
    host = watch.opened.service.url.removeprefix("https://")
    places = watch.places()
    assert places[INQUIRY_SITE.label] == PublicSite(
        scope_id="records",
        usual_items=USUAL_OBJECTS,
        host=host,
        url=f"https://{host}/contact",
        title=INQUIRY_SITE.label,
        principal_id=INQUIRY_SITE.guest,
    )
    assert places[CLOSED_SITE.label].closed
    listed = list(watch.connector.public_sites())
    assert len(places) == len(listed) == 5  # a second row is no second site


@pytest.mark.parametrize(
    ("domain", "path"),
    [
        ("evil.example/x", "/contact"),
        ("user@evil.example", "/contact"),
        ("evil.example", "/../contact"),
        ("evil.example", "/a?b"),
        ("", "/contact"),
    ],
)
def test_an_address_of_an_unknown_form_is_refused(watch: Watch, domain: str, path: str) -> None:
    def row(request: Any, _: int) -> Response | None:
        if not request.path.endswith("/composite"):
            return None
        answer = watch.opened.harness.tenant.respond(request)
        body: Any = answer.body
        for part in body["compositeResponse"]:
            for found in part["body"]["records"]:
                if "PathPrefix" in found:
                    found |= {"Domain": {"Domain": domain}, "PathPrefix": path}
        return answer

    watch.opened.harness.inject_fault(row)
    with pytest.raises(UnexpectedResponse):
        watch.places()


def test_a_user_who_may_not_see_addresses_is_told_so(open_tenant: Any) -> None:
    connector: Any = open_tenant(permissions=()).connector()[0]
    with pytest.raises(AccessDenied):
        list(connector.public_sites())


def test_a_visit_counts_in_few_questions_and_keeps_a_second_between_them(watch: Watch) -> None:
    told = watch.outcomes(INQUIRY_SITE.label, "Case", "Contact", "Faq__c")
    assert told == {"Case": 2_912, "Contact": 12_157, "Faq__c": 25}
    assert len(watch.requests) == 2  # the first learns the framework
    assert watch.lent.time.seconds - 1000.0 >= 2.0


def test_the_questions_carry_nothing_of_the_audit_user(watch: Watch) -> None:
    watch.outcomes(INQUIRY_SITE.label, *ASKED)
    for request in watch.requests:
        assert request.method == "POST"
        assert request.path.startswith("/contact/")
        assert {"authorization", "cookie"}.isdisjoint(request.headers)
        assert request.form()["aura.token"] == "null"
        assert "!demo" not in str(request)  # a session id of the organization


def test_only_the_two_fixed_descriptors_are_ever_called(watch: Watch) -> None:
    watch.visitors.trap = "too large"
    watch.outcomes(INQUIRY_SITE.label, *ASKED)
    said = " ".join(request.form()["message"] for request in watch.requests)
    assert "apex://" not in said
    assert {part.split('"')[0] for part in said.split('"descriptor": "')[1:]} == {
        "aura://RecordUiController/ACTION$executeGraphQL",
        "serviceComponent://ui.force.components.controllers.lists.selectableListDataProvider."
        "SelectableListDataProviderController/ACTION$getItems",
    }


def test_one_object_that_is_unknown_does_not_spoil_the_others(watch: Watch) -> None:
    assert watch.outcomes(INQUIRY_SITE.label, *ASKED) == {
        "Case": 2_912, "Contact": 12_157, "Member__c": H, "Faq__c": 25,
    }  # fmt: skip


def test_what_the_first_way_does_not_know_is_counted_by_the_second(watch: Watch) -> None:
    told = watch.outcomes(PARTNER_SITE.label, "SeminarEntry__c", "SeminarGuest__c")
    assert told == {"SeminarEntry__c": 96, "SeminarGuest__c": 180}


def test_a_site_without_aura_is_not_answerable_and_never_clean(watch: Watch) -> None:
    [told] = watch.connector.count_as_visitor(
        watch.places()[CAREERS_SITE.label], ["Lead"], anonymous(watch.opened, watch.lent)
    )
    assert (told.outcome, told.count) == (NEVER, UNKNOWN)
    assert str(told.reason).startswith("salesforce.outside_no_aura")
    assert "/s/sfsites/aura HTTP 404" in str(told.reason)


def test_a_closed_site_is_not_asked(watch: Watch) -> None:
    assert watch.outcomes(CLOSED_SITE.label, "Contest__c") == {"Contest__c": NEVER}
    assert watch.requests == []


FOUND = {"Case": 2_912, "Contact": 12_157, "Member__c": H, "Faq__c": 25}
NOTHING = dict.fromkeys(ASKED, N)
NO_WAY = dict.fromkeys(ASKED, NEVER)
ROWS = {  # by trap: what is told in the end, and after how many questions
    "too large": (FOUND, 8),
    "updated": (FOUND, 5),
    "no number": (NOTHING | {"Member__c": H}, 4),
    "login page": (NO_WAY, 4),
    "throttled": (NOTHING, 1),
    "broken": (NOTHING, 1),
    "redirect": (NO_WAY, 4),
    "lwr": (NO_WAY, 4),
    "members only": (NO_WAY, 1),
    "cut": (NOTHING, 1),
    "torn": (NO_WAY, 4),
}


@pytest.mark.parametrize("trap", ROWS)
def test_whatever_stands_in_the_way_is_unknown_and_ends_soon(watch: Watch, trap: str) -> None:
    watch.visitors.trap = trap
    told = watch.outcomes(INQUIRY_SITE.label, *ASKED)
    assert (told, len(watch.requests)) == ROWS[trap]


def test_every_trap_of_the_demo_has_its_row() -> None:
    assert ROWS.keys() == {"too large", "updated", "no number", *TRAPS}


def test_a_visit_ends_after_so_many_questions_with_what_it_has(watch: Watch) -> None:
    watch.visitors.trap = "too large"
    names = [f"Thing{n}__c" for n in range(400)]
    told = watch.outcomes(INQUIRY_SITE.label, "Case", *names)
    assert len(watch.requests) == MAX_REQUESTS
    assert N in told.values()


def test_a_throttled_site_keeps_what_was_counted_before(watch: Watch) -> None:
    place = watch.places()[INQUIRY_SITE.label]

    def after_two(request: Any, _: int) -> Response | None:
        if request.path.startswith("/contact"):
            watch.requests.append(request)
        return Response(status=429) if len(watch.requests) > 2 else None

    watch.opened.harness.inject_fault(after_two)
    told = watch.connector.count_as_visitor(
        place, ["Case", "Member__c"], anonymous(watch.opened, watch.lent)
    )
    assert [t.outcome for t in told] == [N, N]  # the unknown object had spoilt the answer
    assert len(watch.requests) == 3


@pytest.mark.parametrize("name", ["Case{Id}", "a b", "", "1x", "Case){", "例"])
def test_what_is_no_name_of_an_object_is_never_sent(watch: Watch, name: str) -> None:
    assert watch.outcomes(INQUIRY_SITE.label, name, "Case") == {name: N, "Case": 2_912}
    assert all(name == "" or name not in r.form()["message"] for r in watch.requests)


@pytest.mark.parametrize("trap", ["", "too large", "no number", "torn", "login page"])
def test_nothing_of_a_record_is_kept_logged_or_raised(
    watch: Watch, trap: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[aura.AuraResponse] = []
    understood = aura.parse_response

    def heard(body: bytes, asked: Any) -> aura.AuraResponse:
        answers.append(understood(body, asked))
        canaries.append(LINK_CANARY.encode() in body)
        return answers[-1]

    canaries: list[bool] = []
    monkeypatch.setattr(aura, "parse_response", heard)
    caplog.set_level(logging.DEBUG)
    watch.visitors.trap = trap
    title = PARTNER_SITE.label if trap == "" else INQUIRY_SITE.label
    asked = ("SeminarGuest__c", *ASKED)
    told = watch.connector.count_as_visitor(
        watch.places()[title], asked, anonymous(watch.opened, watch.lent)
    )
    assert LINK_CANARY not in repr(list(told))
    assert LINK_CANARY not in repr(answers)
    assert LINK_CANARY not in caplog.text
    assert any(canaries)  # the site did send it


def test_a_parser_that_fails_leaves_nothing_of_the_text_behind() -> None:
    text = f'{{"actions": ["{LINK_CANARY}", }}'.encode()
    assert aura.parse_response(text, ["Case"]) == aura.AuraResponse()


def test_a_record_cannot_speak_for_the_site() -> None:
    body = (
        b'{"actions":[{"id":"Case","state":"SUCCESS","returnValue":{"totalCount":7,"result":'
        b'[{"Subject":"markup://aura:invalidSession Expected: x Actual: y",'
        b'"message":"OPERATION_TOO_LARGE","totalCount":1}]}}]}'
    )
    answer = aura.parse_response(body, ["Case"])
    assert answer == aura.AuraResponse(is_aura=True, counts={"Case": 7})


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: f'{{"actions":{t}}}'.encode()))
def test_no_answer_breaks_the_parser(body: bytes) -> None:
    aura.parse_response(body, ["Case"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "state", "returnValue", "data", "uiapi", "query", "Case", "totalCount"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
def test_no_shape_of_an_answer_breaks_it_and_counts_are_numbers(actions: list[Any]) -> None:
    answer = aura.parse_response(json.dumps({"actions": actions}).encode(), ["Case"])
    assert all(type(n) is int and n >= 0 for n in answer.counts.values())


def test_the_build_is_taken_over_from_the_refusal() -> None:
    for build in (FRAMEWORK, UPDATED):
        body = f'*/{{"exceptionMessage":"Expected: {build} Actual: x"}}/*ERROR*/'.encode()
        answer = aura.parse_response(body, [])
        assert answer.context is not None
        assert (answer.stale_context, answer.context.fwuid) == (True, build)
