"""`python -m bench.kills --runs 300`: killed with -9 at random moments while Slack fails one call in ten.

Three replicas on Postgres behind nginx, then one on SQLite. In each run two incidents are declared that page, one
process is killed and started again, and whoever is rung acknowledges now and then. In the end Slack is whole again,
everything is delivered, and it is counted what should be zero.
"""

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select, update

from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.migrate import migrate
from bot.paging.rows import ACKNOWLEDGED, STALE, Notification, Page
from tests.acceptance.office import SAMPLE, Person, find_element
from tests.acceptance.process import finished
from tests.acceptance.replicas import START, Replicas, replicas
from tests.databases import PostgresCluster

# One call in ten, of every method, before it is carried out or after.
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "ratelimited", "chance": 0.02, "retry_after": 1},
    {"kind": "status", "chance": 0.02, "status": 500},
    {"kind": "status_after", "chance": 0.015, "status": 500},
    {"kind": "hang", "chance": 0.015, "seconds": 6},
    {"kind": "hang_after", "chance": 0.015, "seconds": 6},
    {"kind": "drop_after", "chance": 0.015},
)
DECLARED_IN_A_RUN = 2
KILLED_WITHIN = 2.0
ACKNOWLEDGED_SHARE = 0.6


@dataclass
class Ring:
    """A message that rings, as the playground carried it out."""

    at: float
    key: str
    to: str
    notifications: list[int]


@dataclass
class Outcome:
    """What a campaign did and what it found."""

    store: str
    runs: int = 0
    kills: int = 0
    declared: int = 0
    rings: int = 0
    acknowledged: int = 0
    calls: int = 0
    faults: int = 0
    lost: list[str] = field(default_factory=list)
    after_acknowledgement: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    # Messages that still ask for an acknowledgement that was answered.
    stale: list[str] = field(default_factory=list)
    # Posted twice, and one deleted by the time that everything was over.
    mended: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.after_acknowledgement or self.doubled or self.stale or self.traces)


