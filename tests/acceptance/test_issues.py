"""Action items as issues on GitHub: made once, kept current, and followed when somebody changes them there."""

import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.config import Config
from bot.config.sections.github import GitHub
from bot.config.sections.integrations import Integration
from bot.reviews.action_rows import ActionItem
from tests.acceptance.github import GitHubServer, github_server
from tests.acceptance.office import Office, open_office
from tests.acceptance.signed import posted

HOOK_SECRET = "c0ffee" * 6
TOKEN = "GITHUB_TOKEN"


@asynccontextmanager
async def workplace(database_url: str, export: str = "all") -> AsyncIterator[tuple[Office, GitHubServer]]:
    offices: list[Office] = []

    def now() -> datetime:
        return offices[0].clock.now() if offices else datetime.now(UTC)

    async with github_server(now) as server:

        def change(config: Config) -> Config:
            section = GitHub.model_validate(
                {"repository": "acme/operations", "export": export, "labels": ["action-item", "ops"]}
            ).model_copy(update={"api_url": server.url})
            hook = Integration.model_validate({"name": "code", "kind": "github"})
            return config.model_copy(update={"github": section, "integrations": (hook,)})

        async with open_office(database_url, change=change) as office:
            offices.append(office)
            yield office, server


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "github_pat_secret")
    monkeypatch.setenv("TOCSIN_INTEGRATION_CODE", HOOK_SECRET)


async def hook(office: Office, body: bytes, *, event: str = "issues", settle: bool = True) -> int:
    """GitHub's webhook, signed as GitHub signs."""
    digest = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": event, "X-Hub-Signature-256": f"sha256={digest}"}
    status, _ = await posted(office, body, headers, kind="application/json", path="/hooks/code")
    if settle:
        await office.settled()
    return status


async def item(office: Office, number: int = 1) -> ActionItem:
    async with office.app.bot.db.read() as session:
        return await session.get_one(ActionItem, number)


