"""`python -m playground`: a Slack workspace on this machine."""

import argparse
import asyncio
import gc
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from .errors import Refused
from .server import DEFAULT_BOT, Playground


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:4000", metavar="HOST:PORT", help="where it serves")
    parser.add_argument(
        "--bot", default=DEFAULT_BOT, metavar="URL", help="the bot's request URL; '' for none"
    )
    parser.add_argument("--url", metavar="URL", help="how the bot reaches the playground, if not by --listen")
    parser.add_argument("--signing-secret", default="playground-signing-secret", metavar="S")
    parser.add_argument("--bot-token", default="xoxb-playground", metavar="T")
    parser.add_argument("--app-token", default="xapp-playground", metavar="T")
    parser.add_argument(
        "--config-token", default="xoxe-playground", metavar="T", help="for apps.manifest.export"
    )
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="the app manifest (JSON) to install")
    parser.add_argument(
        "--workspace", type=Path, metavar="FILE", help="people and channels to begin with (JSON)"
    )
    parser.add_argument("--rate-limits", action="store_true", help="enforce Slack's rate limits")
    parser.add_argument("--quiet", action="store_true", help="no access log")
    parser.add_argument("--no-call-log", action="store_true", help="do not keep the Web API calls")
    return parser


def _read(path: Path | None) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path else None


async def _serve(options: argparse.Namespace) -> None:
    host, _, port = options.listen.rpartition(":")
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    playground = await Playground.start(
        int(port),
        options.bot or None,
        host=host,
        url=options.url,
        signing_secret=options.signing_secret,
        bot_token=options.bot_token,
        app_token=options.app_token,
        config_token=options.config_token,
        manifest=_read(options.manifest),
        workspace=_read(options.workspace),
        rate_limits=options.rate_limits,
        quiet=options.quiet,
        call_log=not options.no_call_log,
    )
    print(f"The playground is at {playground.url}, its Web API at {playground.url}/api/", flush=True)
    try:
        await ended.wait()
    finally:
        await playground.stop()


def main() -> int:
    """Runs until it is interrupted or terminated."""
    options = _options().parse_args()
    # What a workspace remembers lives long: looking through it less often keeps a full one quick.
    gc.set_threshold(50_000, 20, 50)
    if not options.quiet:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        asyncio.run(_serve(options))
    except (OSError, ValueError, Refused) as error:
        print(f"The playground cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
