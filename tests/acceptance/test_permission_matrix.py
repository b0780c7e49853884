"""Every way to do what `permissions` guards (tests.acceptance.ways) × every kind of person × every rule, and that nothing
else is guarded.
"""

import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from bot.config import Config
from bot.config.sections.permissions import Permissions
from bot.core.audit import AuditLine, audit_lines
from bot.core.timeline import TimelineEntry
from bot.incidents import amendments, lifecycle, updates
from bot.incidents.declaring import Declaration, declare
from playground.people import TEAM_ID
from tests.acceptance.office import Office, Person, open_office, said, sample
from tests.acceptance.signed import posted
from tests.acceptance.ways import ENTRY, GUARDED, OPEN, TARGET, WAYS, Payload, Way, registered

# -- the people ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of person: whom of `permissions` they are, and whether they may act at all."""

    is_among: Collection[str] = ()
    admitted: bool = True
    account: Payload = field(default_factory=dict)

    def may(self, rule: Sequence[str]) -> bool:
        return self.admitted and ("everyone" in rule or any(one in rule for one in self.is_among))


KINDS = {
    "full member": Kind(),
    "responder": Kind(["responders"]),
    "on call": Kind(["responders", "schedule:backup"]),
    "in the user group": Kind(["group:@sre"]),
    "named": Kind(["person:dev"]),
    "admitted guest": Kind(account={"is_restricted": True}),
    "admitted from another organization": Kind(account={"team_id": "T0PARTNER"}),
    "guest": Kind(admitted=False, account={"is_restricted": True}),
    "guest of one channel": Kind(admitted=False, account={"is_ultra_restricted": True}),
    "of another organization": Kind(admitted=False, account={"team_id": "T0PARTNER"}),
    "deactivated": Kind(admitted=False, account={"deleted": True}),
    "bot": Kind(admitted=False, account={"is_bot": True}),
}
RULES = {
    "everyone": ["everyone"],
    "responders": ["responders"],
    "a user group": ["group:@sre"],
    "a person": ["person:dev"],
    "a schedule": ["schedule:backup"],
    "several": ["responders", "group:@sre"],
    "nobody": [],
}


def rules_of(rule: Sequence[str]) -> dict[str, Sequence[str]]:
    """This rule for each permission; there are no responders where there is no incident yet."""
    found: dict[str, Sequence[str]] = {}
    for permission in GUARDED:
        try:
            Permissions.model_validate({permission: rule})
        except ValueError:
            found[permission] = [one for one in rule if one != "responders"]
        else:
            found[permission] = list(rule)
    return found


def ruled(rule: Sequence[str]) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        some = config.people[0]
        admitted = [some.model_copy(update={"name": n, "email": f"{n}@example.com"}) for n in ("gil", "pia")]
        policies = [
            policy.model_copy(
                update={"steps": (policy.steps[0].model_copy(update={"notify": ("schedule:backup",)}),)}
            )
            for policy in config.escalation_policies
        ]
        written = {**rules_of(rule), "guests": "person:gil", "external": "person:pia"}
        return config.model_copy(
            update={
                "people": (*config.people, *admitted),
                "permissions": Permissions.model_validate(written),
                "escalation_policies": tuple(policies),
                "checks": sample().checks[:1],
            }
        )

    return change


class Matrix:
    """An office under one rule, with a person of each kind."""

    def __init__(self, office: Office, people: dict[str, Person]) -> None:
        self.office = office
        self.people = people
        self.free = office.config.model_copy(update={"permissions": Permissions()})

    async def incident(self, stands: str) -> int:
        """Another one that stands like this, with a note of somebody's; by ada, whom nothing is forbidden here."""
        now, by = self.office.clock.now(), self.office.ada.id
        said: Payload = {"config": self.free, "by": by, "now": now}
        async with self.office.app.bot.db.begin() as session:
            incident = await declare(
                session,
                Declaration(title="Checkout is slow", severity=self.free.severities[-1]),
                responders=[self.people["responder"].id],
                **said,
            )
            await updates.note(session, incident.id, "It is the cache", by=by, now=now)
            assert incident.timeline_length == ENTRY
            if stands == "hidden":
                await amendments.set_hidden(session, incident.id, ENTRY, True, why="Untrue", **said)
            if stands in ("resolved", "closed"):
                await lifecycle.resolve(session, incident.id, **said)
            if stands == "closed":
                await lifecycle.close(session, incident.id, **said)
        return incident.id

    async def tries(self, kind: str, way: Way, number: int) -> str:
        """What somebody of this kind is answered; what opens, and the words of a refusal to a click, stand in a modal."""
        person, account = self.people[kind], KINDS[kind].account
        return await self.sends(person, way.payload(number), team=account.get("team_id", TEAM_ID))

    async def sends(self, person: Person, payload: Payload, team: str = TEAM_ID) -> str:
        """What Slack sends for what they do, and what comes of it."""
        views = self.office.playground.workspace.views
        where = {
            "trigger_id": views.trigger(person.id),
            "channel": {"id": "C01GENERAL"},
            "team": {"id": TEAM_ID},
        }
        if "command" in payload:
            body = {**payload, "user_id": person.id, "team_id": TEAM_ID, "channel_id": "C01GENERAL"}
            body["trigger_id"] = where["trigger_id"]
        else:
            if payload["type"] == "view_submission":
                payload["view"]["id"] = where["trigger_id"]
            whole = {**payload, **where, "user": {"id": person.id, "team_id": team}}
            body = {"payload": json.dumps(whole)}
        status, answer = await posted(self.office, urlencode(body).encode())
        assert status in (200, 403), (payload, status, answer)
        # Not asked of their screen: bots and who has left have none.
        opened = said([view.body for view in views.stacks.pop(person.id, [])])
        return said(json.loads(answer)) + opened if answer.startswith("{") else answer + opened

    async def done_by(self, kind: str) -> int:
        """How many entries of timelines are theirs."""
        async with self.office.app.bot.db.read() as session:
            query = select(func.count(TimelineEntry.id)).where(TimelineEntry.author == self.people[kind].id)
            return await session.scalar(query) or 0

    async def refusals(self) -> list[AuditLine]:
        async with self.office.app.bot.db.read() as session:
            return list(reversed(await audit_lines(session, act="refused", limit=100_000)))


