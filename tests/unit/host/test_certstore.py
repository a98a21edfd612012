"""A reference to a certificate of the Windows store."""

from collections.abc import Callable
from hashlib import sha1, sha256
from typing import Any

import pytest

from agent.host.windows.certstore import CertificateRef

DER = b"a certificate"


@pytest.mark.parametrize("digest", [sha1, sha256])
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_either_thumbprint_names_the_certificate(
    digest: Callable[[bytes], Any], case: Callable[[str], str]
) -> None:
    place = CertificateRef.parse(f"LocalMachine/My/{case(digest(DER).hexdigest())}")
    assert place.matches(DER)
    assert not place.matches(DER + b"!")


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "My/" + "0" * 40,
        "LocalMachine/My/" + "0" * 41,
        "LocalMachine/My/CN=x",
        "X/My/" + "0" * 40,
    ],
)
def test_anything_else_is_no_reference(reference: str) -> None:
    with pytest.raises(ValueError):
        CertificateRef.parse(reference)
