"""Rules of app.yaml act by themselves: once for each change, on the timeline, and never where they must not."""

from collections.abc import Callable
from typing import Any

from bot.config import AutomationRule, Config
from tests.acceptance.office import Office, open_office, said

SUPPORT = {
    "name": "tell-support",
    "when": "declared",
    "if": {"severities": ["SEV1", "SEV2"]},
    "then": [{"message": {"text": "*{severity}* {title} ({service}): {link}", "channel": "#general"}}],
}
REMIND = {
    "name": "remind",
    "when": ["severity", "status"],
    "then": [{"message": "Because {change}: look at the list."}],
}


def with_rules(*rules: dict[str, Any]) -> Callable[[Config], Config]:
    """app.yaml with these rules alone."""

    def change(config: Config) -> Config:
        return config.model_copy(
            update={"automation": tuple(AutomationRule.model_validate(rule) for rule in rules)}
        )

    return change


async def told(office: Office, number: int = 1) -> list[dict[str, Any]]:
    """What stands on the timeline of rules."""
    return [entry["data"] for entry in await office.timeline(number) if entry["kind"] == "automation"]


async def test_a_rule_posts_a_message_when_an_incident_is_declared(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(SUPPORT)) as office:
        await office.ada.types("/incident declare sev1 service:payments Cards <!channel> & *co*")
        await office.passes(seconds=4)
        (message,) = [m for m in await office.bo.messages("general") if m.get("bot_id")]
        place = (await office.channel(await office.incident_channel()))["id"]
        assert message["text"] == f"*SEV1* Cards @\u2060channel &amp; ∗co∗ (Payments): <#{place}>"
        (entry,) = await told(office)
        assert entry["what"] == "message"
        assert entry["rule"] == "tell-support"
        assert entry["because"] == "it was declared as SEV1"
        await office.ada.types("/incident timeline 1")
        assert "Rule *tell-support* posted in #general" in said(await office.ada.modal())


async def test_what_does_not_fit_sets_off_nothing(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(SUPPORT)) as office:
        await office.ada.types("/incident declare sev3 A button is grey")
        for kind in ("private", "drill"):
            await office.ada.types("/incident declare")
            await office.ada.submits(title="Somebody took the keys", severity="SEV1", options=[kind])
        await office.passes(seconds=4)
        assert [m for m in await office.bo.messages("general") if m.get("bot_id")] == []
        for number in (1, 2, 3):
            assert await told(office, number) == []


async def test_each_change_sets_off_a_rule_once(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(REMIND)) as office:
        await office.ada.types("/incident declare sev1 Checkout is down")
        await office.ada.types("/incident severity 1 sev2", settle=False)
        await office.ada.types("/incident severity 1 sev1", settle=False)
        await office.bo.types("/incident status 1 identified", settle=False)
        await office.bo.types("/incident resolve 1 rolled back", settle=False)
        await office.settled()
        await office.passes(minutes=5)
        because = [
            "the severity was lowered from SEV1 to SEV2",
            "the severity was raised from SEV2 to SEV1",
            "the status went from investigating to identified",
            "the status went from identified to resolved",
        ]
        assert [entry["because"] for entry in await told(office)] == because
        read = await office.ada.reads(await office.incident_channel())
        assert all(f"Because {words}: look" in read for words in because), read