@asynccontextmanager
async def matrix(database_url: str, rule: Sequence[str]) -> AsyncIterator[Matrix]:
    async with open_office(database_url, change=ruled(rule), start=False) as office:
        group = {"handle": "sre", "name": "sre", "users": [office.cleo.id]}
        await office.post("/workspace/usergroups", group)
        await office.start_bot()
        await office.settled()
        # Nobody looks at channels here: what is declared by the hundred is not told of.
        await office.app.engine.stop(timedelta(seconds=5))
        people = {
            "full member": office.eve,
            "responder": office.bo,
            "on call": office.finn,
            "in the user group": office.cleo,
            "named": office.dev,
        }
        names = {"admitted guest": "gil", "admitted from another organization": "pia"}
        for kind, one in KINDS.items():
            if kind not in people:
                name = names.get(kind, kind.replace(" ", "-"))
                account = {"name": name, "real_name": name, "email": f"{name}@example.com", **one.account}
                made = await office.post("/workspace/people", account)
                people[kind] = Person(office, made["person"]["id"], name)
        found = Matrix(office, people)
        assert await found.incident("open") == TARGET
        yield found


@pytest.mark.parametrize("rule", RULES)
async def test_every_way_by_every_kind_of_person(database_url: str, rule: str) -> None:
    """Those who may not change nothing, are told why, and stand in the audit log; of all others the deed is done."""
    async with matrix(database_url, RULES[rule]) as tried:
        rules = rules_of(RULES[rule])
        refused: list[tuple[str | None, str | None]] = []
        standing: dict[str, int] = {}
        for way in WAYS:
            for kind, one in KINDS.items():
                if rule == "everyone" and one.is_among:
                    continue  # a full member like any other
                if rule != "everyone" and not one.admitted:
                    continue  # no rule lets them in: the widest is tried
                what = (rule, way.name, way.payload(0), kind)
                number = standing.pop(way.stands, 0) or await tried.incident(way.stands)
                before = await tried.done_by(kind)
                answer = await tried.tries(kind, way, number)
                done = await tried.done_by(kind) - before
                if one.may(rules[way.permission]):
                    assert "may not" not in answer, (what, answer)
                    assert (done == 0 and answer) if way.opens else done, (what, answer)
                    if way.opens:
                        standing[way.stands] = number
                    continue
                standing[way.stands] = number
                assert done == 0, what
                if one.admitted:
                    assert "You may not" in answer, (what, answer)
                    assert "leaves that to" in answer, (what, answer)
                refused.append((tried.people[kind].id, way.permission if one.admitted else None))
        lines = await tried.refusals()
        # A private incident is declared first of all.
        found = [(line.by, line.data.get("permission")) for line in lines]
        assert len(found) == len(refused)
        for (by, permission), (who, wanted) in zip(found, refused, strict=True):
            assert by == who
            assert permission == wanted or (permission, wanted) == ("declare", "private")


# -- what is guarded by nothing ---------------------------------------------------------------------------------------


async def test_what_is_open_is_open_where_nobody_may_anything(database_url: str) -> None:
    async with matrix(database_url, []) as tried:
        for name, payload in registered().items():
            answer = await tried.sends(tried.office.eve, payload)
            assert name not in OPEN or "You may not" not in answer, (name, answer)
        asked = {line.data["asked"] for line in await tried.refusals() if "permission" in line.data}
        assert asked, "some are refused"
        assert all(f"{kind} {one}" not in OPEN for one in asked for kind in ("button", "menu"))
