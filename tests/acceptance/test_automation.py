"""Rules of app.yaml act by themselves: once for each change, on the timeline, and never where they must not."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from bot.config import AutomationRule, Config, Webhook
from tests.acceptance.office import Json, Office, open_office, said, sample
from tests.acceptance.stand_in import ON_LOOPBACK, StandIn

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

OUTWARD = {
    "name": "status-page",
    "when": ["declared", "severity", "status"],
    "then": [{"webhook": "status-page"}],
}
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


def with_rules(*rules: dict[str, Any]) -> Callable[[Config], Config]:
    """app.yaml with these rules alone."""

    def change(config: Config) -> Config:
        return config.model_copy(
            update={"automation": tuple(AutomationRule.model_validate(rule) for rule in rules)}
        )

    return change


def with_webhook(providers: StandIn, *rules: dict[str, Any], **more: Any) -> Callable[[Config], Config]:
    """The same with a webhook of the stand-in's, which is on loopback."""
    written = {"name": "status-page", "url": f"{providers.url}/hook", "private_networks": ON_LOOPBACK}
    webhook = Webhook.model_validate(written | more)

    def change(config: Config) -> Config:
        return with_rules(*rules)(config.model_copy(update={"webhooks": (webhook,)}))

    return change


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_WEBHOOK_STATUS_PAGE", SECRET)


def is_signed(arrived: Json, key: bytes = b"k" * 32) -> bool:
    """As a receiver verifies it by Standard Webhooks."""
    headers = {name.lower(): value for name, value in arrived["_headers"].items()}
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{arrived['_raw']}"
    wanted = "v1," + base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    return wanted in headers["webhook-signature"].split(" ")


def id_of(arrived: Json) -> str:
    return next(v for name, v in arrived["_headers"].items() if name.lower() == "webhook-id")


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


# -- webhooks ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("secret")
async def test_a_webhook_is_signed_and_tells_each_change_once(database_url: str, providers: StandIn) -> None:
    async with open_office(database_url, change=with_webhook(providers, OUTWARD)) as office:
        await office.ada.types("/incident declare sev2 service:payments Cards are refused")
        await office.ada.types("/incident severity 1 sev1 it spreads")
        await office.bo.types("/incident resolve 1 rolled back")
        await office.passes(minutes=1)
        arrived = providers.of("webhook")
        assert [one["type"] for one in arrived] == [
            "incident.declared",
            "incident.severity_changed",
            "incident.status_changed",
        ]
        assert all(is_signed(one) for one in arrived)
        assert not is_signed(arrived[0], b"another" * 5)
        assert len({id_of(one) for one in arrived}) == 3
        changes = [(one["data"]["change"]["before"], one["data"]["change"]["after"]) for one in arrived]
        assert changes == [(None, "SEV2"), ("SEV2", "SEV1"), ("investigating", "resolved")]
        assert arrived[-1]["data"]["incident"]["title"] == "Cards are refused"
        # Neither who did it nor what they wrote leaves the house.
        assert not any(
            word in one["_raw"] for one in arrived for word in ("U01", "it spreads", "rolled back")
        )
        assert [entry["webhook"] for entry in await told(office)] == ["status-page"] * 3


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("status", [500, 429])
async def test_a_webhook_that_fails_is_repeated_under_the_same_id(
    database_url: str, providers: StandIn, status: int
) -> None:
    providers.fails["webhook"] = status
    async with open_office(database_url, change=with_webhook(providers, OUTWARD)) as office:
        await office.ada.types("/incident declare sev1 Checkout is down")
        await office.passes(minutes=2)
        await office.passes(minutes=2)
        assert providers.of("webhook") == []
        providers.fails.clear()
        await office.passes(minutes=10)
        (arrived,) = providers.of("webhook")
        assert is_signed(arrived)
        assert [entry["what"] for entry in await told(office)] == ["webhook"]
        kinds = [entry["kind"] for entry in await office.timeline()]
        assert kinds.count("failed") == kinds.count("mended") == 1


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("status", "mend"),
    [(401, "TOCSIN_WEBHOOK_STATUS_PAGE"), (302, "not followed"), (404, "address of webhook")],
)
async def test_a_refusal_says_what_to_do(
    database_url: str, providers: StandIn, status: int, mend: str
) -> None:
    providers.fails["webhook"] = status
    async with open_office(database_url, change=with_webhook(providers, OUTWARD)) as office:
        await office.ada.types("/incident declare sev1 Checkout is down")
        await office.passes(seconds=5)
        (failed,) = [entry["data"] for entry in await office.timeline() if entry["kind"] == "failed"]
        assert failed["what"] == "sending a webhook by the rule status-page"
        assert mend in failed["mend"]
        assert providers.url not in str(failed)


