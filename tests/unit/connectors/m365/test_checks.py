from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.m365 import Settings
from connectors.m365.connector import M365Connector
from connectors.m365.demo.errors import error_response
from connectors.m365.demo.routes import ALL_PERMISSIONS, FULL_CONTROL, SITES_PERMISSIONS
from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.demo import NOW
from connectors.sdk.testing import ConnectorHarness, FakeContext

from .conftest import House


def checks(house: House) -> dict[str, Check]:
    assert isinstance(house.connector, M365Connector)
    return {check.id: check for check in house.connector.checks()}


def test_with_every_permission_all_checks_pass_but_the_secret_which_does_not_tell(
    house: House,
) -> None:
    done = checks(house)
    assert {id_ for id_, check in done.items() if check.outcome is not CheckOutcome.PASS} <= {
        "credential.age",
        "clock",  # the demo's clock is that of the story
    }
    assert {i.removeprefix("permission.") for i in done if "permission" in i} == ALL_PERMISSIONS - {
        FULL_CONTROL
    } | set(SITES_PERMISSIONS)


@pytest.mark.parametrize("missing", sorted(ALL_PERMISSIONS - {FULL_CONTROL}))
def test_a_missing_permission_is_named_with_what_is_lost_and_the_next_step(
    house: House, missing: str
) -> None:
    house.tenant.granted -= {missing}
    check = checks(house)[f"permission.{missing}"]
    assert check.outcome is not CheckOutcome.PASS
    assert check.detail is not None
    assert missing in str(check.hint)


def test_without_full_control_graph_says_less_and_the_check_says_so(house: House) -> None:
    house.tenant.granted = ALL_PERMISSIONS - {FULL_CONTROL} | {"Sites.Read.All"}
    done = checks(house)
    assert done["permission.Sites.Read.All"].outcome is CheckOutcome.PASS
    assert done[f"permission.{FULL_CONTROL}"].outcome is CheckOutcome.WARN


def test_without_any_site_there_is_no_scan(house: House) -> None:
    house.tenant.granted -= {FULL_CONTROL}
    assert checks(house)["permission.Sites.Read.All"].outcome is CheckOutcome.FAIL


def test_a_missing_licence_is_no_missing_permission(house: House) -> None:
    house.tenant.directory.premium = False
    done = checks(house)
    assert done["licence.sign_ins"].outcome is CheckOutcome.WARN
    assert "permission.AuditLog.Read.All" not in done


def test_a_refused_sign_in_ends_the_checks_with_its_reason(tmp_path: Path) -> None:
    with ConnectorHarness("m365", tmp_path).open() as opened:
        (tmp_path / "m365-secret.txt").write_text("wrong", encoding="utf-8")
        connector, _ = opened.connector()
        assert isinstance(connector, M365Connector)
        last = list(connector.checks())[-1]
    assert (last.id, last.outcome) == ("sign_in", CheckOutcome.FAIL)
    assert last.detail is not None
    assert last.detail.key == "m365.wrong_secret"


def test_every_way_of_refusing_becomes_a_row_and_never_an_error(house: House) -> None:
    for status in (400, 404, 410, 423):
        house.fail(
            lambda r, s=status: error_response(s, "x") if "/organization" not in r.path else None
        )
        done = checks(house)
        assert len(done) > 8
        assert all(c.hint for c in done.values() if c.outcome is CheckOutcome.FAIL)


def test_a_clock_that_is_minutes_off_is_told(house: House) -> None:
    house.lent.time.sleep((datetime.now(UTC) - NOW).total_seconds())
    assert checks(house)["clock"].outcome is CheckOutcome.PASS
    house.lent.time.sleep(300)
    late = checks(house)["clock"]
    assert (late.outcome, str(late.hint)) == (CheckOutcome.WARN, "m365.wrong_clock_hint")


def certificate(days: int) -> bytes:
    """A key and a certificate that ends so many days from now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tojimari")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, NOW - timedelta(days=900), NOW + timedelta(days=days)
    ).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private: Any = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(pem)


@pytest.mark.parametrize(
    ("days", "outcome"),
    [(-2, CheckOutcome.FAIL), (10, CheckOutcome.WARN), (200, CheckOutcome.PASS)],
)
def test_the_end_of_a_certificate_is_told_in_time(
    tmp_path: Path, days: int, outcome: CheckOutcome
) -> None:
    (tmp_path / "app.pem").write_bytes(certificate(days))
    with ConnectorHarness("m365", tmp_path).open() as opened:
        _, lent = opened.connector()
        table = opened.table | {"certificate": "file:app.pem"}
        del table["client_secret"]
        assert _age(table, lent).outcome is outcome


def _age(table: dict[str, object], lent: FakeContext) -> Check:
    connector = M365Connector(Settings.model_validate(table), lent)
    return next(check for check in connector.checks() if check.id == "credential.age")
