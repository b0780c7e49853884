"""The office that the stories play in."""

from collections.abc import AsyncIterator, Iterator

import pytest

from handlers import entry
from tests.acceptance.alerting import VARIABLES
from tests.acceptance.changes import members_unread
from tests.acceptance.checking import Target, open_target
from tests.acceptance.office import Office, open_office
from tests.acceptance.stand_in import PUBLIC, StandIn, allows_loopback, stand_in
from tests.databases import PostgresCluster, SqliteFiles


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that many tests share an answer may take seconds, and is none the worse. Stories of what hangs say
    `pytest.mark.impatient`.
    """
    if request.node.get_closest_marker("impatient") is None:
        monkeypatch.setattr(entry, "DONE_WITHIN", 20.0)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url) as office:
        yield office


@pytest.fixture
async def unread_office(database_url: str) -> AsyncIterator[Office]:
    """The same, with the members not read ahead: who is to come must be looked up."""
    async with open_office(database_url, change=members_unread) as office:
        yield office


@pytest.fixture
async def providers() -> AsyncIterator[StandIn]:
    """Those who carry messages beside Slack."""
    async with stand_in() as providers:
        yield providers


@pytest.fixture
async def office_with_gateways(database_url: str, providers: StandIn) -> AsyncIterator[Office]:
    """The same, where people can be reached beside Slack too."""
    async with open_office(
        database_url, change=allows_loopback, public_url=PUBLIC, **providers.gateways
    ) as office:
        yield office


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    async with open_target() as target:
        yield target


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the integrations of tests.acceptance.alerting, in the environment."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def durable_cluster() -> Iterator[PostgresCluster]:
    """One of a module's own that survives what is done to it: it may be stopped and started."""
    cluster = PostgresCluster(durable=True)
    yield cluster
    cluster.stop()


@pytest.fixture(params=["sqlite", "postgres"])
async def durable_url(
    request: pytest.FixtureRequest, sqlite_files: SqliteFiles, durable_cluster: PostgresCluster
) -> AsyncIterator[str]:
    """A database that keeps what was committed, whatever is killed."""
    source = sqlite_files if request.param == "sqlite" else durable_cluster
    async with source.one() as url:
        yield url
