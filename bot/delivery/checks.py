"""What a run of checks has found, for the one who asked: as it comes, and the last day as a picture."""

import asyncio
import json
import sys
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.queries import day_of, states_of
from bot.config.sections.checks import Check
from bot.core.outbox import OutboxItem, Priority, enqueue
from bot.delivery.answers import ANSWERS_TAKEN_FOR, RESPOND
from bot.delivery.sender import Later, Sender, Stale, key_of
from bot.delivery.slack import Call, Slack, Unclear
from bot.views.check_chart import alt_text
from bot.views.checks import report, report_text

# Slack takes five answers to a command: one on the way, and one at the end.
ON_THE_WAY_AFTER = timedelta(seconds=2)
# Beside the longest timeout: a check that waits for its turn.
PATIENCE = timedelta(seconds=10)
DRAWN_WITHIN = 30.0


class CheckReportSender(Sender):
    """The results, through the command's `response_url`."""

    kind = "check.report"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        asked_at = datetime.fromisoformat(item.about["asked_at"])
        if now - asked_at > ANSWERS_TAKEN_FOR:
            return Stale("Slack takes no more answers to this command")
        checks = self._checks(item)
        if not checks:
            return Stale("app.yaml has these checks no more")
        states = await states_of(session, [check.name for check in checks])
        done = [
            name for name, state in states.items() if state.ran_at is not None and state.ran_at >= asked_at
        ]
        longest = max(check.timeout for check in checks)
        is_over = len(done) == len(checks) or now > asked_at + longest + PATIENCE
        if not is_over and (item.about.get("on_the_way") or now < asked_at + ON_THE_WAY_AFTER):
            return Later("checks are running", wait=timedelta(seconds=0.5))
        what = item.about["what"]
        blocks = report(checks, states, done, what=what, is_over=is_over, now=now)
        body: dict[str, Any] = {
            "text": report_text(checks, states, what),
            "blocks": blocks,
            "response_type": "ephemeral",
            "replace_original": item.about.get("replaces", False),
        }
        return Call(RESPOND, body)

    def _checks(self, item: OutboxItem) -> list[Check]:
        return [check for name in item.about["names"] if (check := self.config.check(name)) is not None]

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        await slack.respond(item.about["response_url"], call.args)
        return {"is_over": call.args["blocks"][-1]["type"] == "actions"}

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if answer["is_over"]:
            about = {key: item.about[key] for key in ("names", "what", "user")}
            enqueue(session, "check.picture", now=now, about=about, priority=Priority.NOTE)
        else:
            about = item.about | {"on_the_way": True, "replaces": True}
            enqueue(session, "check.report", now=now, about=about, priority=Priority.ANSWER)


class CheckPictureSender(Sender):
    """The last day as a picture, in the direct messages of the one who asked."""

    kind = "check.picture"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        day = [(name, await day_of(session, name, now=now)) for name in item.about["names"]]
        day = [(name, points) for name, points in day if points]
        if not day:
            return Stale("nothing is known of these checks")
        return Call(
            "files.completeUploadExternal",
            {"day": day, "what": item.about["what"], "name": f"checks-{key_of(item)}.png"},
        )

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        channel = await self._dm(slack, item)
        answer = await slack.call(Call("conversations.history", {"channel": channel, "limit": 100}))
        for message in answer.get("messages", ()):
            if any(file.get("name") == call.args["name"] for file in message.get("files", ())):
                return {"found": True}
        return None

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        what, day = call.args["what"], call.args["day"]
        title = f"{what}: the last 24 hours"
        picture = await drawn(title, day)
        place = await slack.call(
            Call(
                "files.getUploadURLExternal",
                {"filename": call.args["name"], "length": len(picture), "alt_txt": alt_text(what, day)},
            )
        )
        await slack.upload(place["upload_url"], picture)
        return await slack.call(
            Call(
                call.method,
                {
                    "files": [{"id": place["file_id"], "title": title}],
                    "channel_id": await self._dm(slack, item),
                    "initial_comment": f"{title}. Times are in UTC.",
                },
            )
        )

    async def _dm(self, slack: Slack, item: OutboxItem) -> str:
        opened = await slack.call(Call("conversations.open", {"users": item.about["user"]}))
        return str(opened["channel"]["id"])


async def drawn(title: str, day: Any) -> bytes:
    """The picture, by a program of its own; raises Unclear when it cannot be drawn."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.views.check_chart",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(DRAWN_WITHIN):
            picture, _ = await process.communicate(json.dumps({"title": title, "day": day}).encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode != 0:
        raise Unclear("check.picture", f"drawing ended with {process.returncode}", arrived=False)
    return picture
