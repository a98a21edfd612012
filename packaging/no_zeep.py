"""Runs in the bundle before the program: simple-salesforce without its metadata client.

That client imports zeep and lxml (7 MB) and is imported by everything else of simple-salesforce;
ours lies in `connectors/salesforce/metadata_api.py`. Theirs is a None here, which nobody can call.
"""

import sys
from types import ModuleType

client = ModuleType("simple_salesforce.metadata")
vars(client)["SfdcMetadataApi"] = None
sys.modules[client.__name__] = client
