"""What an incident should have in Slack, counted: so that what is missing and what is doubled both show."""

import re

from tests.acceptance.office import Json, Office, find_element

WHOLE = {
    "channels": 1,
    "cards": 1,
    "pinned cards": 1,
    "bookmarks": ["Bridge", "Runbook"],
    "topics": 1,
    "announcements": 1,
    "linked announcements": 1,
    "missing people": [],
}


async def kit(office: Office, people: tuple[str, ...], number: int = 1) -> Json:
    """What there is of an incident, as `WHOLE` has it."""
    workspace = await office.get("/workspace")
    made = [c for c in workspace["channels"] if (c.get("name") or "").startswith(f"inc-{number}-")]
    cards = [m for c in made for m in await messages(office, c["id"]) if find_element([m], "incident.more")]
    announced = [
        m
        for m in await messages(office, (await office.channel("incidents"))["id"])
        if m.get("bot_id") and re.search(rf"#{number}\b", str(m["blocks"]))
    ]
    members = {member for c in made for member in c["members"]}
    return {
        "channels": len(made),
        "cards": len(cards),
        "pinned cards": sum(card["ts"] in c["pins"] for c in made for card in cards),
        "bookmarks": sorted(bookmark["title"] for c in made for bookmark in c["bookmarks"]),
        "topics": sum("SEV1" in str(c["topic"]) for c in made),
        "announcements": len(announced),
        "linked announcements": sum(c["id"] in str(m["blocks"]) for c in made for m in announced),
        "missing people": sorted(set(people) - members),
    }


async def messages(office: Office, channel: str, thread_ts: str | None = None) -> list[Json]:
    """The messages of a channel, or the replies of a thread, as the bot sees them; oldest first."""
    method = "conversations.replies" if thread_ts else "conversations.history"
    args = {"channel": channel, "limit": 200} | ({"ts": thread_ts} if thread_ts else {})
    token = {"Authorization": "Bearer xoxb-playground"}
    async with office.http.post(f"{office.playground.url}/api/{method}", json=args, headers=token) as answer:
        found = await answer.json()
    assert found["ok"], found
    return sorted((m for m in found["messages"] if m["ts"] != thread_ts), key=lambda m: float(m["ts"]))
