"""Lists over many incidents; what is asked of few is told by the acceptance stories."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from bot.config import Config, IncidentField, load
from bot.core.db import Database
from bot.core.viewer import Viewer
from bot.incidents import listing
from bot.incidents.filters import Reader, read_filter
from bot.incidents.listing import listed
from bot.incidents.rows import FieldValue, Incident
from tests.acceptance.office import SAMPLE
from tests.views.anything import NOW

MANY = 50
READER = Reader("U01ADA", ZoneInfo("UTC"), NOW)


def with_a_region(config: Config) -> Config:
    field = IncidentField.model_validate({"name": "region", "label": "Region"})
    return config.model_copy(update={"fields": (field,)})


async def add(db: Database, numbers: range) -> None:
    rows = [
        {
            "id": number,
            "title": "Checkout is down",
            "severity": "SEV2",
            "status": "resolved",
            "declared_at": NOW + timedelta(minutes=number),
            "declared_by": "U01ADA",
            "changed_at": NOW,
        }
        for number in numbers
    ]
    async with db.begin() as session:
        await session.execute(insert(Incident), rows)


async def without_a_region(db: Database, config: Config) -> list[int]:
    async with db.read() as session:
        asked = read_filter("all region:-", config, READER)
        return [one.id for one in (await listed(session, asked, Viewer("U01ADA"), config)).incidents]


async def test_what_all_of_many_have_is_empty_in_none_until_one_lacks_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MANY", MANY)
    config, many = with_a_region(load(SAMPLE)), range(1, MANY + 3)
    await add(db, many)
    async with db.begin() as session:
        values = [{"incident_id": number, "name": "region", "value": "eu"} for number in many]
        await session.execute(insert(FieldValue), values)
    assert await without_a_region(db, config) == []
    await add(db, range(MANY + 3, MANY + 5))
    assert await without_a_region(db, config) == [MANY + 4, MANY + 3]
