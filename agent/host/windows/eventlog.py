"""Write to the Windows event log. The texts are in a DLL that the installer registers."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import wintypes

from agent.host.windows.win32 import function, windows_error

SOURCE = "tojimari"


def report(number: int, kind: int, strings: Sequence[str]) -> None:
    """Write an event. Raise `OSError` if Windows refuses.

    Without the DLL the event shows its values and a note of Windows that the description is
    missing.

    Args:
        number: The identifier in the DLL.
        kind: 1 error, 2 warning, 4 information.
        strings: The values of the text.
    """
    source = function(
        "advapi32", "RegisterEventSourceW", wintypes.LPCWSTR, wintypes.LPCWSTR,
        result=wintypes.HANDLE,
    )(None, SOURCE)  # fmt: skip
    if not source:
        raise windows_error("RegisterEventSourceW")
    values = (wintypes.LPCWSTR * len(strings))(*strings)
    write = function(
        "advapi32", "ReportEventW", wintypes.HANDLE, wintypes.WORD, wintypes.WORD, wintypes.DWORD,
        ctypes.c_void_p, wintypes.WORD, wintypes.DWORD, ctypes.POINTER(wintypes.LPCWSTR),
        ctypes.c_void_p,
    )  # fmt: skip
    try:
        if not write(source, kind, 0, number, None, len(strings), 0, values, None):
            raise windows_error("ReportEventW")
    finally:
        function("advapi32", "DeregisterEventSource", wintypes.HANDLE)(source)
