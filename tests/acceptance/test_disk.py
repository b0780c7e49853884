"""The disk takes nothing more: each who asks is told so, nothing is half done, and it goes on when there is room."""

import asyncio
import resource
from pathlib import Path

import aiohttp

from tests.acceptance.kit import WHOLE, kit
from tests.acceptance.process import FarOffice, far_bot


async def whole(office: FarOffice, number: int) -> None:
    async with asyncio.timeout(60):
        while {**await kit(office, ("U01ADA",), number), "bookmarks": WHOLE["bookmarks"]} != WHOLE:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


async def test_a_disk_that_is_full_for_a_while(tmp_path: Path) -> None:
    env = {"TOCSIN_DATABASE_URL": "sqlite:///t.sqlite3"}
    async with far_bot(tmp_path, **env) as (playground, bot), aiohttp.ClientSession() as http:
        office = FarOffice(playground, http, "", None)  # type: ignore[arg-type]
        assert "#1" in await office.ada.types("/incident declare sev1 Before")
        await whole(office, 1)

        # The files may not grow by a byte, and those of the database are by far the largest.
        most = (tmp_path / "t.sqlite3-wal").stat().st_size
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        one_after_the_other = [await office.ada.types("/incident declare sev1 Meanwhile") for _ in range(3)]
        at_once = await asyncio.gather(
            *(office.bo.types(f"/incident declare sev1 At once {n}") for n in range(6))
        )
        for answer in [*one_after_the_other, *at_once]:
            assert "disk" in answer, answer
            assert "nothing was saved" in answer, answer
        assert "#1" in await office.ada.types("/incident list"), "reading goes on"

        resource.prlimit(
            bot.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )
        assert "#2" in await office.ada.types("/incident declare sev1 After")
        await whole(office, 2)
        assert "2 incidents" in await office.ada.types("/incident list all")
        assert "Traceback" not in bot.said(), bot.said()
