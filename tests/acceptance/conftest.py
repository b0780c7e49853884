"""The office that the stories play in."""

from collections.abc import AsyncIterator

import pytest

from tests.acceptance.office import Office, members_unread, open_office


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url) as office:
        yield office


@pytest.fixture
async def unread_office(database_url: str) -> AsyncIterator[Office]:
    """The same, with the members not read ahead: who is to come must be looked up."""
    async with open_office(database_url, change=members_unread) as office:
        yield office
