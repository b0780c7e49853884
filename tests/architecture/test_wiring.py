"""What must fit together fits: intents and senders, methods and scopes, buttons and handlers, rows and tables."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import bot
from bot.core.db import Base
from bot.core.outbox import OutboxItem
from bot.delivery.methods import SCOPES, TIERS, Tier
from bot.delivery.senders import SENDERS
from bot.incidents.backlog import Which
from bot.incidents.field_values import INPUT
from bot.incidents.filters import Filter
from bot.incidents.listing import Listed
from bot.incidents.nudging import KINDS as KINDS_OF_NUDGES
from bot.incidents.rows import Nudge
from bot.paging import targets
from bot.routine import plan_outcome
from bot.routine.plan_rows import STATUSES as PLAN_STATUSES
from bot.rows import METADATA
from bot.views import (
    action_items,
    administration,
    alert_review,
    amendments,
    announcement,
    backlog,
    card,
    catch_up,
    checks,
    contacts,
    decisions,
    forms,
    home,
    lists,
    maintenance,
    messages,
    nudge,
    oncall,
    page,
    page_forms,
    page_notice,
    plans,
    review_wording,
    reviews,
    risks,
    runbooks,
    search,
    tasks,
    timeline,
    timeline_page,
)
from handlers import ACTIONS, EVENTS, OPTIONS, SHORTCUTS, SUBMISSIONS
from playground.web_api import METHODS as PLAYED
from tests.architecture.source import ROOT, at, calls, dotted, files, tree
from tests.views import anything, reviews_of, routine_things
from tests.views.slack_limits import elements

UTC = ZoneInfo("UTC")

# -- intents --------------------------------------------------------------------------------------------------


def enqueued() -> dict[str, str]:
    """Every kind that is enqueued, and where."""
    found: dict[str, str] = {}
    for file, node in calls("bot", "handlers"):
        if dotted(node.func).rpartition(".")[2] != "enqueue" or len(node.args) < 2:
            continue
        kind = node.args[1]
        if isinstance(kind, ast.Constant):
            found[str(kind.value)] = at(file, node)
        else:
            assert dotted(kind) == "self.kind", f"{at(file, node)}: a kind that cannot be read here"
    return found


def test_every_intent_has_a_sender_and_every_sender_an_intent() -> None:
    kinds = [sender.kind for sender in SENDERS]
    assert len(kinds) == len(set(kinds))
    assert set(enqueued()) == set(kinds)
    longest = OutboxItem.__table__.c.kind.type.length
    assert all(len(kind) <= longest for kind in kinds)


def test_every_sender_is_in_the_list() -> None:
    """One that is written and forgotten would leave its rows undelivered."""
    from bot.delivery.sender import Sender  # the base of all of them

    written: set[type] = set()
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if module.name.startswith("bot.delivery."):
            for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if issubclass(thing, Sender) and "kind" in vars(thing):
                    written.add(thing)
    assert written == set(SENDERS)


def test_a_failure_that_an_incident_shows_says_what_failed() -> None:
    """Whatever is about an incident and can fail is named on its timeline."""
    silent = [s.kind for s in SENDERS if s.kind.startswith(("incident.", "timeline.")) and not s.what]
    assert silent == []


# -- methods --------------------------------------------------------------------------------------------------


def called_methods() -> dict[str, str]:
    """Every Web API method that is named in a Call, and where."""
    found = {}
    for file, node in calls("bot", "handlers"):
        if dotted(node.func).rpartition(".")[2] != "Call" or not node.args:
            continue
        for part in ast.walk(node.args[0]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                found[part.value] = at(file, node)
    for file in files("bot/delivery", "handlers"):  # those that are chosen first and called later
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Constant) and node.value in SCOPES and file.name != "methods.py":
                found.setdefault(str(node.value), at(file, node))
    return found


def test_every_method_that_is_called_is_declared_and_the_other_way_round() -> None:
    called = called_methods()
    assert {method: place for method, place in called.items() if method not in SCOPES} == {}
    assert set(SCOPES) - set(called) == set()


def test_the_sdk_has_every_method() -> None:
    from slack_sdk.web.async_client import AsyncWebClient  # only asked for its names

    assert [method for method in SCOPES if not hasattr(AsyncWebClient, method.replace(".", "_"))] == []


def test_the_playground_plays_every_method() -> None:
    assert set(SCOPES) - set(PLAYED) == set()


def test_every_method_names_its_tier_which_is_the_playgrounds() -> None:
    """Without one it would not be paced, and meet Slack's limits in the first storm."""
    assert set(TIERS) == set(SCOPES)
    usual = {method: tier for method, tier in TIERS.items() if tier is not Tier.SPECIAL}
    of_playground = {1: Tier.ONE, 2: Tier.TWO, 3: Tier.THREE, 4: Tier.FOUR}
    assert usual == {method: of_playground[PLAYED[method].tier] for method in usual}
    assert set(TIERS) - set(usual) == {"auth.test", "chat.getPermalink", "chat.postMessage"}


