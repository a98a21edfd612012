import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from connectors.m365 import Settings, connect
from connectors.m365.auth import sign_in_error
from connectors.m365.credentials import client_assertion, expiry_of
from connectors.m365.demo import Tenant
from connectors.m365.demo.errors import error_response
from connectors.m365.demo.scenario import HOST
from connectors.m365.demo.token_endpoint import USER_CODE
from connectors.sdk.demo import NOW
from connectors.sdk.errors import SignInError
from connectors.sdk.interface import Connector
from connectors.sdk.local_server import Response
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Status
from connectors.sdk.testing import ConnectorHarness, FakeContext, ServedTenant

_ISSUED = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert(
    "tojimari.example", key_type=trustme.KeyType.RSA
)
CERTIFICATE, KEY = _ISSUED.cert_chain_pems[0].bytes(), _ISSUED.private_key_pem.bytes()


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (7000215, "wrong_secret"),
        (7000222, "expired_secret"),
        (700016, "unknown_app"),
        (90002, "unknown_tenant"),
        (1002012, "wrong_cloud"),
        (500011, "wrong_cloud"),
        (700027, "unknown_certificate"),
        (1000502, "expired_certificate"),
        (700024, "wrong_clock"),
        (7000112, "disabled_app"),
        (65001, "no_consent"),
        (53003, "blocked_by_policy"),
        (7000218, "not_public"),
        (700025, "public_app"),
        (70019, "code_expired"),
        (50076, "second_factor"),
        (50105, "wrong_account"),
        (50057, "disabled_account"),
        (700082, "session_over"),
        (90033, "entra_busy"),
    ],
)
def test_what_entra_refuses_is_said_with_the_next_step(number: int, name: str) -> None:
    error = sign_in_error(
        {"error": "x", "error_description": f"AADSTS{number}: secret~value Trace ID"}
    )
    assert error.message.key == f"m365.{name}"
    assert error.hint is not None
    assert error.hint.key == f"m365.{name}_hint"
    assert "secret~value" not in f"{error.message} {error.hint}"


def test_an_unknown_refusal_keeps_its_number() -> None:
    assert "AADSTS99999" in str(
        sign_in_error({"error_description": "AADSTS99999: Strange."}).message
    )
    assert "AADSTS53003" in str(
        sign_in_error({"error_description": "AADSTS53003: Blocked."}).message
    )
    assert "invalid_request" in str(sign_in_error({"error": "invalid_request"}).message)


def _pem(folder: Path) -> None:
    (folder / "app.key").write_bytes(KEY + CERTIFICATE)


def _pfx(folder: Path) -> None:
    (folder / "app.key").write_bytes(_packed(serialization.NoEncryption()))


def _packed(lock: serialization.KeySerializationEncryption) -> bytes:
    key = serialization.load_pem_private_key(KEY, None)
    certificate = x509.load_pem_x509_certificate(CERTIFICATE)
    return pkcs12.serialize_key_and_certificates(None, key, certificate, None, lock)  # pyright: ignore[reportArgumentType]


def _locked_pfx(folder: Path) -> None:
    lock = serialization.BestAvailableEncryption(b"password")
    (folder / "app.key").write_bytes(_packed(lock))


