"""Encrypt secrets for this machine or this account with DPAPI.

A file has a line that names the scope, then the result of `CryptProtectData`. With the scope of the
machine *every* process of it can decrypt the secret, so such a file needs a restricted access list
as well, see `agent.host.file_permissions`.
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from enum import StrEnum

from agent.host.windows.win32 import function, windows_error

_MARK = b"tojimari-dpapi-1 "
_PURPOSE = b"tojimari secret 1"  # calls of other programs cannot decrypt our data by accident
_NO_WINDOW = 0x1
_MACHINE = 0x4


class Scope(StrEnum):
    """Who can decrypt a secret."""

    MACHINE = "machine"  # every process of this machine that may read the file
    USER = "user"  # this account, on this machine


class _Blob(ctypes.Structure):
    _fields_ = (("size", wintypes.DWORD), ("data", ctypes.c_void_p))


def protect(secret: bytes, scope: Scope) -> bytes:
    """Return the content of a file for a secret. Raise `OSError` if Windows refuses."""
    flags = _NO_WINDOW | (_MACHINE if scope is Scope.MACHINE else 0)
    return _MARK + scope.encode() + b"\n" + _call("CryptProtectData", secret, flags)


def unprotect(content: bytes) -> bytes:
    """Return the secret of such a file.

    Raise `ValueError` for another kind of file, `OSError` if Windows cannot decrypt it here.
    """
    head, newline, sealed = content.partition(b"\n")
    if not newline or not head.startswith(_MARK):
        raise ValueError
    return _call("CryptUnprotectData", sealed, _NO_WINDOW)


def _call(name: str, content: bytes, flags: int) -> bytes:
    blob = ctypes.POINTER(_Blob)
    call = function(
        "crypt32", name, blob, ctypes.c_void_p, blob, ctypes.c_void_p, ctypes.c_void_p,
        wintypes.DWORD, blob,
    )  # fmt: skip
    given, kept = ctypes.create_string_buffer(content, len(content)), _Blob()
    entropy = ctypes.create_string_buffer(_PURPOSE, len(_PURPOSE))
    handed = _Blob(len(content), ctypes.addressof(given))
    purpose = _Blob(len(_PURPOSE), ctypes.addressof(entropy))
    if not call(
        ctypes.byref(handed), None, ctypes.byref(purpose), None, None, flags, ctypes.byref(kept)
    ):
        raise windows_error(name)
    try:
        return ctypes.string_at(kept.data, kept.size)
    finally:
        function("kernel32", "LocalFree", ctypes.c_void_p, result=ctypes.c_void_p)(kept.data)