def test_scopes_have_reasons() -> None:
    for method, scopes in SCOPES.items():
        assert all(len(reason) > 10 for reason in scopes.values()), method
    for event in EVENTS:
        assert all(len(reason) > 10 for reason in event.scopes.values()), event.type


# -- buttons and forms ----------------------------------------------------------------------------------------


def emitted() -> Iterator[dict[str, Any]]:
    """Every view and message that there is, in each state that shows other buttons."""
    config = anything.config()
    for status in ("s0", "resolved", "closed"):
        incident = anything.Incident(
            id=1,
            title="T",
            summary="S",
            severity="SEV0",
            status=status,
            service="v0",
            private=True,
            drill=True,
            declared_at=anything.NOW,
            declared_by="U01",
            resolved_at=anything.NOW,
            channel_id="C0123ABC",
        )
        trouble = OutboxItem(mend="Mend it.")
        around = anything.Situation(incident=incident, problems=[trouble])
        yield {"blocks": card.card(around, config)}
        checked = replace(around, alerts=anything.failing_checks("x"))
        yield {"blocks": card.card(checked, config)}
        written = replace(around, runbooks=(anything.FittingRunbook("failover", "Failover"),))
        yield {"blocks": card.card(written, config)}
        yield {"blocks": card.card_for_reader(around, config)}
        yield {"blocks": announcement.announcement(around, config)}
        yield {"blocks": messages.declared_blocks(incident, around.paging, config)}
        yield {"blocks": lists.incident_list(Listed(Filter(), 2, 100, [incident]), config)}
        for many in (config, anything.config(count=130)):
            yield lists.filter_form(Filter(), many, UTC)
        yield home.home([incident], 100, config)
        entry = anything.note_entry()
        yield timeline_page.timeline_page(incident, [entry], 1, 100, config)
        for what in amendments.LABELS:
            yield amendments.amend_form(incident, entry, what, config)
        for many in (config, anything.config(count=130)):
            yield forms.declare_form(many, metadata="{}", open_incidents=[incident], earlier=True)
        for form in (
            forms.update_form,
            forms.status_form,
            forms.severity_form,
            forms.resolve_form,
            forms.close_form,
            forms.reopen_form,
            forms.merge_form,
            forms.details_form,
            forms.note_form,
            forms.close_form,
            forms.fields_form,
            forms.joined_note,
        ):
            yield form(incident, config)
        yield forms.incident_form(around, config)
        yield forms.message_form("Done", "Words")
        for kind in KINDS_OF_NUDGES:
            yield {"blocks": nudge.question(Nudge(kind=kind), incident, {}, config)}
    paged = anything.how_paged()
    yield {"blocks": contacts.home_section(paged)}
    yield contacts.add_form(list(contacts.TITLES))
    yield contacts.code_form(paged.methods[0])
    yield contacts.rules_form(paged)
    yield contacts.quiet_form(paged.quiet, "Europe/Berlin")
    for state in anything.PAGE_STATES:
        pages = [anything.page_status(number, state) for number in (1, 2)]
        for shown in (pages, pages[:1]):
            yield {"blocks": page.page_blocks(shown, config, first=1)}
        yield {"blocks": page.page_list(pages, config, more=True)}
        for kind in anything.NOTICES:
            asked = anything.page_status(7, state, asked_at=anything.NOW)
            yield {"blocks": page_notice.blocks(anything.notice(kind), asked, config)}
        yield page_forms.snooze_form(pages[0].page, config)
        yield page_forms.page_note_form(pages[0].page, config)
    for count in (5, 130):
        choices = [targets.Choice(f"person:p{n}", f"p{n}") for n in range(count)]
        yield page_forms.page_form(config, choices, ["First responder: *ada*"])
        yield page_forms.reassign_form(anything.page(), config, choices)
    yield from emitted_on_call()
    for count in (3, 130):
        many = anything.checks_config(count)
        yield maintenance.start_form(many, ["v0"], now=anything.NOW)
    silent = anything.maintenance_standings(6)
    yield {"blocks": maintenance.list_blocks(silent, {}, many, now=anything.NOW)}
    yield {"blocks": maintenance.reminder_blocks(anything.maintenance_window(), many)}
    yield from emitted_between_incidents()
    yield from emitted_of_reviews()
    yield from (thing for thing in routine_things.emitted(config) if "blocks" in thing)
    yield from emitted_of_runbooks()
    yield from emitted_of_search()
    yield from emitted_of_tasks()
    checked = anything.checks_config()
    states = {check.name: anything.check_state(check.name) for check in checked.checks}
    yield {"blocks": checks.board(states, {}, checked, now=anything.NOW)}
    yield {
        "blocks": checks.report(
            checked.checks, states, list(states), what="v0", is_over=True, now=anything.NOW
        )
    }


