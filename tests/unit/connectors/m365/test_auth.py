from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from connectors.m365 import Settings, connect
from connectors.m365.auth import refused
from connectors.m365.demo import Tenant
from connectors.m365.demo.refusals import refusal
from connectors.sdk.errors import SignInError
from connectors.sdk.testing import Opened, Stage

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
        (700027, "unknown_certificate"),
        (700024, "wrong_clock"),
    ],
)
def test_what_entra_refuses_is_said_with_the_next_step(number: int, name: str) -> None:
    error = refused({"error": "x", "error_description": f"AADSTS{number}: secret~value Trace ID"})
    assert error.message.key == f"m365.{name}"
    assert error.hint is not None
    assert error.hint.key == f"m365.{name}_hint"
    assert "secret~value" not in f"{error.message} {error.hint}"


def test_an_unknown_refusal_keeps_its_number() -> None:
    assert "AADSTS53003" in str(refused({"error_description": "AADSTS53003: Blocked."}).message)
    assert "invalid_request" in str(refused({"error": "invalid_request"}).message)


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


def _signed_in(opened: Opened) -> str:
    table = {k: v for k, v in opened.table.items() if k != "client_secret"}
    _, lent = opened.connector()
    settings = Settings.model_validate(table | {"certificate": "file:app.key"})
    return connect(settings, lent).tenant().name


@pytest.mark.parametrize("write", [_pem, _pfx])
def test_a_certificate_signs_in(tmp_path: Path, write: Callable[[Path], None]) -> None:
    stage = Stage("m365", tmp_path)
    assert isinstance(stage.tenant, Tenant)
    stage.tenant.login.certificates.append(CERTIFICATE)
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
    with Stage("m365", tmp_path).open() as opened, pytest.raises(SignInError) as refusal_:
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
    with Stage("m365", tmp_path).open() as opened:
        opened.table[field] = value
        connector, _ = opened.connector()
        with pytest.raises(SignInError) as error:
            connector.tenant()
    assert error.value.message.key == key


def test_a_wrong_secret_is_named_and_not_repeated(tmp_path: Path) -> None:
    with Stage("m365", tmp_path).open() as opened:
        connector, _ = opened.connector()
        (tmp_path / "m365-secret.txt").write_text("not~the~secret", encoding="utf-8")
        with pytest.raises(SignInError) as error:
            connector.tenant()
    assert error.value.message.key == "m365.wrong_secret"
    assert "not~the~secret" not in str(error.value)


def test_without_the_domains_nobody_can_tell_inside_from_outside(tmp_path: Path) -> None:
    stage = Stage("m365", tmp_path)
    denied = refusal(403, "Authorization_RequestDenied")
    stage.fail(lambda r, _: denied if r.path.endswith("/organization") else None)
    with stage.open() as opened:
        connector, _ = opened.connector()
        with pytest.raises(SignInError) as error:
            connector.tenant()
    assert "Organization.Read.All" in str(error.value.hint)
