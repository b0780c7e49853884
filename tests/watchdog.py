"""Ends a Postgres server together with the process that started it, however that one ends.

A process of its own: it waits until its standard input is closed, which the system does even for a process that was
killed. Then it stops every process whose command line names the server's folder, and removes the folder.
"""

import contextlib
import os
import shutil
import signal
import sys
import time

import psutil

# A server that was just being started comes up in steps: initdb, pg_ctl, postgres.
QUIET_FOR = 0.3
PATIENCE = 20.0


def processes(folder: str) -> list[psutil.Process]:
    """Those that were started for the folder; a server's own children end with it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if process.pid != os.getpid() and any(folder in word for word in words):
            found.append(process)
    return found


def end(folder: str) -> None:
    """Stops what runs there at once, as nothing in it is to be kept, until nothing comes after."""
    last_seen = start = time.monotonic()
    while time.monotonic() - last_seen < QUIET_FOR:
        found = processes(folder)
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                late = time.monotonic() - start > PATIENCE
                process.send_signal(signal.SIGKILL if late else signal.SIGQUIT)
        if found:
            last_seen = time.monotonic()
            psutil.wait_procs(found, timeout=1)
        else:
            time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # Ctrl-C is for those who wait for the tests
    while os.read(0, 1024):
        pass
    end(sys.argv[1])


if __name__ == "__main__":
    main()
