"""api.test, auth.*, apps.*, bots.*, team.*, emoji.*: the app and its workspace."""

from playground.errors import SlackError
from playground.people import APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID
from playground.posting import bot_profile

from .call import Answer, Call, Family, Method


def api_test(call: Call) -> Answer:
    """Says back what it was told."""
    args = {key: value for key, value in call.args.items() if key != "token"}
    if error := call.args.get("error"):
        raise SlackError(str(error), args=args)
    return {"ok": True, "args": args}


def auth_test(call: Call) -> Answer:
    """Whose token it is."""
    return {
        "ok": True,
        "url": f"{call.address.url}/",
        "team": call.workspace.team_name,
        "user": call.workspace.manifest.name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(call: Call) -> Answer:
    """A way into Socket Mode, good once."""
    manifest = call.workspace.manifest
    if manifest.document is not None and not manifest.socket_mode:
        raise SlackError("socket_mode_not_enabled")
    return {"ok": True, "url": call.address.open_socket()}


def export_manifest(call: Call) -> Answer:
    """The installed manifest."""
    if call.text("app_id") != APP_ID:
        raise SlackError("invalid_app_id")
    document = call.workspace.manifest.document
    if document is None:
        raise SlackError("failed_to_export_manifest")
    return {"ok": True, "manifest": document}


def bots_info(call: Call) -> Answer:
    """What is known of the app's bot."""
    if (call.optional("bot") or BOT_ID) != BOT_ID:
        raise SlackError("bot_not_found")
    profile = bot_profile(call.workspace.manifest)
    kept = ("id", "app_id", "user_id", "name", "icons", "deleted", "updated")
    return {"ok": True, "bot": {key: profile[key] for key in kept}}


def team_info(call: Call) -> Answer:
    """The workspace."""
    team = {
        "id": TEAM_ID,
        "name": call.workspace.team_name,
        "url": f"{call.address.url}/",
        "domain": TEAM_DOMAIN,
        "email_domain": "playground.example",
        "icon": {
            f"image_{size}": f"https://avatars.playground.example/team-{size}.png" for size in (34, 68, 132)
        },
        "avatar_base_url": "https://avatars.playground.example/",
        "is_verified": False,
    }
    return {"ok": True, "team": team}


def list_emoji(call: Call) -> Answer:
    """The workspace's own emoji."""
    return {"ok": True, "emoji": call.workspace.emoji, "cache_ts": call.workspace.clock.next()}


METHODS: Family = {
    "api.test": Method(api_test, None, 4),
    "auth.test": Method(auth_test, None, 5),
    "apps.connections.open": Method(open_connection, None, 1),
    "apps.manifest.export": Method(export_manifest, None, 3),
    "bots.info": Method(bots_info, "users:read", 3),
    "team.info": Method(team_info, "team:read", 3),
    "emoji.list": Method(list_emoji, "emoji:read", 2),
}