@pytest.mark.usefixtures("secret")
async def test_a_private_address_is_not_asked_unless_app_yaml_allows_it(
    database_url: str, providers: StandIn
) -> None:
    careful = with_webhook(providers, OUTWARD, private_networks=())
    async with open_office(database_url, change=careful) as office:
        await office.ada.types("/incident declare sev1 Checkout is down")
        await office.passes(seconds=5)
        (failed,) = [entry["data"] for entry in await office.timeline() if entry["kind"] == "failed"]
        assert "private_networks" in failed["mend"]
        assert providers.got == []


async def test_a_webhook_without_a_secret_is_not_sent(database_url: str, providers: StandIn) -> None:
    async with open_office(database_url, change=with_webhook(providers, OUTWARD)) as office:
        await office.ada.types("/incident declare sev1 Checkout is down")
        await office.passes(seconds=5)
        (failed,) = [entry["data"] for entry in await office.timeline() if entry["kind"] == "failed"]
        assert failed["mend"] == "Set TOCSIN_WEBHOOK_STATUS_PAGE and restart."
        assert providers.got == []


# -- app.yaml changes meanwhile ---------------------------------------------------------------------------------


async def test_what_was_taken_out_of_app_yaml_meanwhile_is_left_out_and_the_timeline_says_so(
    database_url: str,
) -> None:
    async with open_office(database_url, change=with_rules(SUPPORT)) as office:
        await office.fault("chat.postMessage", "error", error="not_in_channel", match={"channel": "#general"})
        await office.ada.types("/incident declare sev1 Checkout is down")
        await office.passes(seconds=4)
        await office.stop_bot()
        office.config = with_rules({**SUPPORT, "then": [{"message": "Something else"}]})(office.config)
        await office.start_bot()
        await office.no_faults()
        await office.passes(minutes=10)
        assert [(entry["what"], entry["action"]) for entry in await told(office)] == [("left_out", "message")]


# -- user groups ------------------------------------------------------------------------------------------------

ON_DECK = {
    "name": "on-deck",
    "when": ["declared", "severity"],
    "if": {"severities": ["SEV1"]},
    "then": [{"invite": "@payments-team"}],
}


async def has_group(office: Office, *users: str) -> None:
    body = {"handle": "payments-team", "name": "Payments", "users": list(users)}
    answer = await office.post("/workspace/usergroups", body)
    assert answer["ok"], answer


async def members(office: Office, number: int = 1) -> set[str]:
    return set((await office.channel(await office.incident_channel(number)))["members"])


async def test_a_user_group_is_invited_and_takes_part(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(ON_DECK)) as office:
        guest = await office.newcomer("gil", is_restricted=True)
        await office.ada.types("/incident declare sev3 Nothing yet")  # learns who Gil is
        await guest.types("/incident list")
        await has_group(office, office.cleo.id, office.dev.id, office.ada.id, guest.id)
        await office.ada.types("/incident declare sev1 Cards are refused")
        await office.passes(seconds=4)
        assert {office.ada.id, office.cleo.id, office.dev.id} <= await members(office, 2)
        assert guest.id not in await members(office, 2)
        (entry,) = await told(office, 2)
        assert (entry["group"], entry["people"]) == ("payments-team", 2)
        await office.ada.types("/incident severity 2 sev2")
        await office.ada.types("/incident severity 2 sev1")
        assert [one["people"] for one in await told(office, 2)] == [2, 0]


async def test_more_people_than_one_invitation_takes_all_come(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(ON_DECK)) as office:
        many = [(await office.newcomer(f"p{number}")).id for number in range(130)]
        await has_group(office, *many)
        await office.ada.types("/incident declare sev1 Cards are refused")
        await office.passes(seconds=4)
        await office.passes(minutes=2)
        assert set(many) <= await members(office)
        largest = max(
            call["args"]["users"].count(",") + 1 for call in await office.calls("conversations.invite")
        )
        assert largest == 100


async def test_a_group_that_slack_does_not_know_is_told_with_its_mend(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(ON_DECK)) as office:
        await office.ada.types("/incident declare sev1 Cards are refused")
        await office.passes(seconds=4)
        (entry,) = await told(office)
        assert entry["what"] == "failed"
        assert "@payments-team" in entry["problem"]
        assert "Make it in Slack" in entry["mend"]


async def test_a_plan_without_user_groups_is_told(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(ON_DECK, SUPPORT)) as office:
        await office.fault("usergroups.list", "error", error="plan_upgrade_required")
        await office.ada.types("/incident declare sev1 Cards are refused")
        await office.passes(seconds=4)
        (failed,) = [entry["data"] for entry in await office.timeline() if entry["kind"] == "failed"]
        assert failed["what"] == "inviting a user group by the rule on-deck"
        assert "plan" in failed["mend"]
        assert [entry["rule"] for entry in await told(office)] == ["tell-support"], (
            "it holds up no other rule"
        )