class Campaign:
    """One store's."""

    def __init__(self, office: Replicas, outcome: Outcome, chance: random.Random) -> None:
        self._office = office
        self._outcome = outcome
        self._chance = chance
        self._db = Database(office.database_url)
        self._read_to = 0
        self._rings: list[Ring] = []
        self._posts: Counter[str] = Counter()
        self._incidents: set[int] = set()
        self._answered: dict[int, float] = {}  # page -> when its acknowledgement was answered
        self._clicked: set[tuple[str, str]] = set()

    async def run(self, runs: int) -> None:
        for fault in FAULTS:
            await self._office.fault("*", times=None, **fault)
        for _ in range(runs):
            await self._run()
            self._outcome.runs += 1
            print(
                f"\r{self._outcome.store}: run {self._outcome.runs} of {runs} ",
                end="",
                file=sys.stderr,
                flush=True,
            )
        print(file=sys.stderr)
        await self._peace()
        await self._count()
        await self._db.close()

    # -- what happens -----------------------------------------------------------------------------------------

    async def _run(self) -> None:
        office, chance = self._office, self._chance
        people = [office.ada, office.bo, office.cleo, office.eve]
        declaring = [
            asyncio.create_task(self._declares(chance.choice(people))) for _ in range(DECLARED_IN_A_RUN)
        ]
        acknowledging = asyncio.create_task(self._acknowledges())
        await asyncio.sleep(chance.uniform(0, KILLED_WITHIN))
        victim = chance.choice(office.bots)
        await victim.kill()
        self._outcome.kills += 1
        if chance.random() < 0.5:
            await self._minutes_pass()
        await victim.start()
        await victim.is_up(within=START)
        await asyncio.gather(*declaring)
        await asyncio.sleep(chance.uniform(0, 1))
        acknowledging.cancel()
        await asyncio.wait({acknowledging})
        await self._read_calls()

    async def _declares(self, person: Person) -> None:
        """Only what was answered counts: whoever is told nothing tries again."""
        place = (await self._office.channel("general"))["id"]
        text = f"/incident declare sev1 Broken {self._chance.randrange(10**6)}"
        answer = await self._office.post(f"/people/{person.id}/command", {"channel": place, "text": text})
        number = re.search(r"#(\d+)", str(answer.get("body"))) if answer.get("delivered") else None
        if number is not None:
            self._incidents.add(int(number[1]))
            self._outcome.declared += 1

    async def _acknowledges(self) -> None:
        office = self._office
        while True:
            for person in (office.finn, office.dev, office.bo):
                for message in await person.direct_messages():
                    element = find_element([message], "Acknowledge")
                    if element is None or (person.id, message["ts"]) in self._clicked:
                        continue
                    self._clicked.add((person.id, message["ts"]))
                    if self._chance.random() < ACKNOWLEDGED_SHARE:
                        await self._clicks(person, message, element)
            await asyncio.sleep(self._chance.uniform(0.05, 0.4))

    async def _clicks(self, person: Person, message: dict[str, Any], element: dict[str, Any]) -> None:
        body = {
            "container": {"channel": message["channel"], "ts": message["ts"]},
            "action_id": element["action_id"],
            "block_id": element["block_id"],
        }
        answer = await self._office.post(f"/people/{person.id}/click", body)
        answered_at = time.time()
        page = int(element["value"])
        async with self._db.read() as session:
            state = await session.scalar(select(Page.state).where(Page.id == page))
        # Somebody may have been told in words that it did not work.
        if answer.get("delivered") and state == ACKNOWLEDGED and page not in self._answered:
            self._answered[page] = answered_at
            self._outcome.acknowledged += 1

    async def _minutes_pass(self) -> None:
        """The next steps fall due. SQLite's file is free to be written to: its only process is dead."""
        await self._office.next_step_in(0)

    # -- what came of it --------------------------------------------------------------------------------------

    async def _read_calls(self) -> None:
        answer = await self._office.get("/calls", since=str(self._read_to))
        for call in answer["calls"]:
            self._outcome.calls += 1
            self._outcome.faults += "fault" in call
            answered = call["answer"]  # a text when it was no JSON, none when nothing was carried out
            if (
                call["method"] != "chat.postMessage"
                or not isinstance(answered, dict)
                or not answered.get("ok")
            ):
                continue
            payload = call["args"]["metadata"]["event_payload"]
            self._posts[payload["key"]] += 1
            if "told" in payload:
                told = [int(number) for number in payload["told"]]
                self._rings.append(Ring(call["at"], payload["key"], call["args"]["channel"], told))
        self._read_to = answer["total"]

    async def _peace(self) -> None:
        """Slack is whole again; everything is delivered, and the minutes pass in which late doubles are looked for."""
        office = self._office
        await office.no_faults()
        for bot in office.bots:
            await bot.is_up(within=START)
        await finished(self._db, within=600)
        for bot in office.bots:
            await bot.interrupt()
        for _ in range(2):
            async with self._db.begin() as session:
                await session.execute(
                    update(OutboxItem)
                    .where(OutboxItem.due_at.is_not(None))
                    .values(due_at=OutboxItem.created_at, claimed_until=None)
                )
            await office.bots[0].start()
            await office.bots[0].is_up(within=START)
            await self._nothing_waits()
            await office.bots[0].interrupt()
        await self._read_calls()
        self._outcome.rings = len(self._rings)

    async def _nothing_waits(self) -> None:
        async with asyncio.timeout(300):
            while True:
                async with self._db.read() as session:
                    if (
                        await session.scalar(
                            select(OutboxItem.id).where(OutboxItem.due_at.is_not(None)).limit(1)
                        )
                        is None
                    ):
                        return
                await asyncio.sleep(0.1)

    async def _count(self) -> None:
        async with self._db.read() as session:
            pages = {page.id: page for page in await session.scalars(select(Page))}
            notifications = {one.id: one for one in await session.scalars(select(Notification))}
        out = self._outcome
        rung = Counter(number for ring in self._rings for number in ring.notifications)
        paged = {page.incident_id for page in pages.values()}
        out.lost += [f"incident {number} has no page" for number in sorted(self._incidents - paged)]
        out.lost += [
            f"page {one.page_id}: {one.person} was never rung (notification {one.id}, {one.state}, "
            f"message {one.message_ts}, queued {one.created_at:%H:%M:%S})"
            for one in notifications.values()
            if one.state != STALE and not rung[one.id]
        ]
        out.lost += [
            f"page {page.id} will never be looked at again"
            for page in pages.values()
            if page.due_at is None and page.resolved_at is None
        ]
        for number in self._answered:
            if pages[number].state != ACKNOWLEDGED:
                out.lost.append(f"the acknowledgement of page {number} is gone: {pages[number].state}")
        for ring in self._rings:
            for number in ring.notifications:
                page = notifications[number].page_id
                answered_at = self._answered.get(page)
                if answered_at is not None and ring.at > answered_at:
                    late = (ring.at - answered_at) * 1000
                    out.after_acknowledgement.append(f"page {page} rang {ring.to} {late:.0f} ms after")
        await self._doubles()
        await self._stale()

    async def _doubles(self) -> None:
        standing: Counter[str] = Counter()
        for channel in self._office.playground.workspace.channels.values():
            for message in channel.messages.values():
                payload = (message.metadata or {}).get("event_payload") or {}
                if "key" in payload:
                    standing[payload["key"]] += 1
        out = self._outcome
        out.doubled += [f"message {key} stands {count} times" for key, count in standing.items() if count > 1]
        out.mended += [
            f"message {key} came {n} times" for key, n in self._posts.items() if n > 1 and standing[key] <= 1
        ]
        for bot in self._office.bots:
            said = bot.said()
            if "Traceback" in said:
                out.traces.append(said[said.index("Traceback") - 300 :][:3000])

    async def _stale(self) -> None:
        for person in (self._office.finn, self._office.dev, self._office.bo, self._office.ada):
            for message in await person.direct_messages():
                element = find_element([message], "Acknowledge")
                if element is not None and int(element["value"]) in self._answered:
                    self._outcome.stale.append(f"page {element['value']} still rings at {person.name}'s")