def emitted_of_runbooks() -> Iterator[dict[str, Any]]:
    config, row = anything.config(), anything.runbook()
    yield {"blocks": runbooks.runbook_list([row], 90, 1, lambda _: True)}
    yield {"blocks": runbooks.runbook_blocks(row, is_stale=True)}
    yield {"blocks": runbooks.choose_blocks([row], anything.Incident(id=1), fits=True)}
    yield {"blocks": runbooks.stale_blocks(row)}
    yield {"blocks": runbooks.checklist_blocks(anything.a_checklist(), config)}
    yield {"blocks": runbooks.run_blocks(anything.command_run(), config)}
    yield runbooks.run_form(anything.a_command(), anything.a_checklist(), 4, "0" * 16, config)


def emitted_of_tasks() -> Iterator[dict[str, Any]]:
    config, incident = anything.config(), anything.working_incident()
    around = anything.Situation(incident=incident, roles={"lead": "U01"})
    yield {"blocks": card.card(around, config)}
    yield catch_up.catch_up(around, anything.course(()), config, now=anything.NOW)
    yield catch_up.handover_form(around, config, "U01")
    yield {
        "blocks": catch_up.handover_blocks(
            anything.handover_entry(), ["lead"], around, anything.course(()), config, now=anything.NOW
        )
    }
    rows = [anything.task(1), anything.task(2, owner="U01"), anything.task(3, done=True)]
    yield tasks.tasks_form(incident, rows, 60, 2, 1, config)
    yield tasks.my_tasks_form([(task, incident) for task in rows], 60, 1, config)
    yield tasks.links_form(incident, [anything.a_link(1)], config)
    yield tasks.task_form(incident, config)
    yield tasks.change_form(rows[0])
    yield tasks.link_form(incident, config)
    yield {"blocks": tasks.given_blocks(rows[:2], incident, config)}
    yield {"blocks": tasks.home_section([(rows[0], incident)], 9)}


def emitted_of_search() -> Iterator[dict[str, Any]]:
    config, results = anything.config(), anything.results("x")
    yield {"blocks": search.result_blocks(results, "x", config)}
    yield search.search_form("x")
    yield search.results_view(results, "x", config)


def emitted_on_call() -> Iterator[dict[str, Any]]:
    config = anything.on_call_config()
    shift = anything.shift()
    for kind in ("cover", "swap"):
        for state in anything.REQUEST_STATES:
            for to in (None, "ada", "bo"):
                request = anything.request(kind=kind, state=state)
                yield {"blocks": oncall.request_blocks(request, to, {}, config)}
    yield {"blocks": oncall.overrides_blocks([anything.override()], {}, config)}
    yield {"blocks": oncall.feed_known(anything.feed_link(), config)}
    yield {"blocks": oncall.feed_made(anything.feed_link(), "https://tocsin.example.com/x.ics", config)}
    yield oncall.override_form(config, schedule=None, user="U01", now=anything.NOW)
    yield oncall.cover_form([shift], config, UTC)
    yield oncall.swap_form([shift], [shift], "bo", config, UTC)


