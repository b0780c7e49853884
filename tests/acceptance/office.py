"""The stage of the acceptance tests: a workspace, people at their keyboards, and the bot, over real HTTP.

    await ada.types("/incident declare sev1 Checkout is down")
    await bo.clicks("Join as lead", channel="inc-1-checkout-is-down")
    await ada.sees("Bo Okafor", channel=…)

After each act everything that follows from it is waited for (`settled`), so stories need no sleeps; hours
pass with `await office.passes(hours=2)`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from sqlalchemy import func, select

from bot.app import App
from bot.config import Config, EscalationPolicy, Settings, load
from bot.config.calendar import Handoff
from bot.core.claims import may_leave
from bot.core.clock import MovableClock
from bot.core.outbox import OutboxItem
from bot.demo import COMPANY, without_limits
from bot.demo_story import ADA, BO, CLEO, DEV, EVE, FINN
from bot.reading import incidents as reading
from handlers.manifest import manifest
from playground import Playground

SAMPLE = Path(__file__).resolve().parents[2] / "app.yaml"

Json = dict[str, Any]


# The sample's, with people in the place of its schedules: whom a story rings must not depend on the week it runs in.
POLICIES = [
    {
        "name": name,
        "steps": [{"notify": first, "wait": "5m"}, {"notify": second, "wait": "10m"}],
        "repeat": 1,
        "last_resort": {"notify": "person:ada", "after": "30m"},
    }
    for name, first, second in (
        ("default", ["person:finn"], ["person:dev", "person:bo"]),
        ("payments", ["person:cleo"], ["person:dev"]),
    )
]


def with_fixed_policies(config: Config) -> Config:
    policies = tuple(EscalationPolicy.model_validate(written) for written in POLICIES)
    return config.model_copy(update={"escalation_policies": policies})


# Built once: it is asked after every act of every story.
# Slack's three seconds are for a machine that is not shared by many tests.
ANSWER_SECONDS = 30.0
_DUE = select(func.count()).select_from(OutboxItem).where(*may_leave())


@cache
def sample() -> Config:
    """app.yaml, read once for all stories: it cannot be changed."""
    return load(SAMPLE)


# What the sample does by itself: it would come in the midst of a story about something else.
RECURS = (
    "expect",
    "automation",
    "digests",
    "routine_tasks",
    "recurring_reviews",
    "decisions",  # reminders, after the first week
    "backlog",
    "maintenance",  # search on Sunday nights
    "runbooks",  # reminders of those that nobody has tried for long
)


def write_config(file: Path, **sections: Any) -> None:
    """The sample with fixed policies and these sections, for a bot in a process of its own."""
    written = yaml.load(SAMPLE.read_text(), yaml.CSafeLoader)
    for name in RECURS:  # they come when it is their time
        del written[name]
    written |= {"escalation_policies": POLICIES, **sections}
    written["delivery"] = {"paced": False, **sections.get("delivery", {})}  # the playground has no limits
    file.write_text(yaml.dump(written, Dumper=yaml.CSafeDumper))


def settings_for(database_url: str, playground: Playground, **more: Any) -> Settings:
    """The environment of a bot that lives in this playground."""
    given = {
        "slack_bot_token": "xoxb-playground",
        "slack_signing_secret": "playground-signing-secret",
        "slack_api_url": f"{playground.url}/api/",
        "database_url": database_url,
        "listen": "127.0.0.1:0",
        **more,
    }
    return Settings(_env_file=None, **given)


class Office:
    """One workspace with one bot in it."""

    def __init__(
        self, playground: Playground, http: aiohttp.ClientSession, database_url: str, config: Config
    ) -> None:
        self.playground = playground
        self.clock = MovableClock()
        self.config = config
        self.database_url = database_url
        self.http = http
        self.bot: App | None = None
        self.ada, self.bo, self.cleo = Person(self, ADA), Person(self, BO), Person(self, CLEO)
        self.dev, self.eve, self.finn = Person(self, DEV), Person(self, EVE), Person(self, FINN)

    # -- the bot -----------------------------------------------------------------------------------------

    @property
    def app(self) -> App:
        assert self.bot is not None, "the bot is not running"
        return self.bot

    @property
    def bot_url(self) -> str:
        return f"http://127.0.0.1:{self.app.port}"

    async def start_bot(self, **settings: Any) -> None:
        self.bot = App(
            settings_for(self.database_url, self.playground, **settings), self.config, clock=self.clock
        )
        await self.bot.start()
        self.playground.delivery.bot_url = f"{self.bot_url}/slack/events"

    async def stop_bot(self) -> None:
        await self.app.stop()
        self.bot = None

    async def settled(self, within: float = 60) -> None:
        """Waits until nothing is under way: no tick, no delivery, no event, nothing due in the outbox.

        While the bot is away, what Slack would tell it is not told for long.
        """
        deadline = asyncio.get_running_loop().time() + within
        quiet = 0
        while quiet < 2:
            busy = self.playground.delivery.is_busy or (
                self.bot is not None and (self.bot.engine.is_ticking or self.bot.is_busy)
            )
            due = 0 if busy or self.bot is None else await self._due()
            if busy or due:
                quiet = 0
                if asyncio.get_running_loop().time() > deadline:
                    raise AssertionError(
                        f"not settled after {within} s: due {await self._due()}, ticking {self.app.engine.is_ticking}"
                    )
                if due:  # to wake a tick that is under way asks for another one, without end
                    self.app.engine.wake()
            else:
                quiet += 1
            await asyncio.sleep(0.005)

    async def _due(self) -> int:
        async with self.app.bot.db.read() as session:
            return await session.scalar(_DUE, {"now": self.clock.now()}) or 0

    async def passes(self, **span: float) -> None:
        """Time passes, as `timedelta` takes it; what falls due meanwhile is done at its end."""
        self.clock.advance(**span)
        self.app.engine.wake()
        await self.settled()

    # -- the workspace -----------------------------------------------------------------------------------

    async def get(self, path: str, **query: str) -> Json:
        async with self.http.get(self.playground.url + path, params=query) as response:
            return await response.json()  # type: ignore[no-any-return]

    async def post(self, path: str, body: Json | None = None) -> Json:
        async with self.http.post(self.playground.url + path, json=body or {}) as response:
            return await response.json()  # type: ignore[no-any-return]

    async def fault(self, on: str, kind: str, **more: Any) -> Json:
        """Orders a fault (docs/playground.md)."""
        answer = await self.post("/faults", {"on": on, "kind": kind, **more})
        assert answer.get("ok"), answer
        return answer

    async def no_faults(self) -> None:
        async with self.http.delete(self.playground.url + "/faults") as response:
            assert response.status == 200

    async def limits_hold(self) -> None:
        """Slack's rate limits from here on, by the clock of the office."""
        self.playground.limits.clock = lambda: self.clock.now().timestamp()
        await self.post("/faults/rate-limits", {"on": True})

    async def channel(self, name: str) -> Json:
        """A channel by its name, whoever may see it."""
        workspace = await self.get("/workspace")
        found = [channel for channel in workspace["channels"] if channel.get("name") == name]
        assert found, f"no channel #{name} among {[c.get('name') for c in workspace['channels']]}"
        return found[0]  # type: ignore[no-any-return]

    async def incident_channel(self, number: int = 1) -> str:
        """The name of the incident's channel."""
        workspace = await self.get("/workspace")
        names = [c["name"] for c in workspace["channels"] if f"{c.get('name')}-".startswith(f"inc-{number}-")]
        assert len(names) == 1, f"channels of incident {number}: {names}"
        return str(names[0])

    async def newcomer(self, name: str, **account: Any) -> "Person":
        """Somebody new in #general, for example `is_restricted=True` (a guest) or of another `team_id`."""
        made = await self.post("/workspace/people", {"name": name, "real_name": name.title(), **account})
        assert made.get("ok"), made
        person = Person(self, made["person"]["id"], name)
        general = await self.channel("general")
        if person.id not in general["members"]:  # guests are only where they were invited to
            await self.ada.invites(person, "general")
        return person

    async def record(self, number: int = 1) -> Json:
        """Everything that stands written about an incident, as the command line reads it."""
        data, _ = await reading.incident(self.app.bot.db, number, self.config)
        return data

    async def timeline(self, number: int = 1) -> list[Json]:
        return (await self.record(number))["timeline"]  # type: ignore[no-any-return]

    async def acts(self, number: int = 1) -> list[Json]:
        """The timeline without what became of the pages and the review, which go their own way beside what people do."""
        entries = await self.timeline(number)
        return [entry for entry in entries if not entry["kind"].startswith(("page", "review"))]

    async def calls(self, method: str) -> list[Json]:
        """The Web API calls of this method, in order."""
        return (await self.get("/calls", method=method))["calls"]  # type: ignore[no-any-return]