async def test_it_is_made_changed_closed_and_reopened(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/incident declare sev3 Disk was full")
        await office.ada.types(
            f"/incident action #1 {office.bo.mention} Alert *before* <it> is full, @octocat"
        )
        (issue,) = github.issues
        assert issue["title"] == "Alert *before* <it> is full, @octocat"
        assert [label["name"] for label in issue["labels"]] == ["action-item", "ops"]
        assert "- From: action item #1 of Tocsin, incident #1" in issue["body"]
        (call,) = github.writes()
        assert (call["method"], call["path"]) == ("POST", "/repos/acme/operations/issues")
        assert "issue 1" in await office.ada.types("/ops actions")
        # What people write around our part stays; our part follows.
        issue["body"] = f"Seen twice.\n\n{issue['body']}\n\nSee also #7."
        await office.passes(seconds=2)
        await office.ada.types("/ops actions rate 1 high low")
        assert "- Priority: do now (impact high, effort low)" in issue["body"]
        assert issue["body"].startswith("Seen twice.\n\n<!-- tocsin action-item 1-")
        assert issue["body"].endswith("See also #7.")
        await office.passes(seconds=2)
        await office.ada.types("/ops actions done 1")
        assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
        await office.passes(seconds=2)
        await office.ada.types("/ops actions reopen 1")
        assert issue["state"] == "open"
        await office.passes(seconds=2)
        await office.ada.types("/ops actions drop 1 It goes away")
        assert (issue["state"], issue["state_reason"]) == ("closed", "not_planned")
        assert "- Dropped: It goes away" in issue["body"]
        assert len(github.issues) == 1


async def reword(office: Office, number: int = 1, **words: str) -> None:
    await office.ada.types(f"/ops actions show {number}")
    await office.ada.clicks("Change …", channel="general")
    assert await office.ada.submits(**words) == {}
    await office.passes(seconds=2)


async def test_another_title_here_is_its_title_there(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/ops actions add Alrt before the disk is full")
        (issue,) = github.issues
        await office.passes(seconds=2)
        await reword(office, title="Alert at <80 %>, @octocat", text="Of /var & /srv.")
        (call,) = github.writes()[1:]
        assert (call["method"], call["path"]) == ("PATCH", "/repos/acme/operations/issues/1")
        assert call["body"].keys() == {"title", "body"}
        assert call["body"]["title"] == issue["title"] == "Alert at <80 %>, @octocat"
        assert "Of /var & /srv." in issue["body"]
        # What somebody calls it there stays, until it is called otherwise here.
        github.rename(1, "Disks: alert at 80 %")
        await office.ada.types("/ops actions rate 1 high low")
        await office.passes(minutes=6)
        assert issue["title"] == "Disks: alert at 80 %"
        assert "title" not in github.writes()[-1]["body"]
        assert (await item(office)).title == "Alert at <80 %>, @octocat"
        await reword(office, title="Alert at 90 %")
        assert github.writes()[-1]["body"] == {"title": "Alert at 90 %"}
        # Nobody hears whether the next one arrived.
        github.faults.append({"lost": True})
        await reword(office, title="Alert at 95 %")
        await office.passes(seconds=61)
        assert issue["title"] == "Alert at 95 %"
        assert len(github.issues) == 1
        assert (await item(office)).issue_problem is None


async def test_another_title_of_what_is_private_or_a_drill_stays_here(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        for option in ("private", "drill"):
            await office.ada.types("/incident declare")
            await office.ada.submits(title=option, severity="SEV4", options=[option])
        for number in (1, 2):
            await office.ada.types(f"/incident action #{number} Change the password")
            await reword(office, number, title="Change the passwords")
        assert github.writes() == []
        await office.ada.types("/ops actions issue 2")
        await reword(office, 2, title="Change them all")
        assert [issue["title"] for issue in github.issues] == ["Change them all"]


async def test_what_is_done_there_is_done_here(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/incident declare sev3 Disk was full")
        for title in ("First", "Second"):
            await office.ada.types(f"/incident action #1 {title}")
            await office.passes(seconds=2)
        github.close(1)
        github.close(2, "not_planned")
        await office.passes(minutes=6)
        first, second = await item(office, 1), await item(office, 2)
        assert (first.status, second.status) == ("done", "dropped")
        assert (second.reason, second.closed_by) == ("Closed on GitHub as not planned", None)
        assert "by GitHub" in await office.ada.types("/ops actions show 1")
        by_github = [e["data"] for e in await office.timeline() if e["data"].get("via") == "github"]
        assert [(data["item"], data["change"]) for data in by_github] == [(1, "done"), (2, "dropped")]
        github.reopen(1)
        await office.passes(minutes=6)
        assert (await item(office, 1)).status == "open"
        # It does not come back to GitHub as a change of ours.
        assert all("state" not in call["body"] for call in github.writes())
        await office.passes(minutes=6)
        await office.passes(minutes=6)
        before = len(github.calls)
        await office.passes(minutes=6)
        (asked,) = github.calls[before:]
        assert asked["etag"] is not None  # nothing is new, and that costs GitHub nothing


async def test_what_nobody_heard_of_is_looked_for_before_it_is_made_again(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        github.faults.append({"lost": True})
        await office.ada.types("/ops actions add Alert before the disk is full")
        await office.passes(seconds=10)
        assert len(github.issues) == len(github.writes()) == 1
        assert "created" in [call["query"].get("sort") for call in github.calls]
        assert (await item(office)).issue_number == 1
        assert (await item(office)).issue_problem is None


@pytest.mark.parametrize(
    ("headers", "message", "waits"),
    [
        ({"Retry-After": "90"}, "You have exceeded a secondary rate limit", 90),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "in 120 s"}, "API rate limit exceeded", 120),
        ({}, "You have exceeded a secondary rate limit", 60),
    ],
)
async def test_a_limit_is_waited_for(
    database_url: str, headers: dict[str, str], message: str, waits: int
) -> None:
    async with workplace(database_url) as (office, github):
        if "X-RateLimit-Reset" in headers:
            at = office.clock.now() + timedelta(seconds=waits)
            headers = {**headers, "X-RateLimit-Reset": str(int(at.timestamp()))}
        github.faults.append({"status": 403, "message": message, "headers": headers})
        await office.ada.types("/ops actions add First")
        await office.ada.types("/ops actions add Second")
        assert len(github.writes()) == 1
        await office.passes(seconds=waits - 20)
        assert len(github.writes()) == 1
        await office.passes(seconds=25)
        await office.passes(seconds=3)
        assert sorted(issue["title"] for issue in github.issues) == ["First", "Second"]


async def test_writes_are_a_second_apart(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        for number in range(3):
            await office.ada.types(f"/ops actions add Thing {number}", settle=False)
        for _ in range(8):
            await office.passes(seconds=1.1)
        moments = [call["at"] for call in github.writes()]
        assert len(moments) == 3
        assert all(later - earlier >= timedelta(seconds=1) for earlier, later in itertools.pairwise(moments))


async def test_a_refusal_says_what_to_do_and_is_mended(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "expired")
    async with workplace(database_url, export="asked") as (office, github):
        await office.ada.types("/ops actions add Alert before the disk is full")
        assert github.writes() == []
        await office.ada.types("/ops actions show 1")
        await office.ada.clicks("Make an issue", channel="general")
        shown = await office.ada.types("/ops actions show 1")
        assert "Bad credentials" in shown
        assert f"Set {TOKEN} to a token" in shown
        assert "expired" not in shown
        github.token = "expired"
        await office.passes(minutes=2)
        assert len(github.issues) == 1
        assert "Bad credentials" not in await office.ada.types("/ops actions show 1")
        assert "is issue 1 of acme/operations" in await office.ada.types("/ops actions issue 1")


async def test_each_refusal_is_told_on_its_item_and_holds_up_no_other(database_url: str) -> None:
    invalid = [{"resource": "Label", "field": "labels", "code": "invalid", "value": "x"}]
    refusals = (
        (403, "Resource not accessible by personal access token", "may write them", None),
        (404, "Not Found", "Check that acme/operations exists", None),
        (410, "Issues are disabled for this repo", "has issues", None),
        (422, "Validation Failed", "(labels: invalid). GitHub does not take it as it is", invalid),
    )
    async with workplace(database_url) as (office, github):
        for number, (status, message, mend, errors) in enumerate(refusals, start=1):
            github.faults.append({"status": status, "message": message, "errors": errors})
            refused = 2 * number - 1
            await office.ada.types(f"/ops actions add Thing {refused}")
            await office.passes(seconds=2)
            shown = await office.ada.types(f"/ops actions show {refused}")
            assert f"HTTP {status} {message}" in shown
            assert mend in shown
            await office.ada.types(f"/ops actions add Thing {refused + 1}")
            await office.passes(seconds=2)
            assert [github.issues[-1]["title"], len(github.issues)] == [f"Thing {refused + 1}", refused]
            # Somebody mends it there, and it is made by itself.
            await office.passes(seconds=61)
            assert [github.issues[-1]["title"], len(github.issues)] == [f"Thing {refused}", refused + 1]
            assert "HTTP" not in await office.ada.types(f"/ops actions show {refused}")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_github_in_trouble_is_asked_again_until_it_is_well(database_url: str, status: int) -> None:
    async with workplace(database_url) as (office, github):
        github.faults += [{"status": status, "message": "Trouble"}] * 2
        await office.ada.types("/ops actions add Alert before the disk is full")
        assert github.issues == []
        for _ in range(6):
            await office.passes(seconds=61)
        (issue,) = github.issues
        assert issue["title"] == "Alert before the disk is full"
        assert "Trouble" not in await office.ada.types("/ops actions show 1")
        assert (await item(office)).issue_problem is None


async def test_what_is_private_or_a_drill_stays_here(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.eve.types("/incident declare private sev4 Salaries leaked")
        await office.eve.types("/incident declare drill sev4 Everything burns")
        await office.eve.types("/incident action #1 Change the passwords")
        await office.eve.types("/incident action #2 Write it down")
        assert "stays here" in await office.eve.types("/ops actions issue 1")
        assert github.writes() == []
        await office.eve.types("/ops actions issue 2")  # of a drill only if somebody asks
        (issue,) = github.issues
        assert "drill #2" in issue["body"]


async def test_an_issue_that_was_deleted_leaves_the_item(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/ops actions add Alert before the disk is full")
        github.issues[0]["deleted"] = True
        await office.passes(seconds=2)
        await office.ada.types("/ops actions start 1")
        shown = await office.ada.types("/ops actions show 1")
        assert "deleted or moved" in shown
        await office.passes(seconds=2)
        await office.ada.types("/ops actions done 1")
        assert len(github.issues) == 1


async def test_an_issue_that_was_moved_to_another_repository_leaves_the_item(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/ops actions add Alert before the disk is full")
        github.issues[0]["transferred"] = True
        await office.passes(seconds=2)
        await office.ada.types("/ops actions rate 1 high low")
        assert "deleted or moved" in await office.ada.types("/ops actions show 1")
        assert (await item(office)).issue_number is None


@pytest.mark.parametrize("way", ["no access", "issues off"])
async def test_what_the_token_sees_no_more_is_not_taken_for_gone(database_url: str, way: str) -> None:
    """GitHub says of what a token may not see that it is not there."""
    async with workplace(database_url) as (office, github):
        await office.ada.types("/ops actions add Alert before the disk is full")
        await office.passes(seconds=2)
        off = {"status": 410, "message": "Issues are disabled for this repo"}
        if way == "no access":
            github.hidden = True
        else:
            github.read_faults += [off] * 2
        await office.ada.types("/ops actions done 1")
        shown = await office.ada.types("/ops actions show 1")
        assert ("HTTP 404 Not Found" if way == "no access" else "HTTP 410 Issues are disabled") in shown
        assert "Check that acme/operations exists" in shown
        assert "deleted or moved" not in shown
        assert (await item(office)).issue_number == 1
        github.hidden = False
        await office.passes(seconds=62)
        assert (github.issues[0]["state"], len(github.issues)) == ("closed", 1)
        assert "HTTP" not in await office.ada.types("/ops actions show 1")


async def test_a_repository_of_another_name_has_the_same_issues(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        for title in ("First", "Second"):
            await office.ada.types(f"/ops actions add {title}")
            await office.passes(seconds=2)
        github.former, github.repository = "acme/operations", "acme/platform"
        await office.ada.types("/ops actions rate 1 high low")
        shown = await office.ada.types("/ops actions show 1")
        assert "HTTP 301 Moved Permanently" in shown
        assert "has another name by now" in shown
        # Somebody writes that name in app.yaml.
        await office.stop_bot()
        section = office.config.github
        assert section is not None
        now_named = section.model_copy(update={"repository": "acme/platform"})
        office.config = office.config.model_copy(update={"github": now_named})
        await office.start_bot()
        await office.passes(minutes=2)
        await office.passes(seconds=2)
        assert "Priority: do now" in github.issues[0]["body"]
        assert "HTTP" not in await office.ada.types("/ops actions show 1")
        assert (await item(office, 2)).issue_repository == "acme/platform"
        # So the one that was not changed here is followed, too.
        github.close(2)
        await office.passes(minutes=6)
        assert (await item(office, 2)).status == "done"
        assert len(github.issues) == 2


async def test_one_that_is_closed_before_we_heard_that_it_was_made_is_done(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        github.faults.append({"lost": True})
        await office.ada.types("/ops actions add Alert before the disk is full")
        github.close(1)
        await office.passes(seconds=10)
        await office.passes(seconds=2)
        assert ((await item(office)).status, (await item(office)).issue_number) == ("done", 1)
        assert (github.issues[0]["state"], len(github.issues)) == ("closed", 1)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422, 429, 500, 503])
async def test_while_github_does_not_tell_what_changed_nothing_is_lost(
    database_url: str, status: int
) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/ops actions add Alert before the disk is full")
        github.close(1)
        github.read_faults += [{"status": status, "message": "Trouble"}] * 2
        await office.passes(minutes=6)
        await office.passes(minutes=6)
        assert (await item(office)).status == "open"
        assert github.read_faults == []
        # Nor does it matter how long that was, and that others changed meanwhile.
        await office.passes(minutes=6)
        await office.passes(minutes=6)
        assert (await item(office)).status == "done"
        assert github.writes()[1:] == []


async def test_what_was_changed_on_both_sides_meanwhile_ends_alike(database_url: str) -> None:
    """GitHub is away while people go on here and there; whichever is heard first, nobody is undone."""
    async with workplace(database_url) as (office, github):
        for number in range(1, 5):
            await office.ada.types(f"/ops actions add Thing {number}")
            await office.passes(seconds=2)
        await office.ada.types("/ops actions done 4")
        await office.passes(seconds=2)
        github.read_faults += [{"status": 503}] * 4
        await office.ada.types("/ops actions rate 1 high low")  # closed there
        await office.ada.types("/ops actions done 2")  # closed there, too, as not planned
        await office.ada.types("/ops actions drop 3 It goes away")  # nobody touches it there
        await office.ada.types("/ops actions reopen 4")  # words are changed there
        github.close(1)
        github.close(2, "not_planned")
        github.issues[3]["body"] += "\n\nSee #7."
        for _ in range(12):
            await office.passes(minutes=1)
        assert [(await item(office, number)).status for number in (1, 2, 3, 4)] == [
            "done",
            "done",
            "dropped",
            "open",
        ]
        assert [issue["state"] for issue in github.issues] == ["closed", "closed", "closed", "open"]
        assert [issue["state_reason"] for issue in github.issues[:3]] == [
            "completed",
            "not_planned",
            "not_planned",
        ]
        assert "Priority: do now" in github.issues[0]["body"]
        assert github.issues[3]["body"].endswith("See #7.")
        before = len(github.writes())
        await office.passes(minutes=6)
        assert len(github.writes()) == before  # neither side answers the other for ever


def hooked(github: GitHubServer, action: str, **issue: str) -> bytes:
    said = {
        "action": action,
        "issue": {**github.issues[0], **issue},
        "repository": {"full_name": github.repository},
    }
    return json.dumps(said).encode()


async def test_hooks_in_any_order_and_twice_tell_how_it_stands_now(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/ops actions add Alert before the disk is full")
        await office.passes(seconds=5)
        github.close(1)
        closed = hooked(github, "closed")
        await office.passes(seconds=5)
        github.reopen(1)
        reopened = hooked(github, "reopened")
        for body in (reopened, closed, closed, reopened, closed):
            assert await hook(office, body) == 202
        await office.passes(seconds=2)
        assert (await item(office)).status == "open"
        gone = hooked(github, "deleted")
        github.issues[0]["deleted"] = True
        assert await hook(office, gone) == 202
        assert await hook(office, closed) == 202
        assert (await item(office)).status == "open"


async def test_a_hook_that_comes_while_github_is_asked_has_it_asked_again(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/ops actions add Alert before the disk is full")
        await office.passes(seconds=5)

        async def closed_meanwhile() -> None:
            github.before_lists = None
            github.close(1)
            assert await hook(office, hooked(github, "closed"), settle=False) == 202

        github.before_lists = closed_meanwhile
        await office.passes(minutes=6)
        await office.passes(seconds=2)
        assert github.before_lists is None
        assert (await item(office)).status == "done"


async def test_githubs_hook_saves_the_wait(database_url: str) -> None:
    async with workplace(database_url) as (office, github):
        await office.ada.types("/ops actions add Alert before the disk is full")
        await office.passes(seconds=5)
        github.close(1)
        said = {"action": "closed", "issue": github.issues[0], "repository": {"full_name": "Acme/Operations"}}
        other = {**said, "repository": {"full_name": "acme/shop"}}
        for body in (other, {**said, "repository": None}, {**said, "repository": {"full_name": 7}}):
            assert await hook(office, json.dumps(body).encode()) == 202
        assert (await item(office)).status == "open"
        assert await hook(office, json.dumps(said).encode()) == 202
        assert (await item(office)).status == "done"