def emitted_between_incidents() -> Iterator[dict[str, Any]]:
    config = anything.config()
    for status in anything.ITEM_STATUSES:
        item = anything.item(status=status)
        yield {"blocks": backlog.item_blocks(item, config, behind=anything.BEHIND)}
        for number in (0, 1):
            blocks = backlog.backlog_list([item], {}, 40, number, Which(True, None, "v0"), config)
            yield {"blocks": blocks}
    yield backlog.add_form(config)
    yield backlog.decline_form(anything.item(), config)
    yield backlog.judge_form(anything.item(), config)
    yield backlog.split_form(anything.item(), config)
    yield backlog.change_form(anything.item(), config)
    yield from emitted_of_risks_and_decisions()
    yield from emitted_by_planning()
    yield {
        "blocks": backlog.grooming_blocks(
            anything.GROOMING, anything.progress(anything.item()), anything.FARES, config
        )
    }
    exporting = config.model_copy(update={"github": anything.GITHUB})
    yield {"blocks": action_items.item_blocks(anything.action_item(), exporting, today=anything.NOW.date())}
    for status in anything.ACTION_STATUSES:
        action = anything.action_item(status=status)
        yield {"blocks": action_items.item_blocks(action, config, today=anything.NOW.date())}
    for number in (0, 1):
        blocks = action_items.items_list(
            [action], 40, number, action_items.Which(), config, today=anything.NOW.date()
        )
        yield {"blocks": blocks}
    yield action_items.add_form(config, user="U01", today=anything.NOW.date())
    yield action_items.change_form(action, config, today=anything.NOW.date())
    yield action_items.drop_form(action, config, today=anything.NOW.date())
    for number in (0, 1):
        yield {"blocks": alert_review.review_blocks(anything.review(), number, service=None, config=config)}


def emitted_of_risks_and_decisions() -> Iterator[dict[str, Any]]:
    now = anything.NOW
    risk, decision = anything.risk(), anything.decision()
    for number in (0, 1):
        yield {"blocks": risks.risk_list([risk], 40, number, everything=True, kind=None, now=now)}
        yield {"blocks": decisions.decision_list([decision], 40, number, everything=True, now=now)}
    yield {"blocks": risks.risk_blocks(risk, now=now)}
    versions = [anything.version(number) for number in (3, 2, 1)]
    yield {"blocks": administration.history_blocks(versions)}
    yield {"blocks": administration.difference_blocks(versions[1], versions[0], may_be_restored=True)}
    yield risks.add_form(owner="U01", review_at=now)
    yield risks.review_form(risk, review_at=now)
    yield risks.change_form(risk)
    yield {"blocks": decisions.decision_blocks(decision, now=now)}
    yield decisions.ask_form(owner="U01", due_at=now)
    for form in (decisions.change_form, decisions.decide_form, decisions.drop_form):
        yield form(decision)


def emitted_by_planning() -> Iterator[dict[str, Any]]:
    for status in PLAN_STATUSES:
        for paused_at in (None, anything.NOW):
            plan = anything.plan(status=status, paused_at=paused_at)
            yield {"blocks": plans.message_blocks(plan, plan_outcome.tasks(plan.answers))}
    yield {"blocks": plans.message_blocks(anything.plan(answers={}), ())}
    yield {"blocks": plans.plan_list([anything.plan()], 1)}
    yield plans.answer_form(anything.plan())
    plan = anything.plan(answers={"operations": {"text": "T", "todo": "T", "again": "T"}})
    yield plans.choose_form(plan, plan_outcome.tasks(plan.answers))


def emitted_of_reviews() -> Iterator[dict[str, Any]]:
    config = anything.config()
    for state in reviews_of.STATES:
        for published in (True, False):
            known = reviews_of.review_now(state, published=published)
            yield {"blocks": reviews.review_blocks(known, config, now=anything.NOW)}
            yield {"blocks": reviews.reminder_blocks(known, known.tasks, "owner", config, now=anything.NOW)}
            yield {"blocks": reviews.home_reviews([known], anything.NOW)}
            for number in (0, 1):
                blocks = reviews.review_list([known], 40, 1, number, everything=False, now=anything.NOW)
                yield {"blocks": blocks}
        yield {"blocks": reviews.no_review_blocks(known.incident, config)}
        other = reviews_of.wording("T")
        yield reviews.document_view(
            known,
            reviews_of.document("T"),
            wording=review_wording.note(1, other),
            improver=reviews_of.IMPROVER,
        )
        yield {"blocks": review_wording.told_blocks(known, other)}
        yield review_wording.changes_view(known, other)
        yield reviews.section_form(known, "summary", "x" * reviews.FIELD * reviews.FIELDS)
        yield reviews.whole_form(known, "T")
        yield reviews.skip_form(known, known.tasks[0])
        yield reviews.waive_form(known)
        yield reviews.give_form(known)