@asynccontextmanager
async def stores(names: tuple[str, ...], folder: Path) -> AsyncIterator[list[tuple[str, str, int]]]:
    """The name, the address and the number of replicas of each store."""
    found = []
    cluster = PostgresCluster(durable=True)
    if "sqlite" in names:
        url = f"sqlite:///{folder}/tocsin.sqlite3"
        await migrate(url)
        found.append(("SQLite, one process", url, 1))
    if "postgres" not in names:
        yield found
        return
    try:
        async with cluster.one() as url:
            yield [("Postgres, three replicas", url, 3), *found]
    finally:
        cluster.stop()


def severities() -> list[dict[str, Any]]:
    """The sample's, but a page without progress asks only after the campaign: then it may ring again."""
    return [{**one, "ask_after": "7d"} for one in yaml.safe_load(SAMPLE.read_text())["severities"]]


async def campaign(store: str, url: str, count: int, *, runs: int, seed: int, folder: Path) -> Outcome:
    """Kills `runs` times; returns what was found."""
    outcome = Outcome(store)
    async with replicas(url, folder, ahead=(0,) * count, severities=severities()) as office:
        await Campaign(office, outcome, random.Random(seed)).run(runs)
    return outcome


def table(outcomes: list[Outcome]) -> str:
    """What was done and what was found, side by side."""
    lines = [
        "| store | runs | kills | incidents | rings | acknowledged | calls (faulty) | pages lost | rings after an acknowledgement | doubled messages | messages that ring on | doubled for a while |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {of.store} | {of.runs} | {of.kills} | {of.declared} | {of.rings} | {of.acknowledged} | {of.calls} ({of.faults}) "
        f"| {len(of.lost)} | {len(of.after_acknowledgement)} | {len(of.doubled)} | {len(of.stale)} | {len(of.mended)} |"
        for of in outcomes
    ]
    return "\n".join(lines)


async def main(runs: int, seed: int, names: tuple[str, ...]) -> bool:
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="tocsin-kills-") as name:
        async with stores(names, Path(name)) as found:
            for store, url, count in found:
                folder = Path(name) / str(count)
                folder.mkdir()
                outcomes.append(await campaign(store, url, count, runs=runs, seed=seed, folder=folder))
    print(table(outcomes))
    for of in outcomes:
        for finding in (*of.lost, *of.after_acknowledgement, *of.doubled, *of.stale, *of.mended, *of.traces):
            print(f"- {of.store}: {finding}")
    return all(of.is_clean for of in outcomes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=300, help="of each store")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=["postgres", "sqlite"], action="append")
    given = parser.parse_args()
    clean = asyncio.run(main(given.runs, given.seed, tuple(given.store or ("postgres", "sqlite"))))
    raise SystemExit(0 if clean else 1)
