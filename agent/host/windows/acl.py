"""Access lists of Windows in their text form (SDDL)."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from ctypes import wintypes
from pathlib import Path

from agent.host.windows.win32 import function, windows_error

OWNER_AND_ADMINISTRATORS = "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)"
"""Nothing inherited; full access for SYSTEM, Administrators and the owner, none for others."""

_BROAD_GROUPS = {
    "WD": "Everyone", "S-1-1-0": "Everyone",
    "AU": "Authenticated Users", "S-1-5-11": "Authenticated Users",
    "BU": "Users", "S-1-5-32-545": "Users",
    "BG": "Guests", "S-1-5-32-546": "Guests",
    "IU": "Interactive", "S-1-5-4": "Interactive",
    "NU": "Network", "S-1-5-2": "Network",
    "AN": "Anonymous", "S-1-5-7": "Anonymous",
    "DU": "Domain Users", "DG": "Domain Guests", "DC": "Domain Computers",
}  # fmt: skip
_BROAD_DOMAIN_GROUPS = {"513": "Domain Users", "514": "Domain Guests", "515": "Domain Computers"}
_READING = {"FA", "FR", "GA", "GR", "CC"}  # CC is the first bit: reading the data of a file
_READ_BITS = 0x1 | 0x10000000 | 0x80000000  # data, generic all, generic read
_ENTRY = re.compile(
    r"\((?P<kind>\w+);(?P<flags>\w*);(?P<rights>\w*);[^;]*;[^;]*;(?P<who>[\w-]+)[;)]"
)
_FILE = 1
_OWNER_AND_DACL = 0x1 | 0x4
_DACL_PROTECTED = 0x80000004


def groups_with_read_access(sddl: str) -> Iterator[str]:
    """Yield the names of large groups that an access list allows to read, in English.

    Without a list everyone may read. Denying entries are ignored: they may stand in the wrong
    order.
    """
    _, separator, rest = sddl.partition("D:")
    lists = re.split(r"S:(?=\w*\()", rest)[0]
    if not separator or "NO_ACCESS_CONTROL" in lists:
        yield _BROAD_GROUPS["WD"]
        return
    for entry in _ENTRY.finditer(lists):
        allowed = entry["kind"] in ("A", "XA") and "IO" not in _pairs(entry["flags"])
        if allowed and _grants_read(entry["rights"]) and (name := _broad_group(entry["who"])):
            yield name


def read_acl(path: Path) -> str:
    """Return the access list of a file or folder. Raise `OSError` if it cannot be read."""
    get = function(
        "advapi32", "GetNamedSecurityInfoW", wintypes.LPCWSTR, ctypes.c_int, wintypes.DWORD,
        *[ctypes.c_void_p] * 4, ctypes.POINTER(ctypes.c_void_p), result=wintypes.DWORD,
    )  # fmt: skip
    write = function(
        "advapi32", "ConvertSecurityDescriptorToStringSecurityDescriptorW", ctypes.c_void_p,
        wintypes.DWORD, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p,
    )  # fmt: skip
    descriptor, text = ctypes.c_void_p(), ctypes.c_void_p()
    code = get(str(path), _FILE, _OWNER_AND_DACL, None, None, None, None, ctypes.byref(descriptor))
    if code:
        raise windows_error("GetNamedSecurityInfoW", code)
    try:
        if not write(descriptor, 1, _OWNER_AND_DACL, ctypes.byref(text), None):
            raise windows_error("ConvertSecurityDescriptorToStringSecurityDescriptorW")
        return ctypes.wstring_at(text.value or 0)
    finally:
        _free(text)
        _free(descriptor)


def set_acl(path: Path, sddl: str) -> None:
    """Set the access list of a file or folder. Raise `OSError` if it cannot be set."""
    parse = function(
        "advapi32", "ConvertStringSecurityDescriptorToSecurityDescriptorW", wintypes.LPCWSTR,
        wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p,
    )  # fmt: skip
    put = function(
        "advapi32", "SetFileSecurityW", wintypes.LPCWSTR, wintypes.DWORD, ctypes.c_void_p
    )
    descriptor = ctypes.c_void_p()
    if not parse(sddl, 1, ctypes.byref(descriptor), None):
        raise windows_error("ConvertStringSecurityDescriptorToSecurityDescriptorW")
    try:
        if not put(str(path), _DACL_PROTECTED, descriptor):
            raise windows_error("SetFileSecurityW")
    finally:
        _free(descriptor)


def sid_of(account: str) -> str:
    """Return the SID of an account (`EXAMPLE\\tojimari$`). Raise `OSError` if there is none."""
    look_up = function(
        "advapi32", "LookupAccountNameW", wintypes.LPCWSTR, wintypes.LPCWSTR, ctypes.c_void_p,
        ctypes.POINTER(wintypes.DWORD), wintypes.LPWSTR, ctypes.POINTER(wintypes.DWORD),
        ctypes.POINTER(ctypes.c_int),
    )  # fmt: skip
    write = function(
        "advapi32", "ConvertSidToStringSidW", ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
    )
    sid, domain = ctypes.create_string_buffer(68), ctypes.create_unicode_buffer(256)
    sizes = wintypes.DWORD(len(sid)), wintypes.DWORD(len(domain))
    use, text = ctypes.c_int(), ctypes.c_void_p()
    if not look_up(
        None,
        account,
        sid,
        ctypes.byref(sizes[0]),
        domain,
        ctypes.byref(sizes[1]),
        ctypes.byref(use),
    ):
        raise windows_error("LookupAccountNameW")
    if not write(sid, ctypes.byref(text)):
        raise windows_error("ConvertSidToStringSidW")
    try:
        return ctypes.wstring_at(text.value or 0)
    finally:
        _free(text)


def _grants_read(rights: str) -> bool:
    if rights.lower().startswith("0x"):
        return bool(int(rights, 16) & _READ_BITS)
    return not _READING.isdisjoint(_pairs(rights))


def _broad_group(who: str) -> str | None:
    if who.startswith("S-1-5-21-"):
        return _BROAD_DOMAIN_GROUPS.get(who.rpartition("-")[2])
    return _BROAD_GROUPS.get(who)


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(0, len(text), 2)}


def _free(pointer: ctypes.c_void_p) -> None:
    function("kernel32", "LocalFree", ctypes.c_void_p, result=ctypes.c_void_p)(pointer)
