"""Slack's and HTTP's side: thin handlers, a folder a payload kind, and the one list of them all."""

from slack_bolt.async_app import AsyncApp

from bot.runtime import BotOfNow
from handlers import request
from handlers.actions import actions as action_actions
from handlers.actions import amendments as amendment_actions
from handlers.actions import backlog as backlog_actions
from handlers.actions import card, pages, paging
from handlers.actions import checks as check_actions
from handlers.actions import configuration as configuration_actions
from handlers.actions import contacts as contact_actions
from handlers.actions import decisions as decision_actions
from handlers.actions import declare as declare_actions
from handlers.actions import handover as handover_actions
from handlers.actions import incident_lists as incident_list_actions
from handlers.actions import maintenance as maintenance_actions
from handlers.actions import meetings as meeting_actions
from handlers.actions import nudges as nudge_actions
from handlers.actions import oncall as oncall_actions
from handlers.actions import plans as plan_actions
from handlers.actions import review_wording as review_wording_actions
from handlers.actions import reviews as review_actions
from handlers.actions import risks as risk_actions
from handlers.actions import routine_tasks as routine_task_actions
from handlers.actions import runbooks as runbook_actions
from handlers.actions import search as search_actions
from handlers.actions import tasks as task_actions
from handlers.by_name import ByName
from handlers.commands import check as check_command
from handlers.commands import incident
from handlers.commands import oncall as oncall_commands
from handlers.commands import ops as ops_command
from handlers.commands import page as page_command
from handlers.entry import listener
from handlers.events import archives, home, members, messages, user_groups
from handlers.options import declare as declare_options
from handlers.options import incidents as incident_options
from handlers.options import paging as paging_options
from handlers.registrations import Action, Command, Event, Options, Shortcut, Submission
from handlers.shortcuts import backlog as backlog_shortcuts
from handlers.shortcuts import declare as declare_shortcuts
from handlers.shortcuts import tasks as task_shortcuts
from handlers.shortcuts import timeline as timeline_shortcuts
from handlers.submissions import actions as action_submissions
from handlers.submissions import amendments as amendment_submissions
from handlers.submissions import backlog as backlog_submissions
from handlers.submissions import contacts as contact_submissions
from handlers.submissions import decisions as decision_submissions
from handlers.submissions import declare as declare_submissions
from handlers.submissions import handover as handover_submissions
from handlers.submissions import incident_lists as incident_list_submissions
from handlers.submissions import maintenance as maintenance_submissions
from handlers.submissions import meetings as meeting_submissions
from handlers.submissions import oncall as oncall_submissions
from handlers.submissions import paging as paging_submissions
from handlers.submissions import plans as plan_submissions
from handlers.submissions import reviews as review_submissions
from handlers.submissions import risks as risk_submissions
from handlers.submissions import routine_tasks as routine_task_submissions
from handlers.submissions import runbooks as runbook_submissions
from handlers.submissions import search as search_submissions
from handlers.submissions import tasks as task_submissions
from handlers.submissions import work as work_submissions

COMMANDS: tuple[Command, ...] = (
    *incident.COMMANDS,
    *page_command.COMMANDS,
    *oncall_commands.COMMANDS,
    *check_command.COMMANDS,
    *ops_command.COMMANDS,
)
SHORTCUTS: tuple[Shortcut, ...] = (
    *declare_shortcuts.SHORTCUTS,
    *timeline_shortcuts.SHORTCUTS,
    *backlog_shortcuts.SHORTCUTS,
    *task_shortcuts.SHORTCUTS,
)
ACTIONS: tuple[Action, ...] = (
    *card.ACTIONS,
    *declare_actions.ACTIONS,
    *nudge_actions.ACTIONS,
    *pages.ACTIONS,
    *incident_list_actions.ACTIONS,
    *amendment_actions.ACTIONS,
    *paging.ACTIONS,
    *oncall_actions.ACTIONS,
    *contact_actions.ACTIONS,
    *check_actions.ACTIONS,
    *configuration_actions.ACTIONS,
    *maintenance_actions.ACTIONS,
    *backlog_actions.ACTIONS,
    *risk_actions.ACTIONS,
    *decision_actions.ACTIONS,
    *plan_actions.ACTIONS,
    *action_actions.ACTIONS,
    *review_actions.ACTIONS,
    *review_wording_actions.ACTIONS,
    *routine_task_actions.ACTIONS,
    *meeting_actions.ACTIONS,
    *runbook_actions.ACTIONS,
    *search_actions.ACTIONS,
    *task_actions.ACTIONS,
    *handover_actions.ACTIONS,
)
OPTIONS: tuple[Options, ...] = (*declare_options.OPTIONS, *incident_options.OPTIONS, *paging_options.OPTIONS)
SUBMISSIONS: tuple[Submission, ...] = (
    *declare_submissions.SUBMISSIONS,
    *work_submissions.SUBMISSIONS,
    *incident_list_submissions.SUBMISSIONS,
    *amendment_submissions.SUBMISSIONS,
    *oncall_submissions.SUBMISSIONS,
    *contact_submissions.SUBMISSIONS,
    *paging_submissions.SUBMISSIONS,
    *maintenance_submissions.SUBMISSIONS,
    *backlog_submissions.SUBMISSIONS,
    *risk_submissions.SUBMISSIONS,
    *decision_submissions.SUBMISSIONS,
    *plan_submissions.SUBMISSIONS,
    *action_submissions.SUBMISSIONS,
    *review_submissions.SUBMISSIONS,
    *routine_task_submissions.SUBMISSIONS,
    *meeting_submissions.SUBMISSIONS,
    *runbook_submissions.SUBMISSIONS,
    *search_submissions.SUBMISSIONS,
    *task_submissions.SUBMISSIONS,
    *handover_submissions.SUBMISSIONS,
)
EVENTS: tuple[Event, ...] = (
    *messages.EVENTS,
    *members.EVENTS,
    *archives.EVENTS,
    *home.EVENTS,
    *user_groups.EVENTS,
)


def register(app: AsyncApp, bot: BotOfNow) -> None:
    """Registers every handler with Bolt. The manifest is made from the same lists (handlers.manifest)."""
    kinds = (
        (app.command, request.from_command, [(command.name, command.handle) for command in COMMANDS]),
        (
            app.shortcut,
            request.from_shortcut,
            [(shortcut.callback_id, shortcut.handle) for shortcut in SHORTCUTS],
        ),
        (app.action, request.from_action, [(action.action_id, action.handle) for action in ACTIONS]),
        (app.options, request.from_options, [(menu.action_id, menu.handle) for menu in OPTIONS]),
        (
            app.view_submission,
            request.from_submission,
            [(form.callback_id, form.handle) for form in SUBMISSIONS],
        ),
        (app.event, request.from_event, [(event.type, event.handle) for event in EVENTS]),
    )
    for listens_to, make, handlers in kinds:
        by_name = ByName(handlers)
        listens_to(by_name.names)(listener(bot, by_name, make))
