"""The processes under measurement: each its own, on loopback, ended by its id."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import psutil

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(*arguments: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process of ours, from `python -m`; what it says is shown only when it fails to start."""
    log = tempfile.NamedTemporaryFile(prefix="tocsin-bench-", suffix=".log")  # noqa: SIM115 - closed below
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=log,
        stderr=log,
    )
    try:
        yield child
        if child.poll() is not None:
            raise RuntimeError(
                f"{' '.join(arguments)} ended by itself:\n{Path(log.name).read_text()[-2000:]}"
            )
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        log.close()


async def answers(url: str, *, within: float = 60) -> float:
    """Waits until the address answers 200; returns the seconds that it took."""
    start, said = time.perf_counter(), ""
    async with aiohttp.ClientSession() as http:
        while time.perf_counter() - start < within:
            try:
                async with http.get(url) as response:
                    said = await response.text()
                    if response.status == 200:
                        return time.perf_counter() - start
            except aiohttp.ClientError as error:
                said = str(error)
            await asyncio.sleep(0.005)
    raise RuntimeError(f"{url} did not answer within {within} s: {said}")


def memory_mb(pid: int) -> float:
    """What the process holds that no other shares, and its part of what is shared (PSS)."""
    return float(psutil.Process(pid).memory_full_info().pss) / 1_000_000


@asynccontextmanager
async def playground(bot_port: int, *options: str) -> AsyncIterator[str]:
    """An instant Slack, with these options of the playground; yields its address."""
    port = free_port()
    bot = f"http://127.0.0.1:{bot_port}/slack/events"
    manifest = Path(tempfile.mkdtemp(prefix="tocsin-bench-")) / "manifest.json"
    manifest.write_text(
        subprocess.check_output(
            [sys.executable, "-m", "bot", "manifest", "--http", "--json"], cwd=ROOT, stderr=subprocess.DEVNULL
        ).decode()
    )
    place = ("--listen", f"127.0.0.1:{port}", "--bot", bot, "--manifest", str(manifest))
    with process("playground", *place, "--quiet", *options):
        url = f"http://127.0.0.1:{port}"
        await answers(f"{url}/workspace")
        yield url
    shutil.rmtree(manifest.parent, ignore_errors=True)


def bot_environment(port: int, slack: str, database: str) -> dict[str, str]:
    """What the bot needs to know."""
    return {
        "SLACK_BOT_TOKEN": "xoxb-playground",
        "SLACK_SIGNING_SECRET": "playground-signing-secret",
        "SLACK_APP_TOKEN": "",
        "SLACK_API_URL": f"{slack}/api/",
        "TOCSIN_DATABASE_URL": database,
        "TOCSIN_LISTEN": f"{HOST}:{port}",
        "TOCSIN_LOG_LEVEL": "error",
    }


@asynccontextmanager
async def tocsin(
    port: int, slack: str, database: str, env: dict[str, str]
) -> AsyncIterator[tuple[int, float]]:
    """The bot; yields its process id and the seconds until it was ready."""
    given = bot_environment(port, slack, database) | env
    subprocess.check_call(
        [sys.executable, "-m", "bot", "migrate"],
        cwd=ROOT,
        env={**os.environ, **given},
        stdout=subprocess.DEVNULL,
    )
    with process("bot", "run", env=given) as child:
        ready = await answers(f"http://127.0.0.1:{port}/readyz")
        yield child.pid, ready


@asynccontextmanager
async def bare() -> AsyncIterator[int]:
    """Bolt that only acknowledges; yields its port."""
    port = free_port()
    with process("bench.bare", str(port)):
        for _ in range(400):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                break
        yield port


def slow_fsync() -> dict[str, str] | None:
    """The environment in which each fsync takes 2 ms; None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="tocsin-fsync-"))
    folder.chmod(0o755)  # Postgres runs as another user
    library = folder / "slow_fsync.so"
    subprocess.check_call(
        [
            compiler,
            "-shared",
            "-fPIC",
            "-O2",
            "-o",
            str(library),
            str(ROOT / "bench" / "slow_fsync.c"),
            "-ldl",
        ]
    )
    return {"LD_PRELOAD": str(library), "SLOW_FSYNC_US": "2000"}
