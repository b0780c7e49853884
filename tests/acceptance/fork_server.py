"""Starts the program some hundred times without loading it each time: that is nearly all of what a start costs.

A process of its own (`python -m tests.acceptance.fork_server`), one for each process that runs tests: it has imported what
`tocsin run` imports and opened nothing. For each start it forks a child that gets its own environment, folder, words
and log, and runs the module as `python -m` would. What a fork cannot give anew is the same for all of these: the seed
of `hash` and what libraries read of the environment while they are loaded. Who wants that too starts the program itself.

It ends when the one that asked for it has ended, however that was, and takes with it what it started.
"""

import asyncio
import atexit
import contextlib
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

# Read by the interpreter, or by libraries while they are loaded: a fork would have the server's.
READ_TOO_EARLY = ("PYTHON", "LD_", "LC_", "LANG", "SSL", "AIOHTTP_", "PROMETHEUS_", "PYDANTIC_")
LISTENED_TO = (signal.SIGINT, signal.SIGCHLD)


@dataclass(frozen=True)
class Start:
    """What one child is to be."""

    module: str
    words: list[str]
    folder: str
    env: dict[str, str]


class Forked:
    """A child, as asyncio's subprocesses are looked at."""

    def __init__(self, pid: int, says: asyncio.StreamReader, talk: asyncio.StreamWriter) -> None:
        self.pid = pid
        self._talk = talk
        self._end = asyncio.create_task(self._ended(says))

    @property
    def returncode(self) -> int | None:
        """None as long as it runs; negative when a signal ended it."""
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def send_signal(self, name: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, name)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def _ended(self, says: asyncio.StreamReader) -> int:
        try:
            return int(await says.readline())
        finally:
            self._talk.close()


class ForkServer:
    """The server, from the side of those who ask."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._door, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.stop)

    def stop(self) -> None:
        self._door.close()
        self._process.wait()

    async def start(self, start: Start, log: BinaryIO) -> Forked:
        """A child that writes into the log; the first one waits until the program is loaded."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._door, [b"."], [theirs.fileno(), log.fileno()])
        says, talk = await asyncio.open_unix_connection(sock=ours)
        talk.write(json.dumps(asdict(start)).encode() + b"\n")
        return Forked(int(await says.readline()), says, talk)


@cache
def fork_server() -> ForkServer:
    """The one of this process. It knows nothing of any story."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "TOCSIN_"))}
    root = Path(__file__).parents[2]
    return ForkServer(root, {**kept, "PYTHONPATH": str(root)})


# -- the other side --------------------------------------------------------------------------------------


class _Children:
    """Those that run, each with the connection on which its end is waited for."""

    def __init__(self) -> None:
        self._connections: dict[int, socket.socket] = {}

    def add(self, pid: int, connection: socket.socket) -> None:
        self._connections[pid] = connection
        _tell(connection, pid)

    def reap(self) -> None:
        """Tells of each that ended how it did."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                with self._connections.pop(ended[0]) as connection:
                    _tell(connection, os.waitstatus_to_exitcode(ended[1]))

    def kill(self) -> None:
        for pid in self._connections:
            os.kill(pid, signal.SIGKILL)

    def forget(self) -> None:
        for connection in self._connections.values():
            connection.close()


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever waited for it is gone
        connection.sendall(b"%d\n" % number)


def _serve(door: socket.socket) -> Start | None:
    """Forks until the door is closed: then None. In each child it returns what that one is to be."""
    children = _Children()
    handlers = {name: signal.getsignal(name) for name in LISTENED_TO}
    ended, wake = socket.socketpair()
    ended.setblocking(False)
    wake.setblocking(False)
    with door, ended, wake, selectors.DefaultSelector() as selector:
        selector.register(door, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those who wait for the tests
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno())
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if ended in ready:
                ended.recv(1024)
                children.reap()
            if door not in ready:
                continue
            asked, fds, _, _ = socket.recv_fds(door, 1, 2)
            if not asked:
                children.kill()
                return None
            connection, log = socket.socket(fileno=fds[0]), fds[1]
            with connection.makefile("rb") as lines:
                line = lines.readline()
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                for name, handler in handlers.items():
                    signal.signal(name, handler)
                connection.close()
                children.forget()
                os.dup2(log, sys.stdout.fileno())
                os.dup2(log, sys.stderr.fileno())
                os.close(log)
                return Start(**json.loads(line))
            os.close(log)
            children.add(pid, connection)


def _become(start: Start) -> None:
    """What the interpreter and `-m` do before a module has its turn."""
    os.environ.clear()
    os.environ.update(start.env)
    time.tzset()
    os.chdir(start.folder)
    sys.path[0] = start.folder
    sys.argv[1:] = start.words
    runpy.run_module(start.module, run_name="__main__", alter_sys=True)


def main() -> None:
    import bot.cli
    import bot.serve  # noqa: F401 - what `tocsin run` imports late

    gc.collect()
    gc.freeze()
    start = _serve(socket.socket(fileno=int(sys.argv[1])))
    if start is not None:
        _become(start)


if __name__ == "__main__":
    main()
