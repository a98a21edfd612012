"""A certificate of the Windows store whose private key signs without being read (CNG)."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Generator
from contextlib import contextmanager
from ctypes import wintypes
from dataclasses import dataclass
from hashlib import sha1, sha256

from agent.host.windows.win32 import ERROR_FILE_NOT_FOUND, function, windows_error
from connectors.sdk.errors import SignInError
from connectors.sdk.message import say

_STORE_LOCATIONS = {"CurrentUser": 1 << 16, "LocalMachine": 2 << 16}
_REFERENCE = re.compile(
    rf"(?P<place>{'|'.join(_STORE_LOCATIONS)})/(?P<store>\w+)/(?P<thumbprint>[0-9A-Fa-f]{{40}}|[0-9A-Fa-f]{{64}})"
)
_SYSTEM_STORE = 10
_READ_ONLY = 0x8000
_SILENT_CNG_KEY = 0x40040  # no dialog, and no keys of APIs before CNG
_PSS = 8
_SALT = 32


class _Certificate(ctypes.Structure):
    _fields_ = (
        ("encoding", wintypes.DWORD),
        ("encoded", ctypes.c_void_p),
        ("size", wintypes.DWORD),
        ("info", ctypes.c_void_p),
        ("store", ctypes.c_void_p),
    )


class _Padding(ctypes.Structure):
    _fields_ = (("algorithm", wintypes.LPCWSTR), ("salt", wintypes.DWORD))


@dataclass(frozen=True, slots=True)
class CertificateRef:
    """A reference to a certificate: `LocalMachine/My/<SHA-1 or SHA-256 thumbprint>`."""

    flag: int
    store: str
    thumbprint: str

    @classmethod
    def parse(cls, reference: str) -> CertificateRef:
        """Parse what follows `certstore:`. Raise `ValueError` if it has another form."""
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            raise ValueError(reference)
        return cls(_STORE_LOCATIONS[found["place"]], found["store"], found["thumbprint"].lower())

    def matches(self, der: bytes) -> bool:
        """Return True if the certificate has this thumbprint."""
        digest = sha1(der, usedforsecurity=False) if len(self.thumbprint) == 40 else sha256(der)
        return digest.hexdigest() == self.thumbprint


class StoreSigner:
    """A `connectors.sdk.interface.Signer`; certificate and key are looked up for every signature,
    so a renewal under the same reference needs no restart, and no handle outlives a call."""

    def __init__(self, certificate_ref: CertificateRef) -> None:
        self._certificate_ref = certificate_ref
        self.certificate = b""
        with _open_certificate(certificate_ref) as context:
            self.certificate = _der(context)
            with _open_key(context):
                pass  # a key that cannot be opened is reported now, not by the scheduled scan

    def sign(self, message: bytes, /) -> bytes:
        """Return the signature: RSASSA-PSS with SHA-256, salt of 32 bytes.

        Raise `SignInError` if certificate or key cannot be used.
        """
        try:
            with _open_certificate(self._certificate_ref) as context, _open_key(context) as key:
                return sign_hash(key, message)
        except OSError as error:
            raise SignInError(
                say("secret.no_signature", detail=error.strerror),
                hint=say("secret.no_signature_hint"),
            ) from None


def sign_hash(key: int, message: bytes) -> bytes:
    """Return the signature of a CNG key (JWS PS256). Raise `OSError` if Windows refuses."""
    sign = function(
        "ncrypt", "NCryptSignHash", ctypes.c_size_t, ctypes.c_void_p, ctypes.c_char_p,
        wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD),
        wintypes.DWORD, result=ctypes.c_long,
    )  # fmt: skip
    padding, size = _Padding("SHA256", _SALT), wintypes.DWORD()
    digest = sha256(message).digest()
    room = ctypes.create_string_buffer(2048)  # for a key of 16,384 bits, the largest supported
    status = sign(
        key, ctypes.byref(padding), digest, len(digest), room, len(room), ctypes.byref(size), _PSS
    )
    if status:
        raise windows_error("NCryptSignHash", status)
    return room.raw[: size.value]


@contextmanager
def _open_certificate(certificate_ref: CertificateRef) -> Generator[int]:
    open_ = function(
        "crypt32", "CertOpenStore", ctypes.c_size_t, wintypes.DWORD, ctypes.c_size_t,
        wintypes.DWORD, wintypes.LPCWSTR, result=ctypes.c_void_p,
    )  # fmt: skip
    next_ = function(
        "crypt32",
        "CertEnumCertificatesInStore",
        ctypes.c_void_p,
        ctypes.c_void_p,
        result=ctypes.c_void_p,
    )
    if not (
        store := open_(
            _SYSTEM_STORE, 0, 0, certificate_ref.flag | _READ_ONLY, certificate_ref.store
        )
    ):
        raise windows_error("CertOpenStore")
    context = 0
    try:
        while context := next_(store, context or None):  # frees the previous one
            if certificate_ref.matches(_der(context)):
                yield context
                return
        raise windows_error("CertEnumCertificatesInStore", ERROR_FILE_NOT_FOUND)
    finally:
        if context:
            function("crypt32", "CertFreeCertificateContext", ctypes.c_void_p)(context)
        function("crypt32", "CertCloseStore", ctypes.c_void_p, wintypes.DWORD)(store, 0)


def _der(context: int) -> bytes:
    seen = _Certificate.from_address(context)
    return ctypes.string_at(seen.encoded, seen.size)


@contextmanager
def _open_key(context: int) -> Generator[int]:
    acquire = function(
        "crypt32", "CryptAcquireCertificatePrivateKey", ctypes.c_void_p,
        wintypes.DWORD, ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t),
        ctypes.POINTER(wintypes.DWORD), ctypes.POINTER(wintypes.BOOL),
    )  # fmt: skip
    key, kind, ours = ctypes.c_size_t(), wintypes.DWORD(), wintypes.BOOL()
    if not acquire(
        context, _SILENT_CNG_KEY, None, ctypes.byref(key), ctypes.byref(kind), ctypes.byref(ours)
    ):
        raise windows_error("CryptAcquireCertificatePrivateKey")
    try:
        yield key.value
    finally:
        if ours.value:
            function("ncrypt", "NCryptFreeObject", ctypes.c_size_t)(key.value)
