"""Secrets that only this machine, or only this account on it, can open (DPAPI).

A file is one line that names the scope, then what `CryptProtectData` made. The scope of the
machine lets *every* process of the machine open the secret, so such a file needs a closed access
list as well; `agent.host.access` sees to it.
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from enum import StrEnum

from agent.host.windows.native import function, refused

_MARK = b"tojimari-dpapi-1 "
_PURPOSE = b"tojimari secret 1"  # another program's call does not open ours by accident
_NO_WINDOW = 0x1
_MACHINE = 0x4


class Scope(StrEnum):
    """Who can open a secret."""

    MACHINE = "machine"  # every process of this machine that may read the file
    USER = "user"  # this account, on this machine


class _Blob(ctypes.Structure):
    _fields_ = (("size", wintypes.DWORD), ("data", ctypes.c_void_p))


def seal(secret: bytes, scope: Scope) -> bytes:
    """The content of a file that keeps a secret. Raises `OSError`."""
    flags = _NO_WINDOW | (_MACHINE if scope is Scope.MACHINE else 0)
    return _MARK + scope.encode() + b"\n" + _called("CryptProtectData", secret, flags)


def unseal(content: bytes) -> bytes:
    """The secret of such a file.

    Raises `ValueError` for another kind of file, `OSError` when Windows does not open it here.
    """
    head, newline, sealed = content.partition(b"\n")
    if not newline or not head.startswith(_MARK):
        raise ValueError
    return _called("CryptUnprotectData", sealed, _NO_WINDOW)


def _called(name: str, content: bytes, flags: int) -> bytes:
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
        raise refused(name)
    try:
        return ctypes.string_at(kept.data, kept.size)
    finally:
        function("kernel32", "LocalFree", ctypes.c_void_p, result=ctypes.c_void_p)(kept.data)
