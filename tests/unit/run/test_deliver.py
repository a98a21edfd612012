"""The sinks of a session."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from agent.cli.output import ProgressReporter
from agent.errors import ConfigError
from agent.run import deliver, scan
from agent.run.session import open_session
from agent.sinks import csv, jsonl


def test_one_scan_checks_the_table_of_each_sink_once(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: Counter[str] = Counter()

    def counted(model: Any) -> None:
        validate = model.model_validate

        def count(table: Any) -> Any:
            checked[str(table["path"])] += 1
            return validate(table)

        monkeypatch.setattr(model, "model_validate", count)

    counted(jsonl.Settings)
    counted(csv.Settings)
    everything = ["changes", "snapshot", "heartbeat"]
    sinks = {
        "one": {"type": "jsonl", "path": "one", "send": everything},
        "two": {"type": "jsonl", "path": "two", "send": everything},
        "files": {"type": "csv", "path": "files"},
    }
    with serve("salesforce") as site:
        desk = open_session(site.write(sinks=sinks))
        try:
            onlookers = ProgressReporter(desk.text, quiet=True, as_json=False)
            summary = scan.scan(desk, scan.Options(), onlookers)
            assert not deliver.queue_status(desk)
        finally:
            desk.engine.dispose()
    assert {line.name for line in summary.deliveries if not line.problem} >= {"one", "two"}
    assert checked == {"one": 1, "two": 1, "files": 1}
    assert len([*site.folder.glob("files/*.csv")]) == 1


def test_a_sink_that_is_refused_is_refused_again(serve: Callable[..., Any]) -> None:
    with serve("salesforce") as site:
        desk = open_session(site.write(sinks={"one": {"type": "jsonl"}}))
        try:
            for _ in range(2):
                with pytest.raises(ConfigError, match=r"sinks\.one\.path"):
                    deliver.sink_configs(desk)
        finally:
            desk.engine.dispose()
