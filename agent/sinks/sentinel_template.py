"""The table and the data collection rule for Microsoft Sentinel, built from the flat columns.

`tojimari deliver --template` prints them as an ARM template. Azure Monitor drops fields that the
rule does not declare, so rule, table and rows are made from the same columns.

Sources:
    Source: https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
    (read 2026-08-15)
"""

from __future__ import annotations

from typing import Any, Final

from agent.events import Event
from agent.sinks.flat_event import COLUMNS, Kind, flatten

TABLE: Final = "Tojimari_CL"
STREAM: Final = f"Custom-{TABLE}"
TIME: Final = "TimeGenerated"
MAX_FIELD_BYTES: Final = 60_000
"""Bytes of a field. The service truncates a longer one at 64 KB, possibly inside a character.

Source: https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits
(read 2026-11-30)
"""

_TYPES: Final[dict[Kind, str]] = {
    "text": "string",
    "time": "datetime",
    "integer": "int",
    "boolean": "boolean",
    "list": "dynamic",
    "table": "dynamic",
}
_NAMES: Final = {column.name: column.pascal for column in COLUMNS}


def to_row(event: Event) -> dict[str, Any]:
    """Return the event as a row of the table, without `TimeGenerated`, which the sender adds."""
    return {_NAMES[name]: _truncate(value) for name, value in flatten(event).items()}


def columns() -> list[dict[str, str]]:
    """Return name and type of every column of the table, `TimeGenerated` first."""
    own = [{"name": column.pascal, "type": _TYPES[column.kind]} for column in COLUMNS]
    return [{"name": TIME, "type": "datetime"}, *own]


def template() -> dict[str, Any]:
    """Return an ARM template: the table in an existing workspace, and the rule that fills it."""
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


def _truncate(value: Any) -> Any:
    """Truncate a text to `MAX_FIELD_BYTES` bytes of UTF-8, at the end of a character."""
    if isinstance(value, str) and len(value) > MAX_FIELD_BYTES // 4:
        return value.encode("utf-8", "replace")[:MAX_FIELD_BYTES].decode("utf-8", "ignore")
    return value
