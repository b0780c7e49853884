"""When Slack does not take the call for help either: the people concerned get it by all that is known of them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.paging import target
from bot.core.outbox import Priority, enqueue
from bot.paging.people import reachable
from bot.paging.rows import Page


async def call_beside_slack(
    session: AsyncSession, page: Page, to: str, people: list[str], *, config: Config, now: datetime
) -> None:
    """`to` is a target of paging.nobody. A channel is nobody's to ring: then those whom the page named are told."""
    of, name = target(to)
    names = [name] if of == "person" else people
    for person, known in (await reachable(session, config, names)).items():
        configured = config.person(person)
        ways: list[tuple[str, int | None]] = [(method.kind, method.id) for method in known.methods]
        has_email = any(kind == "email" for kind, _ in ways)
        if not has_email and configured is not None and configured.email is not None:
            ways.append(("email", None))  # the address in app.yaml
        for way, method in ways:
            enqueue(
                session,
                "page.nobody_beside",
                now=now,
                about={"page": page.id, "people": people, "person": person, "method": method},
                incident_id=page.incident_id,
                fold=f"page.nobody:{page.id}:{page.life}:{person}:{method or 'app.yaml'}",
                way=way,
                priority=Priority.PAGE,
            )
