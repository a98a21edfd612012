"""Made-up credentials of the app, the same in every process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

CONSUMER_KEY = "3MVG9demo.tojimari"
CONSUMER_SECRET = "made-up-consumer-secret"

_P = int(
    "e4d7ce01bb3a9c6dfad408e295004e1fece008411f8451ceb93bcb6d034a832620dae6254e4e004af6799257e48b"
    "bb3a8a7e620062fac9fcf8ad51bd3de79f0ce0883178c5a10c14a09d9e2dd549fd94e8aca00975802215e2fee936"
    "92974880a38fc4295c78f1b8bb455314728c06685b6dabbd11b1d801015b83e2e16abf5d",
    16,
)
_Q = int(
    "c8d94b33dfbd6bbbc08a4376c81ff8a4395f9285c57956f37a2ed6c4e61f9b35d130b11e4d8257d47eca4e86cc0d"
    "a2073bb7a07144096a8cccae6252c61f79ff4a748d25698354cd13af84c8e7f47a1419000f930e1e47060e63d659"
    "aa008f6b8945d200791f66185b91caca2c3af34780e7eae98f7f0406f58db6fe9b7de20f",
    16,
)
_E = 65537


@cache
def private_key() -> rsa.RSAPrivateKey:
    """Return the key whose certificate the app holds."""
    d = pow(_E, -1, (_P - 1) * (_Q - 1))
    return rsa.RSAPrivateNumbers(
        p=_P,
        q=_Q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, _P),
        dmq1=rsa.rsa_crt_dmq1(d, _Q),
        iqmp=rsa.rsa_crt_iqmp(_P, _Q),
        public_numbers=rsa.RSAPublicNumbers(_E, _P * _Q),
    ).private_key()


def table(url: str, folder: Path) -> dict[str, object]:
    """Return the configuration that reads the tenant at `url`; write the key to `folder`."""
    pem = private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "salesforce.key").write_bytes(pem)
    return {
        "service": "salesforce",
        "login_url": url,
        "consumer_key": CONSUMER_KEY,
        "username": "audit@example.co.jp",
        "private_key": "file:salesforce.key",
        "verify": True,
    }