class Person:
    """Somebody at a keyboard. Every act goes through the playground and waits for all that follows."""

    def __init__(self, office: Office, user_id: str, name: str | None = None) -> None:
        self.office = office
        self.id = user_id
        self.name = name or next(p["name"] for p in COMPANY["people"] if p["id"] == user_id)

    @property
    def mention(self) -> str:
        """As it is typed; `shown` is how it stands in texts."""
        return f"@{self.name}"

    @property
    def shown(self) -> str:
        return f"<@{self.id}>"

    async def act(self, act: str, body: Json, *, settle: bool = True) -> Json:
        answer = await self.office.post(f"/people/{self.id}/{act}", body)
        if settle:
            await self.office.settled()
        return answer

    async def types(
        self, text: str, channel: str = "general", *, thread_ts: str | None = None, settle: bool = True
    ) -> str:
        """Types a command or a message; returns what the bot answered to a command at once."""
        place = await self._place(channel)
        act = "command" if text.startswith("/") else "message"
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        answer = await self.act(act, {"channel": place, "text": text, **thread}, settle=settle)
        assert answer.get("ok"), answer
        if act == "message":
            return str(answer.get("ts", ""))
        assert answer["delivered"], answer
        body = answer["body"]
        return said(body) if isinstance(body, dict) else str(body or "")

    async def clicks(
        self, label: str, *, channel: str | None = None, value: Any = None, settle: bool = True
    ) -> Json:
        """Clicks the button (or opens the menu) of this label: in the open modal, or in the channel's newest message that has it."""
        if channel is None:
            view = await self.modal()
            container: Json = {"view": view["id"]}
            element = find_element([view], label)
        else:
            place = await self._place(channel)
            messages = await self.messages(channel)
            message = next((m for m in reversed(messages) if find_element([m], label)), None)
            assert message is not None, (
                f"nothing to click with “{label}” in #{channel}: {[m['text'] for m in messages]}"
            )
            container = {"channel": place, "ts": message["ts"]}
            element = find_element([message], label)
        assert element is not None, f"nothing to click with “{label}”"
        body = {"container": container, "action_id": element["action_id"], "block_id": element["block_id"]}
        if value is not None:
            body["value"] = value
        answer = await self.act("click", body, settle=settle)
        assert answer.get("ok"), answer
        return answer

    async def clicks_at_home(self, label: str, *, value: Any = None) -> Json:
        home = await self.home()
        element = find_element([home], label)
        assert element is not None, f"nothing to click with “{label}” at home"
        body = {
            "container": {"view": home["id"]},
            "action_id": element["action_id"],
            "block_id": element["block_id"],
        }
        if value is not None:
            body["value"] = value
        return await self.act("click", body)

    async def submits(self, *, settle: bool = True, **values: Any) -> Json:
        """Fills in the open modal and sends it; returns the errors that it shows, by field."""
        view = await self.modal()
        answer = await self.act("submit", {"view": view["id"], "values": values}, settle=settle)
        assert answer.get("ok"), answer
        assert answer["delivered"], answer
        body = answer["body"]
        return dict(body.get("errors") or {}) if isinstance(body, dict) else {}

    async def closes(self, *, settle: bool = True) -> None:
        """Closes the open modal."""
        await self.act("close", {"view": (await self.modal())["id"], "all": True}, settle=settle)

    async def chooses(self, **values: Any) -> None:
        """Fills in inputs of the open modal without sending it."""
        view = await self.modal()
        answer = await self.act("fill", {"view": view["id"], "values": values})
        assert answer.get("ok"), answer

    async def modal(self) -> Json:
        views = (await self.office.get(f"/people/{self.id}/screen"))["views"]
        assert views, "no modal is open"
        return views[-1]  # type: ignore[no-any-return]

    async def modals(self) -> list[Json]:
        return (await self.office.get(f"/people/{self.id}/screen"))["views"]  # type: ignore[no-any-return]

    async def home(self) -> Json:
        """Opens App Home and looks at it."""
        await self.act("open_home", {"tab": "home"})
        view = (await self.office.get(f"/people/{self.id}/screen"))["home"]
        assert view, "Home is empty"
        return view  # type: ignore[no-any-return]

    async def reacts(self, emoji: str, channel: str, ts: str) -> None:
        await self.act("react", {"channel": await self._place(channel), "ts": ts, "name": emoji})

    async def pins(self, channel: str, ts: str) -> None:
        await self.act("pin", {"channel": await self._place(channel), "ts": ts})

    async def edits(self, channel: str, ts: str, text: str) -> None:
        answer = await self.act("edit", {"channel": await self._place(channel), "ts": ts, "text": text})
        assert answer.get("ok"), answer

    async def deletes(self, channel: str, ts: str) -> None:
        answer = await self.act("delete", {"channel": await self._place(channel), "ts": ts})
        assert answer.get("ok"), answer

    async def uses_shortcut(self, callback_id: str) -> None:
        answer = await self.act("shortcut", {"callback_id": callback_id})
        assert answer["delivered"], answer

    async def uses_message_shortcut(self, callback_id: str, channel: str, ts: str) -> None:
        answer = await self.act(
            "message_shortcut", {"callback_id": callback_id, "channel": await self._place(channel), "ts": ts}
        )
        assert answer["delivered"], answer

    async def invites(self, person: "Person", channel: str) -> None:
        answer = await self.act("invite", {"channel": await self._place(channel), "user": person.id})
        assert answer.get("ok"), answer

    async def joins(self, channel: str) -> Json:
        return await self.act("join", {"channel": await self._place(channel)})

    async def leaves(self, channel: str) -> Json:
        return await self.act("leave", {"channel": await self._place(channel)})

    async def channels(self) -> list[str]:
        """The names of the channels that this person sees."""
        screen = await self.office.get(f"/people/{self.id}/screen")
        return [channel["name"] for channel in screen["channels"]]

    async def messages(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        query = {"channel": await self._place(channel)} | ({"thread_ts": thread_ts} if thread_ts else {})
        return (await self.office.get(f"/people/{self.id}/messages", **query))["messages"]  # type: ignore[no-any-return]

    async def direct_messages(self) -> list[Json]:
        """What the bot told this person in private."""
        screen = await self.office.get(f"/people/{self.id}/screen")
        found: list[Json] = []
        for dm in screen["dms"]:
            found += (await self.office.get(f"/people/{self.id}/messages", channel=dm["id"]))["messages"]
        return found

    async def reads(self, channel: str) -> str:
        """Everything that stands in a channel, as one text."""
        return "\n".join(said(message) for message in await self.messages(channel))

    async def is_told(self, channel: str = "general") -> str:
        """The newest message there that only this person sees."""
        alone = [message for message in await self.messages(channel) if message["ephemeral"]]
        return said(alone[-1]) if alone else ""

    async def sees(self, text: str, channel: str) -> None:
        everything = await self.reads(channel)
        assert text in everything, f"“{text}” is not in #{channel}:\n{everything}"

    async def _place(self, channel: str) -> str:
        return str((await self.office.channel(channel))["id"])


def said(thing: Any) -> str:
    """All texts of a message, a view or an answer, in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                found.append(node["text"])
            for key, value in node.items():
                if key != "metadata":
                    walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(thing)
    return "\n".join(found)


def find_element(containers: list[Json], label: str) -> Json | None:
    """The interactive element with this label (or, for a menu, this action_id), with its block_id."""
    for container in containers:
        for block in container.get("blocks", ()):
            elements = [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else ())]
            for element in elements:
                if "action_id" not in element:
                    continue
                if (element.get("text") or {}).get("text") == label or element["action_id"] == label:
                    return {**element, "block_id": block["block_id"]}
    return None


async def uses(person: Person, block: str, *, channel: str | None = None, value: str | None = None) -> None:
    """Clicks what stands beside this step or section; of a menu, the entry of this value."""
    if channel is None:
        shown = [await person.modal()]
        container: Json = {"view": shown[0]["id"]}
    else:
        shown = await person.messages(channel)
        place = await person.office.channel(channel)
        container = {"channel": place["id"]}
    found = [(one, b) for one in shown for b in one.get("blocks", ()) if b.get("block_id") == block]
    assert found, f"there is no {block}"
    message, there = found[-1]
    if channel is not None:
        container["ts"] = message["ts"]
    body = {"container": container, "action_id": there["accessory"]["action_id"], "block_id": block}
    answer = await person.act("click", body | ({"value": value} if value else {}))
    assert answer.get("ok"), answer


async def until(office: Office, is_so: Callable[[], bool], within: float = 30, *, moves: bool = True) -> None:
    """Waits in real time, while the clock of the office runs a second in each tenth of one."""
    for _ in range(int(within * 10)):
        if is_so():
            return
        if moves:
            office.clock.advance(seconds=1)
        office.app.engine.wake()
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come to pass")


def calm(config: Config) -> Config:
    """The sample's schedules, whatever day it is: all shifts change in three days, at 09:00.

    ada has `primary` and bo after her; finn has `backup`, and cleo after him. So no story meets a change of hands
    that it does not wait for, and nothing comes by itself, on any date; incidents ask their people for nothing.
    """
    silent = config.nudges.model_copy(update={"updates": False, "no_lead_after": None, "quiet_after": None})
    config = config.model_copy(update={"nudges": silent})
    handoff_on = (MovableClock().now() + timedelta(days=3)).date()
    of_layer = {
        "start": handoff_on - timedelta(weeks=41),
        "handoff": Handoff(time(9), handoff_on.weekday()),
        "restrictions": (),
    }
    schedules = [
        schedule.model_copy(
            update={
                "timezone": "UTC",
                "layers": tuple(
                    layer.model_copy(update=of_layer) for layer in schedule.layers if layer.holidays is None
                ),
            }
        )
        for schedule in config.schedules
    ]
    # The sample's checks would look at hosts that are not there, and call people about them.
    nothing = Config(organization=config.organization)
    update = {name: getattr(nothing, name) for name in ("checks", "slos", *RECURS)}
    return config.model_copy(update={"schedules": tuple(schedules), **update})


def dumps(thing: Any) -> str:
    return json.dumps(thing, ensure_ascii=False)


@asynccontextmanager
async def open_office(
    database_url: str,
    *,
    change: Callable[[Config], Config] = lambda config: config,
    start: bool = True,
    **settings: Any,
) -> AsyncIterator[Office]:
    """A workspace with a running bot; both are gone at the end."""
    socket_mode = "slack_app_token" in settings
    playground = await Playground.start(
        port=0,
        bot_url=None,
        workspace=COMPANY,
        manifest=manifest(socket_mode=socket_mode, public_url=None),
        retry_delays=(0.0, 0.05, 0.1),
        answer_seconds=ANSWER_SECONDS,
    )
    try:
        async with aiohttp.ClientSession() as http:
            office = Office(
                playground, http, database_url, change(with_fixed_policies(calm(without_limits(sample()))))
            )
            if start:
                await office.start_bot(**settings)
            try:
                yield office
            finally:
                if office.bot is not None:
                    await office.stop_bot()
    finally:
        await playground.stop()
