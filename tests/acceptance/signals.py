"""What stories about alerts share: signals as the intake leaves them, and how alerts stand."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

from bot.alerts.event import Event
from bot.alerts.intake import accept
from bot.alerts.rows import Alert
from bot.config import Config
from bot.reading import incidents as reading
from tests.acceptance.office import Office, said

Change = Callable[[Config], Config]


def with_rules(**sections: Any) -> Change:
    """The sample with these sections of app.yaml."""

    def change(config: Config) -> Config:
        read = {
            name: TypeAdapter(Config.model_fields[name].annotation).validate_python(written)
            for name, written in sections.items()
        }
        return config.model_copy(update={"routes": (), "maintenance": (), **read})

    return change


def alert(
    key: str, title: str = "", *, action: str = "trigger", level: str | None = "critical", **more: Any
) -> Event:
    return Event(action, key, title=title or f"Alert {key}", level=level, **more)  # type: ignore[arg-type]


async def arrive(
    office: Office, *events: Event, integration: str = "alertmanager", settle: bool = True
) -> None:
    """The signals are accepted, all in one commit, and everything that follows from them is waited for."""
    now = office.clock.now()
    async with office.app.bot.db.begin() as session:
        for event in events:
            accept(session, integration, event, now=now)
    if settle:
        await office.settled()


async def alerts_of(office: Office) -> Sequence[Alert]:
    async with office.app.bot.db.read() as session:
        return (await session.scalars(select(Alert).order_by(Alert.id))).all()


async def outcomes(office: Office) -> list[tuple[str, str]]:
    """What became of each alert: (key, outcome)."""
    return [(one.key, one.outcome) for one in await alerts_of(office)]


async def read(office: Office, channel: str) -> str:
    """Everything that stands in a channel, its threads too."""
    found = []
    for message in await office.cleo.messages(channel):
        found.append(said(message))
        if message.get("reply_count"):
            thread = await office.cleo.messages(channel, message["ts"])
            found += [said(reply) for reply in thread if reply["ts"] != message["ts"]]
    return "\n".join(found)


async def read_timeline(office: Office, number: int) -> str:
    """The whole record, as the command line prints it."""
    _, words = await reading.incident(office.app.bot.db, number, office.config)
    return words
