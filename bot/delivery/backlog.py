"""What is said of the backlog: the message that goes through it, and the matrix as a picture."""

import sys
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog.grooming import PUBLIC, newest, progress
from bot.backlog.health import health
from bot.backlog.rows import Grooming
from bot.core.outbox import OutboxItem
from bot.core.viewer import Viewer
from bot.delivery.drawing import drawn
from bot.delivery.files import File, FileSender
from bot.delivery.in_place import KeptInChannel
from bot.delivery.sender import Later, Stale, find_message, key_of, new_message
from bot.delivery.slack import Call, Slack
from bot.incidents.backlog import Which, listed
from bot.routine import risks
from bot.views import backlog as view
from bot.views import matrices
from bot.views.matrix_chart import Matrix, alt_text

DRAWING = (sys.executable, "-m", "bot.views.matrix_chart")
# As many as anybody could find in a picture.
MOST_DRAWN = 500
WAITED_FOR = timedelta(minutes=30)


class GroomingSender(KeptInChannel):
    """Posts the message once, then edits it in place: the item that is next, or that all are gone through."""

    kind = "backlog.grooming"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await self.row(session, item)
        last = await newest(session)
        if row is None or last is None or last.id != row.id:
            return Stale("there is a newer one")
        found = await progress(session, row)
        fares = await health(session, PUBLIC, now=now)
        args = {
            "text": view.grooming_text(found),
            "blocks": view.grooming_blocks(row, found, fares, self.config),
        }
        return self.said(item, row, row.channel, args)

    async def row(self, session: AsyncSession, item: OutboxItem) -> Grooming | None:
        return await session.get(Grooming, int(item.about["grooming"]))


class MatrixSender(FileSender):
    """The matrix in the direct messages of the one who asked, of what this person may see."""

    kind = "matrix.picture"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if now - item.created_at > WAITED_FOR:
            return Stale("nobody waits for this picture any more")
        matrix = await self._matrix(session, item)
        if not matrix.fields:
            return Stale("nothing is judged any more")
        return Call("files.completeUploadExternal", {"matrix": matrix, "name": f"matrix-{key_of(item)}.png"})

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """As a picture, or in words."""
        there = await super().find(slack, item, call)
        words = Call("chat.postMessage", {"channel": await self.dm(slack, item)})
        return there or await find_message(slack, item, words)

    async def _matrix(self, session: AsyncSession, item: OutboxItem) -> Matrix:
        if item.about["of"] == "risks":
            return matrices.of_risks(await risks.listed(session, limit=MOST_DRAWN))
        viewer = Viewer(item.about["user"])
        return matrices.of_backlog(await listed(session, viewer, Which(), limit=MOST_DRAWN))

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        matrix: Matrix = call.args["matrix"]
        made = await drawn(DRAWING, matrix.as_json())
        if made is None:  # better in words than not at all
            args = {"channel": await self.dm(slack, item), "text": alt_text(matrix)}
            return await slack.call(new_message(item, args))
        return await self.upload(
            slack, item, call, File(made, matrix.title, matrix.legend or matrix.title, alt_text(matrix))
        )
