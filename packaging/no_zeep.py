"""Runs in the bundle before the program: simple-salesforce without its metadata client.

That client imports zeep and lxml (8 MB, a third of a second) and is imported by everything else of
simple-salesforce; ours lies in `connectors/salesforce/soap.py`. Whoever asks for theirs gets an
`AttributeError` or a None that cannot be called.
"""

import sys
from types import ModuleType

client = ModuleType("simple_salesforce.metadata")
client.SfdcMetadataApi = None
sys.modules[client.__name__] = client