def _locked_pem(folder: Path) -> None:
    key = serialization.load_pem_private_key(KEY, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    (folder / "app.key").write_bytes(key + CERTIFICATE)


def _half(folder: Path) -> None:
    (folder / "app.key").write_bytes(CERTIFICATE)


def _elliptic(folder: Path) -> None:
    issued = trustme.CA().issue_cert("tojimari.example")
    (folder / "app.key").write_bytes(issued.private_key_and_cert_chain_pem.bytes())


def _signed_in(opened: ServedTenant, **more: object) -> str:
    table = {k: v for k, v in opened.table.items() if k != "client_secret"}
    _, lent = opened.connector()
    settings = Settings.model_validate(table | {"certificate": "file:app.key"} | more)
    return connect(settings, lent).tenant().name


@pytest.mark.parametrize("write", [_locked_pfx, _locked_pem])
def test_a_locked_certificate_signs_in_with_its_password(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    stage = ConnectorHarness("m365", tmp_path)
    assert isinstance(stage.tenant, Tenant)
    stage.tenant.token_endpoint.certificates.append(CERTIFICATE)
    write(tmp_path)
    with stage.open() as opened:
        (tmp_path / "right").write_text("password\n", encoding="utf-8")
        assert _signed_in(opened, certificate_password="file:right") == "Example K.K."
        (tmp_path / "wrong").write_text("pass word", encoding="utf-8")
        with pytest.raises(SignInError) as error:
            _signed_in(opened, certificate_password="file:wrong")
    assert error.value.message.key == "m365.locked_certificate"
    assert "pass word" not in f"{error.value} {error.value.__cause__}"


class _Store:
    """A key that signs and is not read, as a certificate store lends it."""

    certificate = x509.load_pem_x509_certificate(CERTIFICATE).public_bytes(
        serialization.Encoding.DER
    )

    def sign(self, message: bytes, /) -> bytes:
        key = serialization.load_pem_private_key(KEY, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return key.sign(message, pss, hashes.SHA256())


def test_a_key_that_stays_in_the_store_signs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = ConnectorHarness("m365", tmp_path)
    assert isinstance(stage.tenant, Tenant)
    stage.tenant.token_endpoint.certificates.append(CERTIFICATE)
    with stage.open() as opened:
        _, lent = opened.connector()
        monkeypatch.setattr(lent, "signer", lambda _reference: _Store())
        lent.time.sleep((datetime.now(UTC) - NOW).total_seconds())  # the server's clock is real
        table = {k: v for k, v in opened.table.items() if k != "client_secret"}
        settings = Settings.model_validate(table | {"certificate": "certstore:CN=tojimari"})
        assert connect(settings, lent).tenant().name == "Example K.K."
        assert expiry_of(settings, lent) is not None


def test_an_assertion_names_the_certificate_and_is_short_lived() -> None:
    make = client_assertion(
        _Store(), "app", "https://login.example/t/oauth2/v2.0/token", lambda: NOW
    )
    header, claims = (json.loads(urlsafe_b64decode(part + "==")) for part in make().split(".")[:2])
    thumbprint = urlsafe_b64decode(header["x5t#S256"] + "==")
    assert thumbprint == sha256(_Store.certificate).digest()
    assert (header["alg"], claims["iss"], claims["sub"]) == ("PS256", "app", "app")
    assert claims["exp"] - NOW.timestamp() <= 600
    assert make() != make()  # each with an id of its own


def _by_code(opened: ServedTenant, **more: object) -> tuple[Connector, FakeContext]:
    table = {k: v for k, v in opened.table.items() if k != "client_secret"}
    _, lent = opened.connector()
    settings = Settings.model_validate(table | {"sign_in": "device_code"} | more)
    return connect(settings, lent), lent


def test_a_person_signs_in_with_a_code_and_reads_what_is_their_own(tmp_path: Path) -> None:
    with ConnectorHarness("m365", tmp_path).open() as opened:
        connector, lent = _by_code(opened)
        assert connector.tenant().name == "Example K.K."
        (shown,) = lent.shown_messages
        assert USER_CODE in str(shown)
        titles = [s.title for s in connector.scopes()]
        assert titles[0].startswith("OneDrive ")
        assert "広報 / ドキュメント" in titles
        assert "Microsoft Entra ID" not in titles
        rest = next(s for s in connector.scopes() if s.id == "the-rest")
        end = list(connector.scan(rest, None))[-1]
    assert isinstance(end, Coverage)
    assert (end.status, end.standing) == (Status.SKIPPED, True)


def test_a_persons_token_is_renewed_without_asking_again(tmp_path: Path) -> None:
    stage = ConnectorHarness("m365", tmp_path)
    assert isinstance(stage.tenant, Tenant)
    with stage.open() as opened:
        connector, lent = _by_code(opened)
        connector.tenant()
        stage.tenant.token_endpoint.expire()
        assert connector.tenant().name == "Example K.K."
        assert len(lent.shown_messages) == 1


def test_nobody_at_the_terminal_is_a_sign_in_error_and_not_a_wait(tmp_path: Path) -> None:
    with ConnectorHarness("m365", tmp_path).open() as opened:
        connector, lent = _by_code(opened)
        lent.watched = False
        with pytest.raises(SignInError) as error:
            connector.tenant()
    assert error.value.message.key == "m365.nobody_there"


def test_a_person_who_is_refused_is_told_why(tmp_path: Path) -> None:
    stage = ConnectorHarness("m365", tmp_path)
    assert isinstance(stage.tenant, Tenant)
    stage.tenant.token_endpoint.device_code_error = 50057
    with stage.open() as opened:
        connector, _ = _by_code(opened)
        with pytest.raises(SignInError) as error:
            connector.tenant()
    assert error.value.message.key == "m365.disabled_account"


@pytest.mark.parametrize("sign_in", ["app", "device_code"])
def test_only_the_sites_of_the_configuration_are_read_and_the_others_are_named_unread(
    tmp_path: Path, sign_in: str
) -> None:
    urls = [f"{HOST}/sites/press/", f"{HOST}/sites/nowhere"]
    with ConnectorHarness("m365", tmp_path).open() as opened:
        opened.table["sites"] = urls
        if sign_in == "app":
            connector, _ = opened.connector()
        else:
            connector, _ = _by_code(opened)
        connector.tenant()
        scopes = {s.title: s for s in connector.scopes()}
        records = list(connector.scan(scopes["SharePoint sites"], None))
    assert list(scopes)[:3] == [
        f"{HOST}/sites/press / ドキュメント",
        f"{HOST}/sites/press / スタイル ライブラリ",
        f"{HOST}/sites/nowhere",
    ]
    assert isinstance(records[-1], Coverage)
    assert records[-1].reason == say("m365.other_sites")


@pytest.mark.parametrize("write", [_pem, _pfx])
def test_a_certificate_signs_in(tmp_path: Path, write: Callable[[Path], None]) -> None:
    stage = ConnectorHarness("m365", tmp_path)
    assert isinstance(stage.tenant, Tenant)
    stage.tenant.token_endpoint.certificates.append(CERTIFICATE)
    write(tmp_path)
    with stage.open() as opened:
        assert _signed_in(opened) == "Example K.K."


@pytest.mark.parametrize(
    ("write", "key"),
    [
        (_pem, "m365.unknown_certificate"),
        (_locked_pfx, "m365.locked_certificate"),
        (_locked_pem, "m365.locked_certificate"),
        (_half, "m365.no_certificate"),
        (_elliptic, "m365.not_rsa"),
    ],
)
def test_a_certificate_that_will_not_do_is_named(
    tmp_path: Path, write: Callable[[Path], None], key: str
) -> None:
    write(tmp_path)
    with (
        ConnectorHarness("m365", tmp_path).open() as opened,
        pytest.raises(SignInError) as refusal_,
    ):
        _signed_in(opened)
    assert refusal_.value.message.key == key


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("tenant_id", "00000000-0000-4000-8000-000000000000", "m365.unknown_tenant"),
        ("client_id", "00000000-0000-4000-8000-000000000000", "m365.unknown_app"),
        ("cloud", "china", "m365.wrong_cloud"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, field: str, value: str, key: str) -> None:
    with ConnectorHarness("m365", tmp_path).open() as opened:
        opened.table[field] = value
        connector, _ = opened.connector()
        with pytest.raises(SignInError) as error:
            connector.tenant()
    assert error.value.message.key == key


def test_a_wrong_secret_is_named_and_not_repeated(tmp_path: Path) -> None:
    with ConnectorHarness("m365", tmp_path).open() as opened:
        connector, _ = opened.connector()
        (tmp_path / "m365-secret.txt").write_text("not~the~secret", encoding="utf-8")
        with pytest.raises(SignInError) as error:
            connector.tenant()
    assert error.value.message.key == "m365.wrong_secret"
    assert "not~the~secret" not in str(error.value)


def test_without_the_domains_nobody_can_tell_inside_from_outside(tmp_path: Path) -> None:
    stage = ConnectorHarness("m365", tmp_path)
    denied = error_response(403, "Authorization_RequestDenied")
    stage.inject_fault(lambda r, _: denied if r.path.endswith("/organization") else None)
    with stage.open() as opened:
        connector, _ = opened.connector()
        with pytest.raises(SignInError) as error:
            connector.tenant()
    assert "Organization.Read.All" in str(error.value.hint)


PAGE = b"<!DOCTYPE html><title>Sign in to your account</title>"


@pytest.mark.parametrize("path", ["/openid-configuration", "/token"])
@pytest.mark.parametrize(
    "reply",
    [
        Response(body=PAGE, headers={"Content-Type": "text/html"}),
        Response(body={"unexpected": 1}),
        Response(body=[1]),
        Response(body=b""),
        Response(body={"access_token": "eyJ\nSECRET", "expires_in": 3599}),
        Response(body={"access_token": "eyJSECRET", "expires_in": "soon"}),
    ],
)
def test_an_answer_that_is_not_of_entra_is_a_sentence_and_no_bug(
    tmp_path: Path, path: str, reply: Response, caplog: pytest.LogCaptureFixture
) -> None:
    stage = ConnectorHarness("m365", tmp_path)
    stage.inject_fault(lambda request, _times: reply if request.path.endswith(path) else None)
    with stage.open() as opened, pytest.raises(SignInError) as error:
        opened.connector()[0].tenant()
    assert error.value.hint is not None
    assert "SECRET" not in caplog.text + str(error.value)
