"""Who may do what by `permissions` of app.yaml, and what those are told who may not."""

from typing import Any

from bot.config import Config
from bot.config.sections.permissions import Permissions
from bot.core.audit import AuditLine, audit_lines
from tests.acceptance.changes import Change
from tests.acceptance.office import Office, Person, open_office, said


def permitting(**written: Any) -> Change:
    """These permissions, as app.yaml would have them."""

    def change(config: Config) -> Config:
        return config.model_copy(update={"permissions": Permissions.model_validate(written)})

    return change


async def audited(office: Office, act: str = "refused") -> list[AuditLine]:
    async with office.app.bot.db.read() as session:
        return list(reversed(await audit_lines(session, act=act)))


async def declared(office: Office, words: str = "sev1 Checkout is down") -> str:
    await office.ada.types(f"/incident declare {words}")
    return await office.incident_channel()


async def with_group(office: Office, *people: Person, handle: str = "sre") -> str:
    """A user group of Slack; returns its id."""
    made = await office.post(
        "/workspace/usergroups", {"handle": handle, "name": handle, "users": [p.id for p in people]}
    )
    return str(made["usergroup"]["id"])


async def others_are_in(office: Office, group: str, *people: Person) -> None:
    """Somebody changes the group in Slack."""
    changed = {"usergroup": group, "users": ",".join(one.id for one in people)}
    headers = {"Authorization": "Bearer xoxb-playground"}
    url = f"{office.playground.url}/api/usergroups.users.update"
    async with office.http.post(url, data=changed, headers=headers) as response:
        assert (await response.json())["ok"]
    await office.settled()


async def test_without_a_section_every_full_member_may(office: Office) -> None:
    await declared(office)
    for words in (
        "severity 1 sev2",
        "resolve 1",
        "status 1 investigating It is back",
        "resolve 1",
        "close 1",
    ):
        answer = await office.eve.types(f"/incident {words}")
        assert ":warning:" not in answer, words
    assert (await office.record())["status"] == "closed"
    for act in ("reopened", "closed"):
        (line,) = await audited(office, act)
        assert (line.by, line.incident_id, line.data) == (office.eve.id, 1, {})


async def test_only_whom_app_yaml_names(database_url: str) -> None:
    change = permitting(severity="person:bo", resolve=["person:bo"], close=[], reopen="person:bo")
    async with open_office(database_url, change=change) as office:
        await declared(office)
        for words, deed in (("severity 1 sev2", "rate incidents"), ("resolve 1", "resolve incidents")):
            answer = await office.ada.types(f"/incident {words}")
            assert f"You may not {deed}: Example Shop leaves that to bo." in answer
            assert answer.endswith("Ask bo to do it."), "of one person nobody says “one of them”"
        assert (await office.record())["severity"] == "SEV1"
        assert "SEV2" in await office.bo.types("/incident severity 1 sev2")
        assert "resolved" in await office.bo.types("/incident resolve 1")
        answer = await office.ada.types("/incident status 1 monitoring")
        assert "may not take incidents up again" in answer
        answer = await office.bo.types("/incident close 1")
        assert "may not close incidents: Example Shop leaves that to whoever runs Tocsin" in answer
        assert (await office.record())["status"] == "resolved"
        assert [(line.by, line.incident_id, line.data["permission"]) for line in await audited(office)] == [
            (office.ada.id, 1, "severity"),
            (office.ada.id, 1, "resolve"),
            (office.ada.id, 1, "reopen"),
            (office.bo.id, 1, "close"),
        ]


async def test_a_refusal_is_told_to_that_person_alone(database_url: str) -> None:
    async with open_office(database_url, change=permitting(resolve="person:bo", close=[])) as office:
        channel = await declared(office)
        before = len(await office.ada.messages(channel))
        await office.eve.joins(channel)
        await office.eve.clicks("Resolve", channel=channel)
        assert "leaves that to bo" in await office.eve.is_told(channel)
        assert await office.eve.modals() == [], "nobody fills in a form for nothing"
        assert await office.ada.is_told(channel) == ""
        joined = 1  # Slack's own word of it
        assert len(await office.ada.messages(channel)) <= before + joined
        assert (await office.record())["status"] == "investigating"