def test_every_button_has_one_handler_and_every_handler_a_button() -> None:
    shown = set()
    for thing in emitted():
        for block in thing["blocks"]:
            listened = block["type"] != "input" or block.get("dispatch_action")
            shown |= {part["action_id"] for part in elements(block) if listened}
    unused = list(ACTIONS)
    for action_id in sorted(shown):
        matching = [
            action
            for action in ACTIONS
            if (
                action.action_id.fullmatch(action_id)
                if isinstance(action.action_id, re.Pattern)
                else action.action_id == action_id
            )
        ]
        assert len(matching) == 1, f"{action_id}: {matching}"
        unused = [action for action in unused if action is not matching[0]]
    assert unused == []


def test_every_menu_that_is_searched_has_one_handler_and_every_handler_a_menu() -> None:
    searched = {
        part["action_id"]
        for thing in emitted()
        for block in thing["blocks"]
        for part in elements(block)
        if part["type"].endswith("external_select")
    }
    answered = [menu.action_id for menu in OPTIONS]
    assert len(answered) == len(set(answered))
    assert searched == set(answered)


def test_every_form_has_one_handler_and_every_handler_a_form() -> None:
    sent = {thing["callback_id"] for thing in emitted() if thing.get("submit")}
    handled = [submission.callback_id for submission in SUBMISSIONS]
    assert len(handled) == len(set(handled))
    assert sent == set(handled)
    assert len({shortcut.callback_id for shortcut in SHORTCUTS}) == len(SHORTCUTS)


def test_what_a_form_asks_is_what_its_handler_reads() -> None:
    """A field that is renamed in one place only would be read as empty. The answers to questions of app.yaml are numbered."""
    read: set[str] = set()
    for _, node in calls("handlers"):
        if dotted(node.func).rpartition(".")[2] in ("value", "words", "moment") and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                read.add(str(argument.value))
    asked = {
        re.sub(r"^text\d$", "text", block["block_id"])
        for thing in emitted()
        for block in thing["blocks"]
        if block["type"] == "input" and not block["block_id"].startswith(INPUT)  # app.yaml's own
    }
    assert asked == read


def test_an_error_names_a_field_that_exists() -> None:
    asked = {
        block["block_id"] for thing in emitted() for block in thing["blocks"] if block["type"] == "input"
    }
    for file, node in calls("bot", "handlers"):
        for keyword in node.keywords:
            if keyword.arg == "field" and isinstance(keyword.value, ast.Constant):
                assert keyword.value.value in asked, at(file, node)


# -- timeline -------------------------------------------------------------------------------------------------


def test_every_kind_of_entry_that_is_recorded_has_words() -> None:
    kinds: set[str] = set()
    for _, node in calls("bot", "handlers"):
        if dotted(node.func).rpartition(".")[2] == "record" and len(node.args) >= 3:
            for part in ast.walk(node.args[2]):
                if isinstance(part, ast.Constant):
                    kinds.add(str(part.value))
    for _, node in calls("bot/delivery"):
        if dotted(node.func).rpartition(".")[2] == "_tell":
            kinds |= {
                str(argument.value)
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            }
    assert {"declared", "failed", "given_up", "update"} <= kinds
    assert [kind for kind in sorted(kinds) if not hasattr(timeline.Words, f"_{kind}")] == []
    assert kinds <= {*anything.KINDS}, "the property tests do not know them"


# -- rows -----------------------------------------------------------------------------------------------------


def test_every_row_is_known_to_migrations() -> None:
    script = "import bot.rows; print(' '.join(bot.rows.METADATA.tables))"
    alone = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if not module.name.endswith(("__main__", "demo")):
            importlib.import_module(module.name)
    assert set(alone.stdout.split()) == set(Base.metadata.tables)


def test_every_moment_is_kept_with_its_zone() -> None:
    from bot.core.db import UtcDateTime  # the only type for moments

    for table in METADATA.tables.values():
        for column in table.columns:
            if column.name.endswith(("_at", "_until")) or column.name == "at":
                assert isinstance(column.type, UtcDateTime), f"{table.name}.{column.name}"


# -- emoji ----------------------------------------------------------------------------------------------------


def test_the_playground_shows_every_emoji_that_people_are_told() -> None:
    """Slack has them all; the playground's page has some, and shows the others as their names."""
    table = (ROOT / "playground/page/emoji-table.js").read_text(encoding="utf-8")
    shown = set(re.split(r"[\s/`]+", table))
    told = {
        name
        for file in (*files("bot/views"), *files("handlers"))
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for name in re.findall(r"(?<!\w):([a-z][a-z0-9_+-]+):(?!\w)", node.value)
    }
    assert "rotating_light" in told
    assert told <= shown, told - shown