# -- checklists -------------------------------------------------------------------------------------------------


async def test_a_checklist_is_posted_once_however_often_it_is_asked_for(database_url: str) -> None:
    rule = {
        "name": "take-care",
        "when": ["declared", "severity"],
        "then": [{"checklist": "database-failover"}],
    }

    def change(config: Config) -> Config:
        return with_rules(rule)(config.model_copy(update={"runbooks": sample().runbooks}))

    async with open_office(database_url, change=change) as office:
        await office.settled()
        await office.ada.types("/incident declare sev2 Accounts are slow")
        await office.ada.types("/incident severity 1 sev1")
        await office.passes(seconds=4)
        read = [m["text"] for m in await office.ada.messages(await office.incident_channel())]
        assert sum("Database failover" in text and "of 8" in text for text in read) == 1, read
        (card,) = [place for place, text in enumerate(read) if "Accounts are slow – " in text]
        assert "of 8" not in "".join(read[:card]), "whoever opens the channel reads first what it is about"
        (entry,) = [one["data"] for one in await office.timeline() if one["kind"] == "runbook"]
        assert (entry["rule"], entry["because"]) == ("take-care", "it was declared as SEV2")
        await office.ada.types("/incident timeline 1")
        assert "Rule *take-care* posted the steps" in said(await office.ada.modal())
        assert await told(office) == []


async def test_a_checklist_that_is_not_there_is_told_and_the_rest_is_done(database_url: str) -> None:
    rule = {**SUPPORT, "then": [{"checklist": "nowhere"}, *SUPPORT["then"]]}
    async with open_office(database_url, change=with_rules(rule)) as office:
        await office.ada.types("/incident declare sev1 Accounts are slow")
        await office.passes(seconds=4)
        found = await told(office)
        assert [(one["what"], one.get("action")) for one in found] == [
            ("failed", "checklist"),
            ("message", None),
        ]
        assert "There is no runbook “nowhere”" in found[0]["problem"]
        assert "/ops runbooks" in found[0]["mend"]


# -- tasks ------------------------------------------------------------------------------------------------------


async def test_tasks_are_added_for_whoever_takes_them(database_url: str) -> None:
    rule = {
        "name": "first-steps",
        "when": "declared",
        "then": [{"tasks": ["Tell support", "Freeze <deployments>"]}],
    }
    async with open_office(database_url, change=with_rules(rule)) as office:
        await office.ada.types("/incident declare sev1 Checkout is down")
        await office.passes(seconds=4)
        (entry,) = await told(office)
        assert (entry["what"], len(entry["tasks"])) == ("tasks", 2)
        added = [one for one in await office.timeline() if one["kind"] == "task"]
        assert [one["data"]["title"] for one in added] == ["Tell support", "Freeze <deployments>"]
        assert all(one["author"] is None for one in added)
        assert "Freeze &lt;deployments&gt;" in await office.bo.reads(await office.incident_channel())


async def test_the_card_comes_first_whatever_was_to_be_said_before_there_was_a_channel(
    database_url: str,
) -> None:
    """Tasks of a rule, its message and somebody's quick update all wait for the channel."""
    rule = {
        "name": "first-steps",
        "when": "declared",
        "then": [{"tasks": ["Tell support"]}, {"tasks": ["Freeze"]}, {"message": "Look at the list."}],
    }
    async with open_office(database_url, change=with_rules(rule)) as office:
        await office.fault("conversations.create", "slow", seconds=1, times=1)
        await office.ada.types("/incident declare sev1 Checkout is down", settle=False)
        await office.ada.types("/incident update 1 Looking", settle=False)
        await office.settled()
        await office.passes(seconds=4)
        said_there = [
            said(m) for m in await office.bo.messages(await office.incident_channel()) if m.get("bot_id")
        ]
        assert "Checkout is down" in said_there[0], said_there

        def place(words: str) -> int:
            return next(n for n, text in enumerate(said_there) if n and words in text)

        # The update came before the rule was carried out, or after: neither is wrong.
        assert place("Looking")
        places = [place(words) for words in ("Tell support", "Freeze", "Look at the list.")]
        assert places == sorted(places), said_there


async def test_tasks_are_not_added_to_what_is_closed_and_the_timeline_says_so(database_url: str) -> None:
    rule = {
        "name": "last-steps",
        "when": "status",
        "if": {"statuses": ["closed"]},
        "then": [{"tasks": ["Too late"]}],
    }
    async with open_office(database_url, change=with_rules(rule)) as office:
        await office.ada.types("/incident declare sev3 Checkout is down")
        await office.ada.types("/incident resolve 1")
        await office.ada.types("/incident close 1")
        (entry,) = await told(office)
        assert (entry["what"], entry["action"]) == ("failed", "tasks")
        assert "closed" in entry["problem"]
