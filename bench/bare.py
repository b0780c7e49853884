"""The baseline: a Bolt app behind aiohttp whose command handler only acknowledges. `python -m bench.bare PORT`"""

import sys

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bench.load import SECRET


async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-playground")


bolt = AsyncApp(signing_secret=SECRET.decode(), authorize=authorize, process_before_response=True)


@bolt.command("/incident")
async def incident(ack: AsyncAck) -> None:
    await ack()


async def events(request: web.Request) -> web.Response:
    return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/slack/events", events)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
