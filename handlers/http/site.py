"""The HTTP site: Slack's requests, and the two questions that a supervisor asks."""

import json
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

log = structlog.get_logger(__name__)

# Slack's own payloads stay well below: a view weighs 250 kB at most.
LARGEST_BODY = 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def site(bolt: AsyncApp, readiness: Callable[[], Awaitable[dict[str, str]]]) -> web.Application:
    """`readiness` gives for each thing that must work "ok", or what is wrong with it."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_plain_errors])

    async def slack_events(request: web.Request) -> web.StreamResponse:
        answer = await bolt.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    async def healthz(request: web.Request) -> web.StreamResponse:
        return web.json_response({"alive": True})

    async def readyz(request: web.Request) -> web.StreamResponse:
        checks = await readiness()
        ready = all(answer == "ok" for answer in checks.values())
        return web.json_response({"ready": ready, "checks": checks}, status=200 if ready else 503)

    app.router.add_post("/slack/events", slack_events)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    return app


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever comes in, the answer is short JSON; a body that cannot be read is the sender's fault."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _error(413, "too_large", f"The body is larger than {LARGEST_BODY} bytes.")
    except web.HTTPNotFound:
        return _error(404, "not_found", "Slack's requests go to POST /slack/events.")
    except web.HTTPMethodNotAllowed as error:
        return _error(405, "method_not_allowed", f"Use {', '.join(sorted(error.allowed_methods))}.")
    except web.HTTPException:
        raise
    except (UnicodeDecodeError, json.JSONDecodeError, ValueError) as error:
        log.info("A request that makes no sense was refused", path=request.path, error=type(error).__name__)
        return _error(400, "bad_request", "The body cannot be read.")
    except (ConnectionResetError, web.RequestPayloadError):
        return _error(400, "truncated", "The body ended too early.")
    except Exception:
        log.exception("A request failed", path=request.path)
        return _error(500, "internal_error", "Something went wrong in Tocsin; its log says more.")


def _error(status: int, code: str, detail: str) -> web.Response:
    return web.json_response({"ok": False, "error": code, "detail": detail}, status=status)
