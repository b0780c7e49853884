"""Action items on their way to GitHub: made once, kept current, closed and reopened."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.core.people import names_of
from bot.delivery.github import GITHUB, WRITES_APART, GitHubRefused
from bot.delivery.limits import Gates
from bot.delivery.sender import Later, Stale
from bot.delivery.slack import Call, Slack, SlackFailed
from bot.delivery.ways import WaySender
from bot.reviews import issues
from bot.reviews.action_rows import DROPPED, ActionItem
from bot.reviews.actions import tell_github
from bot.views import issue_text

# Where an issue may stand that an attempt in doubt has made: among so many pages of the newest.
PAGES = 3
GONE = (301, 404, 410)


class IssueSender(WaySender):
    """One after the other, a second apart: GitHub asks for that (its lane and its gate)."""

    kind = "action.issue"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if self.config.github is None:
            return Stale("app.yaml names no repository any more")
        found = await session.get(ActionItem, int(item.about["item"]))
        if found is None or found.private or not found.issue_wanted:
            return Stale("the item is to have no issue")
        if found.issue_number is None and not found.is_unfinished:
            return Stale("it was closed before it had an issue")
        owner = (await names_of(session, {found.owner})).get(found.owner, found.owner)
        # An attempt before may have made it, and its row may have been given up since.
        return Call(GITHUB, {"of": found, "owner": owner, "tried": found.issue_problem is not None})

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        found: ActionItem = call.args["of"]
        if found.issue_number is not None:
            return None  # to change it twice changes nothing
        there = await self._made_before(found)
        return None if there is None else {"issue": there, "found": True}

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        found: ActionItem = call.args["of"]
        if found.issue_number is not None:
            return await self._change(found, call.args["owner"])
        there = await self._made_before(found) if call.args["tried"] else None
        if there is not None:
            return {"issue": there, "found": True}
        asked = {
            "title": issue_text.title(found),
            "body": issue_text.body(found, self.config, owner=call.args["owner"]),
            "labels": list(self._section.labels),
        }
        made = await self.ways.github.write("POST", f"/repos/{self._section.repository}/issues", asked)
        return {"issue": made, "sent": issues.OPEN, "title": asked["title"]}

    async def _made_before(self, found: ActionItem) -> dict[str, Any] | None:
        """The issue with the item's marker, whoever closed or renamed it meanwhile."""
        mark = issue_text.marker(found)
        for page in range(1, PAGES + 1):
            # By the list and not by search, whose index is late by up to minutes.
            answer = await self.ways.github.read(
                f"/repos/{self._section.repository}/issues",
                state="all",
                sort="created",
                direction="desc",
                since=at_github(found.created_at - timedelta(minutes=10)),
                per_page="100",
                page=str(page),
            )
            for issue in answer.said:
                if mark in (issue.get("body") or ""):
                    return dict(issue)
            if len(answer.said) < 100:
                return None
        return None

    async def _change(self, found: ActionItem, owner: str) -> dict[str, Any]:
        """Changes what differs, and leaves alone what people wrote around it and what they did with it meanwhile."""
        path = f"/repos/{found.issue_repository}/issues/{found.issue_number}"
        try:
            there = (await self.ways.github.read(path)).said
            asked = self._difference(found, there, owner)
            stands = await self.ways.github.write("PATCH", path, asked) if asked else there
            return {"issue": stands, "sent": asked.get("state"), "title": issue_text.title(found)}
        except GitHubRefused as refusal:
            if refusal.status not in GONE:
                raise
            return await self._instead(found, refusal)

    async def _instead(self, found: ActionItem, refusal: GitHubRefused) -> dict[str, Any]:
        """What there is where the issue was. GitHub says 404 also to a token that lost its access, 410 also where issues
        were switched off, and 301 also where the repository has another name: an issue is gone only where its
        repository still shows the others.
        """
        place = found.issue_repository
        try:
            await self.ways.github.read(f"/repos/{place}/issues", per_page="1")
        except GitHubRefused:
            there = await self._under_its_new_name(found)
            if there is None:
                raise refusal from None
            return {"issue": there, "renamed": True}
        return {"gone": True}

    async def _under_its_new_name(self, found: ActionItem) -> dict[str, Any] | None:
        """The issue in the repository that app.yaml names by now: a new name leaves its number and its mark."""
        if found.issue_repository == self._section.repository:
            return None
        path = f"/repos/{self._section.repository}/issues/{found.issue_number}"
        there: dict[str, Any] = (await self.ways.github.read(path)).said
        return there if issue_text.marker(found) in (there.get("body") or "") else None

    def _difference(self, found: ActionItem, there: dict[str, Any], owner: str) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        title = issue_text.title(found)
        if title not in (found.issue_title, there["title"]):
            asked["title"] = title
        text = there.get("body") or ""
        wanted = issue_text.updated(text, found, self.config, owner=owner)
        if wanted != text:
            asked["body"] = wanted
        state = issues.state_of(found)
        if there["state"] == found.issue_state and state != there["state"]:
            asked["state"] = state
            if state == issues.CLOSED:
                asked["state_reason"] = "not_planned" if found.status == DROPPED else "completed"
        return asked

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        number = int(item.about["item"])
        await Gates().close(session, GITHUB, now + WRITES_APART)
        if answer.get("gone"):
            await issues.lost(session, number, now=now)
            return
        former, is_renamed = call.args["of"].issue_repository, answer.get("renamed", False)
        if is_renamed:
            await issues.renamed(session, former, self._section.repository)
        repository = self._section.repository if is_renamed or former is None else former
        seen = seen_of(answer["issue"], repository)
        sent, title = answer.get("sent"), answer.get("title")
        await issues.took(session, number, seen, config=self.config, now=now, sent=sent, title=title)
        if answer.get("found") or is_renamed:
            tell_github(
                session, await session.get_one(ActionItem, number), now=now
            )  # it may show an older state

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        await issues.failed(session, int(item.about["item"]), f"{code}. {self._mend(code)}")
        return None

    async def stumbled(
        self, session: AsyncSession, item: OutboxItem, failure: SlackFailed, now: datetime
    ) -> None:
        if not isinstance(failure, GitHubRefused):
            await issues.failed(
                session, int(item.about["item"]), f"GitHub: {failure.code}. It is tried again."
            )

    def _mend(self, code: str) -> str:
        name, place = self._section.token_from, self._section.repository
        if "not set" in code or "401" in code:
            return f"Set {name} to a token that may read and write the issues of {place}."
        if "301" in code:
            return f"The repository has another name by now: write that as `repository` of `github` in app.yaml, and see that the token of {name} may write its issues."
        if "403" in code or "404" in code or "410" in code:
            return f"Check that {place} exists, has issues, and that the token of {name} may write them."
        if "422" in code:
            return "GitHub does not take it as it is: look at `labels` of `github` in app.yaml. It is tried again."
        return "The log tells more."

    @property
    def _section(self) -> Any:
        return self.config.github


def seen_of(issue: dict[str, Any], repository: str) -> issues.Seen:
    """What is kept of GitHub's own JSON."""
    return issues.Seen(
        repository,
        int(issue["number"]),
        issues.CLOSED if issue["state"] == "closed" else issues.OPEN,
        issue.get("state_reason"),
        datetime.fromisoformat(issue["updated_at"]),
    )


def at_github(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
