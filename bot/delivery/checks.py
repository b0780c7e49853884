"""What a run of checks has found, for the one who asked: as it comes, and the last day as a picture."""

import sys
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.course import OBJECTIVE
from bot.checks.queries import day_of, objectives_of, states_of
from bot.config.sections.checks import Check
from bot.core.outbox import OutboxItem, Priority, enqueue
from bot.delivery.answers import ANSWERS_TAKEN_FOR, RESPOND
from bot.delivery.drawing import drawn
from bot.delivery.sender import Later, Sender, Stale, key_of
from bot.delivery.slack import Call, Slack
from bot.views.check_chart import alt_text
from bot.views.checks import picture, picture_title, report, report_text

# Slack takes five answers to a command: one on the way, and one at the end.
ON_THE_WAY_AFTER = timedelta(seconds=2)
# Beside the longest timeout: a check that waits for its turn.
PATIENCE = timedelta(seconds=10)
DRAWING = (sys.executable, "-m", "bot.views.check_chart")
INLINE_WITHIN = timedelta(minutes=2)
INLINE_ATTEMPTS = 3
INLINE_AGAIN_AFTER = timedelta(seconds=3)


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
        slos = objectives_of(self.config, checks, item.about["what"])
        states = await states_of(
            session, [check.name for check in checks] + [OBJECTIVE + slo.name for slo in slos]
        )
        done = [
            check.name
            for check in checks
            if (state := states.get(check.name)) is not None
            and state.ran_at is not None
            and state.ran_at >= asked_at
        ]
        longest = max(check.timeout for check in checks)
        is_over = len(done) == len(checks) or now > asked_at + longest + PATIENCE
        if not is_over and (item.about.get("on_the_way") or now < asked_at + ON_THE_WAY_AFTER):
            return Later("checks are running", wait=timedelta(seconds=0.5))
        what = item.about["what"]
        blocks = report(checks, states, done, what=what, is_over=is_over, now=now, slos=slos)
        body: dict[str, Any] = {
            "text": report_text(checks, states, what),
            "blocks": blocks,
            "response_type": "ephemeral",
            "replace_original": True,  # of a command there is none, and it is a message of its own
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
            about = {key: item.about.get(key) for key in ("names", "what", "user", "response_url", "channel")}
            enqueue(session, "check.picture", now=now, about=about, priority=Priority.NOTE)
        else:
            about = item.about | {"on_the_way": True}
            enqueue(session, "check.report", now=now, about=about, priority=Priority.ANSWER)


class CheckPictureSender(Sender):
    """The last day as a picture, in the direct messages of the one who asked: Slack shows a file only to whom it was
    shared with. From there the answer shows it too.
    """

    kind = "check.picture"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if now - item.created_at > ANSWERS_TAKEN_FOR:
            return Stale("nobody waits for this picture any more")
        day = [(name, await day_of(session, name, now=now)) for name in item.about["names"]]
        day = [(self._shown(name), points) for name, points in day if points]
        if not day:
            return Stale("nothing is known of these checks")
        return Call(
            "files.completeUploadExternal",
            {"day": day, "what": item.about["what"], "name": f"checks-{key_of(item)}.png"},
        )

    def _shown(self, name: str) -> str:
        check = self.config.check(name)
        return check.shown_name if check is not None else name

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        channel = await self._dm(slack, item)
        answer = await slack.call(Call("conversations.history", {"channel": channel, "limit": 100}))
        for message in answer.get("messages", ()):
            for file in message.get("files", ()):
                if file.get("name") == call.args["name"]:
                    return {"file": file["id"], "dm": channel}
        return None

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        what, day = call.args["what"], call.args["day"]
        title = picture_title(what)
        made = await drawn(DRAWING, {"title": f"{title} (UTC)", "day": day})
        if made is None:
            return {}  # the words were said: a picture that cannot be drawn is not worth another attempt
        place = await slack.call(
            Call(
                "files.getUploadURLExternal",
                {"filename": call.args["name"], "length": len(made), "alt_txt": alt_text(what, day)},
            )
        )
        await slack.upload(place["upload_url"], made)
        channel = await self._dm(slack, item)
        await slack.call(
            Call(
                call.method,
                {
                    "files": [{"id": place["file_id"], "title": title}],
                    "channel_id": channel,
                },
            )
        )
        return {"file": place["file_id"], "dm": channel}

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        # Who asked in these direct messages has it before their eyes.
        if "file" in answer and answer["dm"] != item.about.get("channel"):
            about = {
                "file": answer["file"],
                "what": call.args["what"],
                "alt": alt_text(call.args["what"], call.args["day"]),
                "response_url": item.about["response_url"],
            }
            enqueue(session, "check.inline", now=now, about=about, priority=Priority.NOTE)

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("files.getUploadURLExternal", "conversations.open")

    async def _dm(self, slack: Slack, item: OutboxItem) -> str:
        opened = await slack.call(Call("conversations.open", {"users": item.about["user"]}))
        return str(opened["channel"]["id"])


class InlinePictureSender(Sender):
    """The same picture below the answer. Slack takes a file that it has not looked at yet for none, so it is tried
    again; but an answer can be given five times, and the words have taken two.
    """

    kind = "check.inline"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if now - item.created_at > INLINE_WITHIN or item.about.get("refusals", 0) >= INLINE_ATTEMPTS:
            return Stale("the picture is in the direct messages")
        return Call(
            RESPOND,
            {
                "text": picture_title(item.about["what"]),
                "blocks": picture(item.about["file"], item.about["alt"]),
                "response_type": "ephemeral",
                "replace_original": False,
            },
        )

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        await slack.respond(item.about["response_url"], call.args)
        return {}

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """Whether it is there cannot be seen, and the same is in the direct messages: rather not than twice."""
        return {"found": "maybe"}

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        held = await session.get(OutboxItem, item.id)
        if held is not None:
            held.about = {**held.about, "refusals": held.about.get("refusals", 0) + 1}
            await session.flush()
        return INLINE_AGAIN_AFTER
