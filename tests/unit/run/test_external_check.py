"""Whom `verify` asks, what it keeps, and what becomes of it in later runs."""

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from agent.errors import ConfigError
from agent.run.external_check import (
    VerificationPlan,
    confirmed_hosts,
    plan_verification,
    run_verification,
)
from agent.run.scan import Options, evaluate_again
from agent.run.session import Session, open_session
from agent.store import schema
from agent.store.findings import list_findings
from connectors.salesforce.demo.aura_endpoint import COUNTS
from connectors.salesforce.demo.scenario import INQUIRY_SITE, PARTNER_SITE
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.external_check import CountOutcome, PublicSite
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import UNKNOWN
from connectors.sdk.testing import FakeClock

pytestmark = pytest.mark.slow  # each test scans a demo organization first

Serve = Callable[..., Any]


class Watch:
    """A demo organization that was scanned, and a desk with a clock of its own."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.time = FakeClock()
        self.ahead = timedelta()
        self.host: str = site.tables["salesforce"]["login_url"].removeprefix("https://")
        desk = open_session(site.folder / "config.toml")
        self.desk: Session = replace(desk, clock=self.time, sleep=self.time.sleep)

    @property
    def visitors(self) -> Any:
        return self.site.tenants["salesforce"].aura

    def prove(self, sights: VerificationPlan | None = None) -> dict[tuple[str, str], Any]:
        answers = run_verification(
            self.desk, sights or plan_verification(self.desk), [self.host], self.now
        )
        return {(one.site, one.answer.item_id): one for one in answers}

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def judged(self) -> dict[tuple[str, str], Any]:
        """Findings that speak of a proof, by object and rule."""
        evaluate_again(self.desk, Options(deliver=False))
        return {
            (k.finding.subject_id, rule): k
            for k in list_findings(self.desk.engine, [1], "")
            for rule in k.finding.rules
            if rule in ("SF-012", "SF-017")
        }

    def write(self, statement: Any) -> None:
        with self.desk.engine.begin() as db:
            db.execute(statement)


@pytest.fixture
def watch(serve: Serve) -> Generator[Watch]:
    with serve("salesforce") as site:
        assert site.run("scan", "-q").returncode == 0
        watch = Watch(site)
        yield watch
        watch.desk.engine.dispose()


def test_nothing_is_asked_before_a_host_was_named(watch: Watch) -> None:
    sights = plan_verification(watch.desk)
    assert sights.hosts == [watch.host]
    watch.site.asked.clear()
    told = list(run_verification(watch.desk, sights, []))
    assert watch.site.asked == []
    assert {one.answer.outcome for one in told} == {CountOutcome.UNANSWERABLE}  # closed sites


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "", "{host}/contact", "*"])
def test_a_host_that_the_organization_does_not_report_is_refused(watch: Watch, host: str) -> None:
    with pytest.raises(ConfigError, match="not_ours"):
        confirmed_hosts(
            plan_verification(watch.desk), [watch.host, host.replace("{host}", watch.host)]
        )


def test_a_connector_that_does_not_allow_it_is_left_alone(watch: Watch) -> None:
    watch.site.write(connectors={"salesforce": watch.site.tables["salesforce"] | {"verify": False}})
    watch.site.asked.clear()
    with pytest.raises(ConfigError, match="not_allowed"):
        plan_verification(open_session(watch.site.folder / "config.toml"))
    assert watch.site.asked == []


def test_it_is_off_where_nobody_wrote_it(serve: Serve) -> None:
    with serve("salesforce") as site:
        del site.tables["salesforce"]["verify"]
        with pytest.raises(ConfigError, match="not_allowed"):
            plan_verification(open_session(site.write()))


def test_a_tenant_that_was_never_read_has_nothing_to_prove(serve: Serve) -> None:
    with serve("salesforce") as site, pytest.raises(ConfigError, match="scan_first"):
        plan_verification(open_session(site.write()))


def test_a_refused_sign_in_is_told_and_asks_nobody(watch: Watch) -> None:
    watch.site.fault = lambda _: Response(status=400, body={"error": "invalid_client"})
    sights = plan_verification(watch.desk)
    assert (sights.visits, list(sights.refused)) == ([], ["salesforce"])


def test_the_session_of_the_audit_user_is_over_before_the_first_question(watch: Watch) -> None:
    sights = plan_verification(watch.desk)
    watch.site.asked.clear()
    watch.prove(sights)
    assert watch.site.asked
    for request in watch.site.asked:
        assert {"authorization", "cookie"}.isdisjoint(request.headers)
        assert "tojimari" in request.headers["user-agent"]
        assert request.path.split("/")[1] in ("contact", "partners", "careers")
    with pytest.raises(RuntimeError, match="after shutdown"):
        list(sights.visits[0].source.public_sites())


def test_a_question_waits_a_second_after_the_one_before(watch: Watch) -> None:
    moments: list[float] = []
    watch.site.fault = lambda _: moments.append(watch.time.seconds)
    sights = plan_verification(watch.desk)
    moments.clear()
    watch.prove(sights)
    assert len(moments) > 5
    assert all(b - a >= 1.0 for a, b in pairwise(moments))


def test_what_rights_lead_to_is_what_is_asked_and_held_against_it(watch: Watch) -> None:
    told = watch.prove()
    case, seminar = told[INQUIRY_SITE.label, "Case"], told[PARTNER_SITE.label, "SeminarGuest__c"]
    assert (case.answer.count, case.known_count) == (2_912, 2_898 + 14)
    assert (seminar.answer.count, seminar.known_count) == (180, 180)
    assert (INQUIRY_SITE.label, "Salary__c") not in told  # no visitor has the right
    assert told[INQUIRY_SITE.label, "Member__c"].answer.outcome is CountOutcome.HIDDEN


def test_the_proof_is_evidence_and_stays_in_later_runs(watch: Watch) -> None:
    watch.prove()
    proven = {("Case", "SF-012"), ("Contact", "SF-012"), ("Faq__c", "SF-012")}
    for _ in range(2):
        found = watch.judged()
        assert proven <= found.keys()
        evidence = found["Contact", "SF-012"].finding.evidence["SF-012"]
        assert (evidence["count"], evidence["site"]) == ("12,157", INQUIRY_SITE.label)
        assert evidence["address"] == f"{watch.host}/contact"
    watch.site.run("scan", "-q", "--full")
    assert proven <= watch.judged().keys()


def test_more_outside_than_inside_is_a_finding_of_its_own(watch: Watch) -> None:
    watch.prove()
    found = watch.judged()
    assert {item for item, rule in found if rule == "SF-017"} == {"Opportunity"}
    finding = found["Opportunity", "SF-017"].finding
    assert finding.severity.word == "critical"
    assert finding.rules[0] == "SF-017"
    assert (finding.reach, finding.evidence["SF-017"]["inside"]) == (3, "0")
    assert ("Opportunity", "SF-012") not in found


def test_what_no_way_leads_to_any_more_stays_open_until_the_site_is_silent(watch: Watch) -> None:
    watch.prove()
    item, grant = schema.item, schema.grant
    watch.write(delete(grant).where(grant.c.item_id == "Opportunity"))
    watch.write(delete(item).where(item.c.id == "Opportunity"))
    found = watch.judged()["Opportunity", "SF-017"]
    assert (found.finding.title, found.state) == ("商談", "open")
    shut = {name: n for name, n in COUNTS[PARTNER_SITE].items() if name != "Opportunity"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(COUNTS, PARTNER_SITE, shut)
        told = watch.prove()
    assert told[PARTNER_SITE.label, "Opportunity"].answer.outcome is CountOutcome.HIDDEN
    assert ("Opportunity", "SF-017") not in watch.judged()


@pytest.mark.parametrize("trap", ["throttled", "lwr", "members only", "no number"])
def test_silence_takes_no_proof_back(watch: Watch, trap: str) -> None:
    watch.prove()
    before = watch.judged().keys()
    watch.visitors.trap = trap
    told = watch.prove()
    assert all(one.answer.count is UNKNOWN for one in told.values())
    assert watch.judged().keys() == before


def test_a_smaller_count_takes_the_place_of_a_larger(watch: Watch) -> None:
    watch.prove()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(COUNTS, PARTNER_SITE, dict.fromkeys(COUNTS[PARTNER_SITE], 0))
        watch.prove()
    assert ("Opportunity", "SF-017") not in watch.judged()


def test_what_was_read_long_before_is_held_against_nothing(watch: Watch) -> None:
    watch.ahead = timedelta(hours=25)
    told = watch.prove()
    assert all(one.known_count is UNKNOWN for one in told.values())
    assert {rule for _, rule in watch.judged()} == {"SF-012"}


@pytest.mark.parametrize(
    "unsure",
    [
        update(schema.grant).where(schema.grant.c.item_id == "Opportunity").values(reach="unknown"),
        update(schema.scope).where(schema.scope.c.id == "records").values(status="partial"),
    ],
)
def test_where_the_inside_is_not_known_nothing_is_more(watch: Watch, unsure: Any) -> None:
    watch.write(unsure)
    told = watch.prove()
    assert told[PARTNER_SITE.label, "Opportunity"].known_count is UNKNOWN
    assert ("Opportunity", "SF-017") not in watch.judged()


def test_a_bug_of_the_connector_is_silence(watch: Watch) -> None:
    class Broken:
        def places(self) -> Any:
            raise AssertionError

        def counted(self, place: PublicSite, items: Any, http: Any) -> Any:
            raise ZeroDivisionError

    sights = plan_verification(watch.desk)
    broken = VerificationPlan(visits=[replace(visit, source=Broken()) for visit in sights.visits])
    told = watch.prove(broken)
    assert {one.answer.outcome for one in told.values()} == {CountOutcome.UNANSWERED}


def test_nothing_of_a_record_is_in_any_file(watch: Watch) -> None:
    seen: list[Request] = []
    watch.site.fault = lambda request: seen.append(request)
    watch.prove()
    watch.judged()
    assert any("aura" in request.path for request in seen)
    watch.desk.engine.dispose()
    for file in (watch.site.folder / "state").rglob("*"):
        if file.is_file():
            assert LINK_CANARY.encode() not in file.read_bytes(), file
    for file in (watch.site.folder / "runs").rglob("*"):
        if file.is_file():
            assert LINK_CANARY.encode() not in file.read_bytes(), file


def test_a_store_keeps_one_row_an_address(watch: Watch) -> None:
    watch.prove()
    watch.prove()
    with watch.desk.engine.connect() as db:
        rows = db.execute(select(schema.proof)).all()
    assert len(rows) == sum(len(counts) for counts in COUNTS.values())


def test_what_the_audit_does_not_know_is_asked_and_named(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty users are open to visitors, and no known grant leads to them."""
    counts = {**COUNTS[INQUIRY_SITE], "User": 30, "Topic": 0}
    monkeypatch.setitem(COUNTS, INQUIRY_SITE, counts)
    results = watch.prove()
    found = results[INQUIRY_SITE.label, "User"]
    assert (found.answer.count, found.known_count) == (30, 0)
    assert (INQUIRY_SITE.label, "Topic") not in results  # none is no news
    assert (INQUIRY_SITE.label, "Group") not in results  # hidden
    finding = watch.judged()["User", "SF-017"].finding
    assert finding.subject_id == "User"


def test_a_site_that_nothing_is_known_of_is_asked_as_well(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COUNTS, PARTNER_SITE, {"User": 7})
    watch.write(delete(schema.grant).where(schema.grant.c.principal_id == PARTNER_SITE.guest))
    assert watch.prove()[PARTNER_SITE.label, "User"].answer.count == 7
