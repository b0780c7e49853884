"""`tocsin config history`, `diff` and `rollback`."""

import json
from pathlib import Path

from bot.administration.configuration import activate
from bot.config.written import read_written
from bot.core.clock import Clock
from bot.core.db import Database
from tests.cli.conftest import Tocsin


async def noted(url: str, how: str = "the file changed") -> None:
    """As the running program does with what stands there."""
    db = Database(url)
    async with db.begin() as session:
        await activate(session, read_written("app.yaml"), by="ada", how=how, now=Clock().now())
    await db.close()


def rewrite(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


async def test_back_and_forth(tocsin: Tocsin, folder: Path, database_url: str) -> None:
    env = {"TOCSIN_DATABASE_URL": database_url}
    assert "No configuration" in (await tocsin("config", "history", **env))[1]
    status, _, err = await tocsin("config", "diff", **env)
    assert (status, "No configuration was active yet" in err) == (1, True)

    app = folder / "app.yaml"
    first = app.read_text()
    await noted(database_url, "at the start")
    rewrite(app, "organization: Example Shop", "organization: Another Shop")
    assert "+organization: Another Shop" in (await tocsin("config", "diff", **env))[1]
    await noted(database_url)
    assert "no difference" in (await tocsin("config", "diff", **env))[1]
    assert "-organization: Example Shop" in (await tocsin("config", "diff", "1", "2", **env))[1]

    rewrite(app, "organization: Another Shop", "organization: 7: 8")
    status, out, err = await tocsin("config", "rollback", "1", **env)
    assert (status, err) == (0, "")
    assert "version 3" in out
    assert app.read_text() == first
    assert "7: 8" in (folder / "app.yaml.replaced").read_text(), "what was never active is kept beside"

    status, out, _ = await tocsin("config", "history", "--json", **env)
    found = json.loads(out)
    assert [one["version"] for one in found] == [3, 2, 1]
    assert (found[0]["how"], found[0]["added"], found[0]["removed"]) == ("rolled back to 1", 1, 1)
    assert found[1]["files"] == ["app.yaml"]
    assert "+1 −1 in app.yaml" in (await tocsin("config", "history", **env))[1]


async def test_a_version_with_includes(tocsin: Tocsin, folder: Path, database_url: str) -> None:
    """What a pattern would find and the version did not have goes, what it had comes back."""
    env = {"TOCSIN_DATABASE_URL": database_url}
    app, more = folder / "app.yaml", folder / "more"
    more.mkdir()
    rewrite(app, "organization: Example Shop", "include: [more/*.yaml]")
    (more / "a.yaml").write_text("organization: A")
    await noted(database_url)
    (more / "a.yaml").unlink()
    (more / "b.yaml").write_text("organization: B")
    await noted(database_url)
    assert (await tocsin("config", "rollback", "1", **env))[0] == 0
    assert [file.name for file in more.iterdir()] == ["a.yaml"]
    assert (await tocsin("config", "rollback", "2", **env))[0] == 0
    assert [file.name for file in more.iterdir()] == ["b.yaml"]


async def test_what_would_be_refused_today_is_not_put_in_place(
    tocsin: Tocsin, folder: Path, database_url: str
) -> None:
    env = {"TOCSIN_DATABASE_URL": database_url}
    app = folder / "app.yaml"
    good = app.read_text()
    rewrite(app, "organization: Example Shop", "organisation: Old Shop")
    await noted(database_url)
    app.write_text(good)
    status, _, err = await tocsin("config", "rollback", "1", **env)
    assert (status, "organisation" in err) == (1, True)
    assert app.read_text() == good
