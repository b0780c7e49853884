"""The office that the stories play in."""

from collections.abc import AsyncIterator

import pytest

from tests.acceptance.office import Office, open_office


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url) as office:
        yield office
