"""Windows, by ctypes: a handful of functions does not need pywin32 and its DLLs."""
