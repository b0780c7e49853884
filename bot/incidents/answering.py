"""Who answers for a service: the people of app.yaml who are invited to its incidents."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, Person, Service
from bot.core.outbox import enqueue
from bot.core.people import person_by_email
from bot.incidents.rows import Incident


async def answering_for(
    session: AsyncSession, config: Config, service: Service | None
) -> tuple[list[str], list[Person]]:
    """The accounts of the service's responders, as far as they are known, and the people still to be found."""
    known, unknown = [], []
    for name in service.responders if service else ():
        person = config.person(name)
        if person is None:
            continue
        account = await person_by_email(session, person.email) if person.email and not person.slack else None
        user_id = person.slack or (account.user_id if account else None)
        if user_id:
            known.append(user_id)
        else:
            unknown.append(person)
    return known, unknown


def look_up(session: AsyncSession, incident: Incident, people: Iterable[Person], *, now: datetime) -> None:
    """Asks Slack who they are; they take part once it has answered."""
    for person in people:
        enqueue(session, "person.find", now=now, incident_id=incident.id, about={"email": person.email})
