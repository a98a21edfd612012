"""Signing in: two ways, and what to do when it fails."""

import subprocess
import sys
from typing import Any

import pytest

from connectors.salesforce.auth import assertion_audience, token_error
from connectors.salesforce.demo.credentials import CONSUMER_SECRET
from connectors.sdk.errors import SignInError, UnexpectedResponse
from connectors.sdk.local_server import Response
from connectors.sdk.records import Item, Status
from connectors.sdk.testing import scan


@pytest.mark.parametrize(
    ("login_url", "expected"),
    [
        ("https://example.my.salesforce.com", "login"),
        ("https://login.salesforce.com", "login"),
        ("https://test.salesforce.com", "test"),
        ("https://example--uat.my.salesforce.com", "test"),
        ("https://example--uat.sandbox.my.salesforce.com", "test"),
        ("https://example.sandbox.my.salesforce.com", "test"),
        ("https://agency.my.salesforce.mil", "login"),
        ("https://example-dev-ed.scratch.my.salesforce.com", "test"),
    ],
)
def test_a_signed_request_addresses_the_login_host_and_never_my_domain(login_url, expected):
    assert assertion_audience(login_url) == f"https://{expected}.salesforce.com"


@pytest.mark.parametrize(
    ("error", "description", "hint"),
    [
        ("invalid_grant", "user hasn't approved this consumer", "not_approved"),
        ("invalid_grant", "request not supported on this domain", "my_domain"),
        ("invalid_grant", "no client credentials user enabled", "run_as"),
        ("invalid_grant", "invalid assertion", "grant_hint"),
        ("invalid_client_id", "client identifier invalid", "consumer_key"),
        ("invalid_client", "invalid client credentials", "consumer_secret"),
        ("invalid_app_access", "user is not admin approved", "not_approved"),
        ("something_new", "", "refused_hint"),
    ],
)
def test_a_refusal_names_the_next_step(error, description, hint):
    refused: Any = token_error(error, description)
    assert refused.hint.key == f"salesforce.{hint}"


def test_a_refusal_repeats_nothing_that_the_server_wrote_but_a_code():
    assert "secret" not in str(token_error("<b>secret</b>", "secret").message)


def test_client_credentials_sign_in_as_well(open_tenant):
    opened = open_tenant()
    (opened.harness.folder / "secret.txt").write_text(f"{CONSUMER_SECRET}\n")
    del opened.table["username"], opened.table["private_key"]
    opened.table["consumer_secret"] = "file:secret.txt"
    tenant = opened.connector()[0].tenant()
    assert (tenant.id, tenant.name) == ("00DQ00000000001MAA", "Example K.K.")


def test_a_key_that_is_none_is_a_sign_in_error(open_tenant):
    opened = open_tenant()
    (opened.harness.folder / "salesforce.key").write_bytes(b"no key")
    with pytest.raises(SignInError):
        opened.connector()[0].tenant()


def test_the_credentials_do_not_follow_a_redirect(open_tenant):
    opened = open_tenant()
    elsewhere = Response(status=302, headers={"Location": f"{opened.service.url}/elsewhere"})
    opened.harness.inject_fault(lambda r, _: elsewhere if r.path.endswith("/token") else None)
    with pytest.raises(SignInError):
        opened.connector()[0].tenant()
    assert [path for _, path in opened.service.requests] == ["/services/oauth2/token"]


def test_an_instance_without_tls_is_refused(open_tenant):
    opened = open_tenant()
    plain = Response(body={"access_token": "x", "instance_url": "http://na1.salesforce.com"})
    opened.harness.inject_fault(lambda r, _: plain if r.path.endswith("/token") else None)
    with pytest.raises(UnexpectedResponse):
        opened.connector()[0].tenant()