async def test_responders_are_those_who_take_part_or_are_on_call(database_url: str) -> None:
    """Schedules: ada has `primary`, finn `backup` (office.calm)."""

    def change(config: Config) -> Config:
        on_call = [
            policy.model_copy(
                update={
                    "steps": (policy.steps[0].model_copy(update={"notify": ("schedule:backup",)}),),
                }
            )
            for policy in config.escalation_policies
        ]
        return permitting(resolve="responders")(
            config.model_copy(update={"escalation_policies": tuple(on_call)})
        )

    async with open_office(database_url, change=change) as office:
        await office.ada.types("/incident declare sev4 Checkout is slow")
        answer = await office.eve.types("/incident resolve 1")
        assert "leaves that to those who respond to the incident" in answer
        assert "Join it first (`/incident join 1`)" in answer
        assert "resolved" in await office.finn.types("/incident resolve 1")
        await office.ada.types("/incident declare sev4 Search is slow")
        await office.eve.types("/incident join 2")
        assert "resolved" in await office.eve.types("/incident resolve 2")


async def test_who_is_on_call_in_a_schedule(database_url: str) -> None:
    async with open_office(database_url, change=permitting(declare="schedule:backup")) as office:
        answer = await office.ada.types("/incident declare sev1 Mine")
        assert "You may not declare incidents" in answer
        assert "whoever is on call for" in answer
        assert "#1" in await office.finn.types("/incident declare sev1 Checkout is down")


async def test_the_form_to_declare_is_not_opened_for_nothing(database_url: str) -> None:
    async with open_office(database_url, change=permitting(declare="person:bo")) as office:
        assert "leaves that to bo" in await office.ada.types("/incident declare")
        await office.ada.uses_shortcut("declare")
        assert "How bad is it?" not in said(await office.ada.modals())


async def test_a_user_group_of_slack(database_url: str) -> None:
    async with open_office(database_url, change=permitting(close=["group:@sre"]), start=False) as office:
        group = await with_group(office, office.cleo)
        await office.start_bot()
        await office.settled()
        channel = await declared(office)
        await office.ada.types("/incident resolve", channel)
        assert "leaves that to @sre" in await office.ada.types("/incident close", channel)
        await others_are_in(office, group, office.ada)
        assert "leaves that to @sre" in await office.cleo.types("/incident close 1")
        assert "closed" in await office.ada.types("/incident close", channel)


async def test_a_group_that_slack_has_not_told_of_stops_no_urgent_work(database_url: str) -> None:
    change = permitting(severity="group:sre", resolve="group:sre", close="group:sre", declare="group:sre")
    async with open_office(database_url, change=change, start=False) as office:
        await with_group(office, office.cleo)
        await office.fault("usergroups.list", "error", error="fatal_error")
        await office.start_bot()
        channel = await declared(office)
        assert "SEV2" in await office.ada.types("/incident severity sev2", channel)
        assert "resolved" in await office.ada.types("/incident resolve", channel)
        answer = await office.ada.types("/incident close", channel)
        assert "Slack has not said yet who is in @sre" in answer
        assert [line.data["permission"] for line in await audited(office, "let_pass")] == [
            "declare",
            "severity",
            "resolve",
        ]
        assert [line.data["reason"] for line in await audited(office)] == ["user group not known yet"]
        await office.no_faults()
        await office.passes(hours=2)
        assert "leaves that to @sre" in await office.ada.types("/incident close", channel)
        assert "may not declare" in await office.ada.types("/incident declare sev1 Again")
        assert "closed" in await office.cleo.types("/incident close 1")


async def test_what_slack_said_last_of_a_group_holds_while_it_is_away(database_url: str) -> None:
    async with open_office(database_url, change=permitting(close="group:sre"), start=False) as office:
        await with_group(office, office.cleo)
        await office.start_bot()
        await office.settled()
        await declared(office)
        await office.ada.types("/incident resolve 1")
        await office.fault("usergroups.list", "error", error="fatal_error")
        await office.passes(hours=30)
        assert "leaves that to @sre" in await office.ada.types("/incident close 1")
        assert "closed" in await office.cleo.types("/incident close 1")


async def test_a_group_that_slack_does_not_know_has_nobody_in_it(database_url: str) -> None:
    async with open_office(database_url, change=permitting(declare=["group:ghosts", "person:bo"])) as office:
        await office.settled()
        assert "leaves that to @ghosts and bo" in await office.ada.types("/incident declare sev1 Mine")
        assert "#1" in await office.bo.types("/incident declare sev1 Checkout is down")


async def test_private_incidents_only_by_those_who_may(database_url: str) -> None:
    async def declares(person: Person) -> dict[str, Any]:
        await person.uses_shortcut("declare")
        return await person.submits(title="A leak", severity="SEV1", options=["private"])

    async with open_office(database_url, change=permitting(private="person:bo")) as office:
        assert "You may not declare private incidents" in str(await declares(office.ada))
        assert "No incident was ever declared" in await office.ada.types("/incident list all")
        assert await declares(office.bo) == {}
        assert (await office.record())["private"] is True
        assert [line.by for line in await audited(office, "declared_private")] == [office.bo.id]


