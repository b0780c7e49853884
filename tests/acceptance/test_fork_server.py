"""A program that is forked is as good as one that was started: its surroundings are its own, and its end is told."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from tests.acceptance.fork_server import Forked, Start, fork_server

ROOT = Path(__file__).parents[2]

SHOWS = """
import json, os, random, secrets, signal, sys, time, uuid
told = {
    "env": dict(os.environ), "folder": os.getcwd(), "words": sys.argv[1:], "name": __name__, "zone": time.strftime("%Z"),
    "random": [random.random(), secrets.token_hex(8), str(uuid.uuid4())],
    "input": os.read(0, 1).decode(), "group": os.getpgrp(), "threads": len(os.listdir("/proc/self/task")),
    "open": sorted(int(n) for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")),
    "signals": [str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)],
}
print(json.dumps(told), flush=True)
if "waits" in sys.argv:
    time.sleep(600)
sys.exit(7)
"""
# Without one the interpreter chooses, and tells the environment.
LOCALE = {"LC_ALL": "C.UTF-8"}


async def start(folder: Path, *words: str, **env: str) -> Forked:
    (folder / "shows.py").write_text(SHOWS)
    with (folder / "log").open("wb") as log:
        return await fork_server().start(Start("shows", [*words], str(folder), {**LOCALE, **env}), log)


async def said(folder: Path) -> str:
    async with asyncio.timeout(60):
        while not (said := (folder / "log").read_text()).endswith("\n"):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
    return said


async def test_its_surroundings_are_its_own_and_as_of_a_program_that_was_started(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    forked = [
        await start(folder, "a word", TZ=zone, ONLY=folder.name)
        for folder, zone in zip(folders, ("UTC", "Asia/Kolkata"), strict=True)
    ]
    assert [await process.wait() for process in forked] == [7, 7]
    one, other = [json.loads(await said(folder)) for folder in folders]
    assert (one["env"], one["zone"]) == ({**LOCALE, "TZ": "UTC", "ONLY": "one"}, "UTC")
    assert (other["env"], other["zone"]) == ({**LOCALE, "TZ": "Asia/Kolkata", "ONLY": "other"}, "IST")
    assert not {*one["random"]} & {*other["random"]}

    with (tmp_path / "log").open("wb") as log:
        started = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shows", "a word"),
            env=one["env"],
            cwd=folders[0],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    assert await started.wait() == 7
    differs = {"random": None}
    assert one | differs == json.loads(await said(tmp_path)) | differs


async def test_a_signal_ends_it_and_that_is_told(tmp_path: Path) -> None:
    for name in (signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1):
        forked = await start(tmp_path, "waits")
        assert json.loads(await said(tmp_path))["words"] == ["waits"]
        assert forked.returncode is None
        forked.send_signal(name)
        assert await forked.wait() == forked.returncode == -name
        assert not psutil.pid_exists(forked.pid)
        forked.kill()  # which is nothing any more


async def test_nothing_is_left_when_the_tests_are_killed(tmp_path: Path) -> None:
    (tmp_path / "shows.py").write_text(SHOWS)
    tests = f"""
import asyncio, time
from pathlib import Path
from tests.acceptance.test_fork_server import start
async def begin(): print((await start(Path({str(tmp_path)!r}), "waits")).pid, flush=True)
asyncio.run(begin())
time.sleep(600)
"""
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", tests),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert run.stdout is not None
    forked = psutil.Process(int(await run.stdout.readline()))
    server = forked.parent()
    assert server is not None
    await said(tmp_path)
    assert forked.is_running()
    assert server.ppid() == run.pid
    run.kill()
    await run.wait()
    for process in (forked, server):
        with suppress(psutil.NoSuchProcess):
            await asyncio.to_thread(process.wait, 30)
    assert not forked.is_running()
    assert not server.is_running()