@pytest.mark.parametrize(
    ("offered", "taken"), [(["59.0", "61.0"], "61.0"), (["59.0"], None), (["68.0", "64.0"], "64.0")]
)
def test_the_newest_api_version_that_is_known_is_taken(open_tenant, offered, taken):
    opened = open_tenant()
    versions = Response(body=[{"version": v} for v in offered])
    opened.harness.inject_fault(lambda r, _: versions if r.path == "/services/data" else None)
    if taken is None:
        with pytest.raises(UnexpectedResponse):
            opened.connector()[0].tenant()
        return
    opened.harness.tenant.respond = lambda _: Response(
        body={"totalSize": 1, "done": True, "records": [{"Id": "00D", "Name": "x"}]}
        if "/query" in _.path
        else {"access_token": "x", "instance_url": _.base, "id": "/005"}
    )
    opened.connector()[0].tenant()
    assert f"/services/data/v{taken}/query/" in {path for _, path in opened.service.requests}


def test_a_session_that_ended_is_renewed_once_and_nothing_is_lost(open_tenant):
    opened = open_tenant()
    connector, lent = opened.connector()
    connector.tenant()
    for scope in list(connector.scopes())[:4]:
        opened.harness.tenant.end_sessions()
        records: list[Any] = [*scan(connector, lent, scope)]
        assert records[-1].status is Status.COMPLETE
        assert any(isinstance(r, Item) for r in records)
    assert [p for _, p in opened.service.requests].count("/services/oauth2/token") == 5


def by_token(opened: Any) -> Any:
    token = opened.harness.tenant.open_session()
    (opened.harness.folder / "token.txt").write_text(f"{token}\n")
    url = opened.table["login_url"]
    opened.table = {"login_url": url, "access_token": "file:token.txt"}
    return opened


def test_a_token_of_the_command_line_signs_in_without_an_app(open_tenant):
    opened = by_token(open_tenant())
    readings = opened.scan_all()
    assert [r for r in readings["records"] if isinstance(r, Item)]
    assert readings["records"][-1].status is Status.COMPLETE
    assert "/services/oauth2/token" not in {path for _, path in opened.service.requests}


@pytest.mark.parametrize(
    ("login_url", "expected"),
    [
        ("https://example.my.sfcrmproducts.cn", "https://login.sfcrmproducts.cn"),
        ("https://example--uat.sandbox.my.sfcrmproducts.cn", "https://test.sfcrmproducts.cn"),
    ],
)
def test_an_organization_in_china_has_its_own_login_host(login_url, expected):
    assert assertion_audience(login_url) == expected


@pytest.mark.parametrize(
    "written",
    ["[REDACTED] Use 'sf org auth show-access-token' to view", "[REDACTED]", " [REDACTED] x\n"],
)
def test_a_redacted_token_is_named_and_never_sent(open_tenant, written):
    opened = by_token(open_tenant())
    (opened.harness.folder / "token.txt").write_text(written)
    with pytest.raises(SignInError) as refused:
        opened.connector()[0].tenant()
    assert refused.value.message.key == "salesforce.redacted_token"
    assert refused.value.hint is not None
    assert "display" not in str(refused.value.hint)
    assert opened.service.requests == []


def test_a_token_that_has_ended_is_said_and_never_tried_again(open_tenant):
    opened = by_token(open_tenant())
    connector, lent = opened.connector()
    connector.tenant()
    opened.harness.tenant.end_sessions()
    coverage: Any = scan(connector, lent, next(iter(connector.scopes())))[-1]
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.token"
    with pytest.raises(SignInError) as refused:
        opened.connector()[0].tenant()
    assert refused.value.hint is not None


def test_a_session_that_is_always_refused_ends_the_reading(open_tenant):
    opened = open_tenant()
    connector, lent = opened.connector()
    connector.tenant()
    ended = Response(status=401, body=[{"errorCode": "INVALID_SESSION_ID", "message": "x"}])
    opened.harness.inject_fault(lambda r, _: ended if r.path.endswith("/composite") else None)
    coverage: Any = scan(connector, lent, next(iter(connector.scopes())))[-1]
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.session"


def test_importing_the_connector_loads_no_vendor_library():
    code = "import sys, connectors.salesforce; print({'simple_salesforce', 'jwt'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
