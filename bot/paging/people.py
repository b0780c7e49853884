"""Whom a page can reach and how: accounts, contact methods and wishes of the people that a step names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.people import Person
from bot.paging.rows import ContactMethod, NotificationRule, QuietHours
from bot.paging.rules import Method, Quiet, Rule

_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(frozen=True)
class Reachable:
    """A person with what is known of them. `user_id` is empty until Slack was asked for it."""

    user_id: str | None
    methods: tuple[Method, ...] = ()
    rules: tuple[Rule, ...] = ()
    quiet: Quiet | None = None


def is_user_id(person: str) -> bool:
    """Whether this names somebody by their Slack account instead of by their name in app.yaml."""
    return _USER_ID.fullmatch(person) is not None


async def account_of(session: AsyncSession, config: Config, person: str) -> str | None:
    """The Slack user id of somebody, as far as it is known."""
    return (await accounts_of(session, config, [person])).get(person)


async def accounts_of(session: AsyncSession, config: Config, people: Iterable[str]) -> dict[str, str]:
    """Slack user ids by person, of those that are known."""
    found: dict[str, str] = {}
    by_email: dict[str, str] = {}
    for name in people:
        person = config.person(name)
        if person is None:
            if is_user_id(name):
                found[name] = name
        elif person.slack is not None:
            found[name] = person.slack
        elif person.email is not None:
            by_email[person.email.lower()] = name
    if by_email:
        rows = await session.execute(
            select(Person.email, Person.user_id).where(Person.email.in_(list(by_email)))
        )
        found |= {by_email[email]: user_id for email, user_id in rows if email}
    return found


async def person_of(session: AsyncSession, config: Config, user_id: str) -> str:
    """The name in app.yaml of a Slack account; the account itself where it has none."""
    return (await people_of(session, config, [user_id]))[user_id]


async def people_of(session: AsyncSession, config: Config, user_ids: Sequence[str]) -> dict[str, str]:
    """The same for many, by their accounts: a user group may have hundreds."""
    rows = await session.execute(_EMAILS, {"users": user_ids})
    emails = {user_id: email for user_id, email in rows if email}
    by_account = {person.slack: person.name for person in reversed(config.people) if person.slack}
    by_email = {person.email.lower(): person.name for person in reversed(config.people) if person.email}
    return {
        user_id: by_account.get(user_id) or by_email.get(emails.get(user_id, "")) or user_id
        for user_id in user_ids
    }


_EMAILS = select(Person.user_id, Person.email).where(Person.user_id.in_(bindparam("users", expanding=True)))


async def reachable(
    session: AsyncSession, config: Config, people: Iterable[str], *, urgency: str = "low"
) -> dict[str, Reachable]:
    """All that ringing needs to know of these people; quiet hours matter for low urgency only."""
    names = list(dict.fromkeys(people))
    accounts = await accounts_of(session, config, names)
    users = list(accounts.values())
    methods: dict[str, list[Method]] = {}
    rules: dict[str, list[Rule]] = {}
    quiet: dict[str, Quiet] = {}
    if users:
        for method in await session.scalars(
            select(ContactMethod)
            .where(
                ContactMethod.user_id.in_(users),
                ContactMethod.verified_at.is_not(None),
                ContactMethod.disabled_at.is_(None),
            )
            .order_by(ContactMethod.id)
        ):
            methods.setdefault(method.user_id, []).append(Method(method.kind, method.id))
        for rule in await session.scalars(
            select(NotificationRule).where(NotificationRule.user_id.in_(users)).order_by(NotificationRule.id)
        ):
            wish = Rule("low" if rule.urgency == "low" else "high", rule.delay, rule.contact_method_id)
            rules.setdefault(rule.user_id, []).append(wish)
        if urgency == "low":
            for hours in await session.scalars(select(QuietHours).where(QuietHours.user_id.in_(users))):
                quiet[hours.user_id] = Quiet(hours.begins_at_wall, hours.ends_at_wall, hours.timezone)
    found = {}
    for name in names:
        user_id = accounts.get(name)
        of = user_id or ""
        found[name] = Reachable(user_id, tuple(methods.get(of, ())), tuple(rules.get(of, ())), quiet.get(of))
    return found
