"""Keeping secrets, and finding where a configuration refers to them."""

import stat
import sys
from pathlib import Path

import pytest

from agent.config.schema import Config
from agent.config.secret_refs import Secrets
from agent.config.secret_store import delete_secret, references, store_secret
from agent.errors import ConfigError
from agent.host.windows.dpapi import Scope

unix = pytest.mark.skipif(sys.platform == "win32", reason="modes are Unix")


def kept(secrets: Secrets, name: str = "siem", kind: str = "file") -> str:
    return store_secret(secrets, name, b"s3cret", kind=kind, protection=Scope.MACHINE, reader="")


@unix
def test_a_kept_secret_is_closed_and_read_back_by_its_reference(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    reference = kept(secrets)
    assert reference == "file:secrets/siem"
    assert stat.S_IMODE((tmp_path / "secrets/siem").stat().st_mode) == 0o600
    assert secrets.read(reference) == b"s3cret"


@unix
def test_keeping_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    kept(Secrets(tmp_path))
    kept(Secrets(tmp_path))
    assert [p.name for p in (tmp_path / "secrets").iterdir()] == ["siem"]


def test_a_removed_secret_is_gone(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    reference = kept(secrets)
    delete_secret(secrets, reference)
    with pytest.raises(ConfigError, match="no_file"):
        secrets.read(reference)


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a b", "秘密", "-x", "x" * 65])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="bad_name"):
        kept(Secrets(tmp_path), name)


@pytest.mark.parametrize("kind", ["env", "certstore", "nonsense"])
def test_what_cannot_be_kept_here_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ConfigError, match="not_here"):
        kept(Secrets(tmp_path), kind=kind)


@pytest.mark.parametrize("reference", ["env:X", "certstore:LocalMachine/My/00"])
def test_what_does_not_lie_here_is_not_removed(tmp_path: Path, reference: str) -> None:
    with pytest.raises(ConfigError, match="not_ours"):
        delete_secret(Secrets(tmp_path), reference)


@pytest.mark.skipif(sys.platform == "win32", reason="there it works")
@pytest.mark.parametrize("reference", ["dpapi:x.dpapi", "nonsense:x"])
def test_another_system_s_kind_is_refused_with_the_kinds_that_work(
    tmp_path: Path, reference: str
) -> None:
    with pytest.raises(ConfigError, match="not_here"):
        Secrets(tmp_path).read(reference)


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("file:x", "not_a_key"),
        ("certstore:My/x", "not_a_certificate"),
    ],
)
def test_only_a_certificate_of_the_store_signs(
    tmp_path: Path, reference: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Secrets(tmp_path).signer(reference)


def test_a_key_that_stays_is_never_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="key_stays"):
        Secrets(tmp_path).read("certstore:LocalMachine/My/" + "0" * 40)


def test_references_are_found_at_any_depth_and_nothing_else_is() -> None:
    config = Config(
        connectors={"m365": {"certificate": "file:a.pem", "tenant_id": "b", "quota_share": 0.8}},
        sinks={"siem": {"headers": {"X-Key": "env:K"}, "url": "https://x.example"}},
    )
    assert list(references(config)) == [
        ("connectors.m365.certificate", "file:a.pem"),
        ("sinks.siem.headers.X-Key", "env:K"),
    ]
