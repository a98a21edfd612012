"""Labels, from the service to the file: asked for where it is wished, meant as the policy says."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.google.demo.scenario import CONFIDENTIAL as CHOSEN
from connectors.m365.demo.scenario import CONFIDENTIAL

Serve = Callable[..., Any]

LABELLED = {
    "google": ("drive_labels", "納期一覧.xlsx", CHOSEN),
    "m365": ("sensitivity_labels", "契約書_アルファ商事.docx", CONFIDENTIAL),
}


@pytest.mark.parametrize("service", LABELLED)
def test_a_label_beats_the_name_all_the_way_to_the_files(service: str, serve: Serve) -> None:
    wish, name, label = LABELLED[service]
    with serve(service) as site:
        site.run("scan", "--no-deliver")
        before = told(site, name)
        site.tables[service][wish] = True
        site.write(policy={"labels": {label: {"level": "s3", "name": "個人データ"}}})
        site.run("judge", "--no-deliver")
        finding = next(r for r in site.rows("findings") if r["title"] == name)
        unread = told(site, name)
        site.run("scan", "--no-deliver")
        after = told(site, name)
        shown = site.run("findings", "show", after["finding_id"]).stdout
        site.run("report", "--redact-names")
        masked = {r["sensitivity_terms"] for r in site.rows("exposures")}
    assert (unread["sensitivity"], unread["sensitivity_source"]) == (
        before["sensitivity"],
        before["sensitivity_source"],
    )
    assert "its classification label" in finding["unknowns"]
    said = (after["sensitivity"], after["sensitivity_source"], after["sensitivity_terms"])
    assert said == ("s3", "label", "個人データ")
    assert int(after["score"]) > int(before["score"])
    assert "its label “個人データ”" in " ".join(shown.split())
    assert "個人データ" not in masked
    assert masked - {""}


def told(site: Any, name: str) -> dict[str, str]:
    """The one exposure of a file."""
    (row,) = [r for r in site.rows("exposures") if r["item_name"] == name]
    return row
