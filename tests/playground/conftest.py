"""A playground over real HTTP, with people in it and a bot beside it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from slack_cast import ADA, BEN, HAL, Bot, Control, Someone, serve
from slack_sdk.web.async_client import AsyncWebClient

from playground import Playground


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    started = await Playground.start(
        bot_url=None, retry_delays=(0, 0.05, 0.1), answer_seconds=0.5, trigger_seconds=0.3
    )
    yield started
    await started.stop()


@pytest.fixture
async def control(playground: Playground) -> AsyncIterator[Control]:
    async with ClientSession() as http:
        yield Control(http, playground.url)


@pytest.fixture
def client(playground: Playground) -> AsyncWebClient:
    return AsyncWebClient("xoxb-playground", base_url=f"{playground.url}/api/", retry_handlers=[])


@pytest.fixture
def ada(control: Control) -> Someone:
    return Someone(control, ADA)


@pytest.fixture
def ben(control: Control) -> Someone:
    return Someone(control, BEN)


@pytest.fixture
def hal(control: Control) -> Someone:
    """A guest."""
    return Someone(control, HAL)


@pytest.fixture
async def bot(playground: Playground, client: AsyncWebClient) -> AsyncIterator[Bot]:
    made = Bot(client)
    runner, playground.delivery.bot_url = await serve(made.answer)
    yield made
    await runner.cleanup()
