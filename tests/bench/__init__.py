"""What a scan costs: calls, items a second, memory. Started by `nox -s bench`."""
