"""What docs/alerts.md says to enter is what Tocsin reads."""

import json
import re
from pathlib import Path

from bot.alerts.formats import FORMATS
from bot.config import load
from tests.alerts.sent import ZABBIX, body

TEXT = (Path(__file__).parents[2] / "docs/alerts.md").read_text()
SERVICES = "organization: Acme\nservices: [{name: checkout, owner: Shop}]\n"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)


def test_every_kind_has_a_section() -> None:
    assert re.findall(r"^### ([a-z]\w*)$", TEXT, re.MULTILINE) == list(FORMATS)


def test_the_samples_of_app_yaml_are_right(tmp_path: Path) -> None:
    samples = [block for block in blocks("yaml") if block.startswith("integrations:")]
    assert len(samples) == 2
    for number, sample in enumerate(samples):
        path = tmp_path / f"{number}.yaml"
        path.write_text(SERVICES + sample)
        found = load(path).integrations
        assert found
    mapping = found[0].mapping
    assert mapping is not None
    # The stories of the generic format go by it.
    assert mapping.model_dump(exclude_unset=True) == {
        **ZABBIX, "resolves": tuple(ZABBIX["resolves"]), "levels": {"Disaster": "critical", "Average": "warning"},
    }  # fmt: skip


def test_datadogs_payload_is_what_the_stories_send() -> None:
    (payload,) = [block for block in blocks("json") if "$ALERT_ID" in block]
    assert json.loads(payload).keys() == body("datadog_triggered").keys()
