"""Call functions of Windows, found at the call; failures are `OSError` with the error number."""

from __future__ import annotations

import ctypes
from typing import Any, Protocol

ERROR_FILE_NOT_FOUND = 2


class Function(Protocol):
    """A function of a DLL whose result is a number: 0, None or a status."""

    def __call__(self, *arguments: Any) -> int:
        """Call it."""
        ...


def function(library: str, name: str, *parameters: Any, result: Any = ctypes.c_int) -> Function:
    """Return a function of a DLL with the types of its parameters and result."""
    found = ctypes.WinDLL(library, use_last_error=True)[name]
    found.argtypes = parameters
    found.restype = result
    return found


def windows_error(name: str, code: int | None = None) -> OSError:
    """Return the error of a function as `OSError`; without a code, that of the last error."""
    number = ctypes.get_last_error() if code is None else code
    number &= 0xFFFFFFFF
    return OSError(number, f"{name} 0x{number:08x}")
