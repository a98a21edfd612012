"""The configuration: read it, check it completely, report every error with its key."""