async def test_a_guest_who_is_admitted(database_url: str) -> None:
    """By their address, as somebody of `people`."""

    def change(config: Config) -> Config:
        gil = config.people[0].model_copy(update={"name": "gil", "email": "gil@example.com"})
        with_gil = config.model_copy(update={"people": (*config.people, gil)})
        return permitting(guests="person:gil", close="person:bo")(with_gil)

    async with open_office(database_url, change=change) as office:
        channel = await declared(office)
        gil = await office.newcomer("gil", is_restricted=True, email="gil@example.com")
        una = await office.newcomer("una", is_restricted=True, email="una@example.com")
        assert "Checkout" in await gil.types("/incident list")
        assert "Checkout" in said(await gil.home())
        await office.ada.invites(gil, channel)
        assert "you are" in await gil.types("/incident lead", channel)
        assert "resolved" in await gil.types("/incident resolve 1")
        assert "leaves that to bo" in await gil.types("/incident close 1")
        assert "may not act" in await una.types("/incident list")
        assert "full members" in said(await una.home())


async def test_somebody_of_another_organization_who_is_admitted(database_url: str) -> None:
    async with open_office(database_url, change=permitting(external="everyone")) as office:
        channel = await declared(office)
        pia = await office.newcomer("pia", team_id="T0PARTNER")
        gil = await office.newcomer("gil", is_restricted=True)
        await office.ada.invites(pia, channel)
        assert "resolved" in await pia.types("/incident resolve 1", channel)
        assert "may not act" in await gil.types("/incident list")


async def test_who_has_left_is_never_admitted(database_url: str) -> None:
    change = permitting(guests="everyone", external="everyone")
    async with open_office(database_url, change=change) as office:
        await declared(office)
        gil = await office.newcomer("gil", is_restricted=True)
        assert "Checkout" in said(await gil.home())
        office.playground.workspace.people[gil.id].deleted = True
        await office.passes(hours=25)  # the members are read
        assert "may not act" in await gil.types("/incident list")


async def test_what_is_done_to_records_and_to_other_peoples_shifts_is_audited(office: Office) -> None:
    """Numbers and names of app.yaml only: of a private incident the audit log tells nothing else."""
    for words in (
        "declare sev4 Secret one",
        "declare sev4 Secret two",
        "note 1 Secret note",
        "export 1 html",
    ):
        await office.ada.types(f"/incident {words}")
    (note,) = [entry["number"] for entry in await office.timeline() if entry["kind"] == "note"]
    for what in ("hide", "show", "redact"):
        await office.ada.types("/incident timeline 1")
        menu = next(
            (block["accessory"], block["block_id"])
            for block in (await office.ada.modal())["blocks"]
            if f":{note}." in str(block.get("accessory"))
        )
        option = next(o["value"] for o in menu[0]["options"] if f":{note}.{what}" in o["value"])
        where = {"container": {"view": (await office.ada.modal())["id"]}, "block_id": menu[1]}
        await office.ada.act("click", {**where, "action_id": menu[0]["action_id"], "value": option})
        assert await office.ada.submits(why="Secret reason") == {}
        await office.ada.closes()
    await office.ada.types("/incident merge 1 2 Secret words")
    await office.bo.types("/oncall override primary @cleo for 2h Secret dentist")
    await office.ada.types("/oncall override cancel 1")
    async with office.app.bot.db.read() as session:
        lines = list(reversed(await audit_lines(session)))
    assert [(line.act, line.by, line.incident_id, line.data) for line in lines] == [
        ("exported", office.ada.id, 1, {"form": "html"}),
        ("hidden", office.ada.id, 1, {"entry": note}),
        ("shown", office.ada.id, 1, {"entry": note}),
        ("redacted", office.ada.id, 1, {"entry": note}),
        ("merged", office.ada.id, 1, {"into": 2}),
        ("override_made", office.bo.id, None, {"schedule": "primary", "override": 1}),
        ("override_cancelled", office.ada.id, None, {"schedule": "primary", "override": 1}),
    ]


async def test_what_people_arrange_about_their_own_shifts_is_not_in_the_audit_log(office: Office) -> None:
    assert "Override" in await office.ada.types("/oncall override primary me for 1h")
    async with office.app.bot.db.read() as session:
        assert await audit_lines(session) == []
