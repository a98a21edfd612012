"""The table and the data collection rule for Sentinel, from the columns that are sent.

`tojimari deliver --template` prints them as an ARM template.
"""

from __future__ import annotations

from typing import Any, Final

from agent.events import Event
from agent.sinks.flat import COLUMNS, Kind, flat_of

TABLE: Final = "Tojimari_CL"
STREAM: Final = f"Custom-{TABLE}"
TIME: Final = "TimeGenerated"
LONGEST: Final = 60_000  # bytes: a field above 64 KB is cut by the service, in mid-character

_TYPES: Final[dict[Kind, str]] = {
    "text": "string",
    "time": "datetime",
    "integer": "int",
    "boolean": "boolean",
    "list": "dynamic",
    "table": "dynamic",
}
_NAMES: Final = {column.name: column.pascal for column in COLUMNS}


def row_of(event: Event) -> dict[str, Any]:
    """The event as a row of the table; `TimeGenerated` belongs to the sending."""
    return {_NAMES[name]: _short(value) for name, value in flat_of(event).items()}


def columns() -> list[dict[str, str]]:
    """Name and type of every column."""
    own = [{"name": column.pascal, "type": _TYPES[column.kind]} for column in COLUMNS]
    return [{"name": TIME, "type": "datetime"}, *own]


def template() -> dict[str, Any]:
    """An ARM template: the table in an existing workspace, and the rule that fills it."""
    home = "Microsoft.OperationalInsights/workspaces"
    workspace = f"resourceId('{home}', parameters('workspace'))"
    table = f"resourceId('{home}/tables', parameters('workspace'), '{TABLE}')"
    rule = "resourceId('Microsoft.Insights/dataCollectionRules', parameters('rule'))"
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "workspace": {"type": "string"},
            "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
            "rule": {"type": "string", "defaultValue": "tojimari"},
            "retentionInDays": {"type": "int", "defaultValue": 90},
        },
        "resources": [
            {
                "type": f"{home}/tables",
                "apiVersion": "2022-10-01",
                "name": f"[concat(parameters('workspace'), '/{TABLE}')]",
                "properties": {
                    "retentionInDays": "[parameters('retentionInDays')]",
                    "schema": {"name": TABLE, "columns": columns()},
                },
            },
            {
                "type": "Microsoft.Insights/dataCollectionRules",
                "apiVersion": "2023-03-11",
                "name": "[parameters('rule')]",
                "location": "[parameters('location')]",
                "kind": "Direct",
                "dependsOn": [f"[{table}]"],
                "properties": {
                    "streamDeclarations": {STREAM: {"columns": columns()}},
                    "destinations": {
                        "logAnalytics": [
                            {"workspaceResourceId": f"[{workspace}]", "name": "workspace"}
                        ]
                    },
                    "dataFlows": [
                        {
                            "streams": [STREAM],
                            "destinations": ["workspace"],
                            "transformKql": "source",
                            "outputStream": STREAM,
                        }
                    ],
                },
            },
        ],
        "outputs": {
            "rule_id": {"type": "string", "value": f"[reference({rule}).immutableId]"},
            "endpoint": {
                "type": "string",
                "value": f"[reference({rule}).endpoints.logsIngestion]",
            },
        },
    }


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST // 4:
        return value.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
    return value
