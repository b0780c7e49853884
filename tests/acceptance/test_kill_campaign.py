"""A few runs of the kill campaign (bench/kills.py); the whole of it is `python -m bench.kills`."""

import random
from pathlib import Path

import pytest

from bench.kills import campaign, stores

pytestmark = pytest.mark.timeout(
    600
)  # a killed process is started again, which has to wait where it is crowded


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
async def test_nothing_is_lost_nothing_rings_on_and_nothing_is_doubled(store: str, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    async with stores((store,), tmp_path) as found:
        ((name, url, count),) = found
        outcome = await campaign(name, url, count, runs=2, seed=seed, folder=tmp_path)
    assert outcome.kills == outcome.runs == 2
    assert outcome.is_clean, f"seed {seed}: {outcome}"
