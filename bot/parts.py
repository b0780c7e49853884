"""What of the program follows from app.yaml: built whole of one configuration, and replaced whole when that changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.alerts.intake import Intake
from bot.config.sections.checks import check_variables
from bot.config.webhook_secrets import webhook_secrets_of
from bot.core.engine import Step
from bot.core.look import Look
from bot.delivery.calendars import CalendarFetch
from bot.delivery.github import GitHub
from bot.delivery.issue_poll import IssuePolling
from bot.delivery.outbox import Delivery
from bot.delivery.providers import Providers
from bot.delivery.runbooks import RunbookReading, runbook_variables
from bot.delivery.senders import senders
from bot.delivery.ways import Ways
from bot.delivery.webhooks import Webhooks
from bot.oncall.calendars import link_variables
from bot.runtime import Bot
from bot.steps.alerts import Alerts
from bot.steps.checks import Checks
from bot.steps.cleaning import Cleaning
from bot.steps.commands import Commands, command_variables
from bot.steps.due import STEPS, Due, DueRows
from bot.steps.oncall import OnCall
from bot.steps.paging import Paging
from bot.steps.planning import PlanningReminders
from bot.steps.probes import ShiftProbes
from bot.steps.recurring import Recurring
from bot.steps.rewording import Rewording
from bot.steps.routine_tasks import RoutineTasks


class Parts:
    """Nothing in them changes but what is under way beside the tick, which `go_on_from` takes over from the former ones:
    what was begun ends by the configuration that it began with.
    """

    def __init__(self, bot: Bot, *, intake: Intake, worker: str) -> None:
        config, db, clock, settings = bot.config, bot.db, bot.clock, bot.settings
        folder = settings.config.parent
        self.bot = bot
        self.providers = Providers(
            gateways=settings.gateways,
            vault=bot.vault,
            within=config.paging.send_within,
            private_networks=config.paging.private_networks,
            organization=config.organization,
        )
        secrets_of = settings.links([config.github.token_from] if config.github is not None else [])
        self.github = GitHub(config, clock, next(iter(secrets_of.values()), None))
        self.paging = Paging(config=config, db=db, clock=clock, worker=worker)
        self.alerts = Alerts(
            config=config, db=db, clock=clock, worker=worker, coming_in=lambda: intake.waiting
        )
        self.delivery = Delivery(
            config=config,
            db=db,
            clock=clock,
            slack=bot.slack,
            senders=senders(
                config,
                Ways(
                    self.providers,
                    db,
                    clock,
                    settings.public_url,
                    bot.signer,
                    self.github,
                    Webhooks(
                        webhook_secrets_of(settings, config),
                        settings.links(one.url_from for one in config.webhooks if one.url_from),
                    ),
                ),
            ),
            foreground=bot.foreground,
            worker=worker,
        )
        links = settings.links(link_variables(config))
        self.calendars = CalendarFetch(config=config, db=db, clock=clock, folder=folder, links=links)
        self.oncall = OnCall(config=config, db=db, clock=clock)
        self.probes = ShiftProbes(config=config, db=db, clock=clock, methods_exist=bot.vault.is_open)
        self.checks = Checks(
            config=config,
            db=db,
            clock=clock,
            folder=folder,
            secrets=settings.links(check_variables(config.checks, config.slos)),
            worker=worker,
        )
        self.runbooks = RunbookReading(
            config=config,
            db=db,
            clock=clock,
            folder=folder,
            links=settings.links(runbook_variables(config)),
        )
        self.commands = Commands(
            config=config,
            db=db,
            clock=clock,
            folder=folder,
            variables=settings.links(command_variables(config)),
            worker=worker,
        )
        self.issues = IssuePolling(config=config, db=db, clock=clock, github=self.github)
        self.recurring = Recurring(config=config, db=db, clock=clock)
        wording = config.reviews.wording
        key_from = wording.key_from if wording is not None else None
        self.rewording = Rewording(
            config=config,
            db=db,
            clock=clock,
            key=settings.links([key_from]).get(key_from) if key_from is not None else None,
            worker=worker,
        )
        self.routine_tasks = RoutineTasks(config=config, db=db, clock=clock, folder=folder, worker=worker)
        self.planning = PlanningReminders(config=config, db=db, clock=clock)
        self.cleaning = Cleaning(config=config, db=db, clock=clock, links=links)

    def steps(self) -> list[Step]:
        """What the tick does, in this order."""
        look = Look(self.bot.db, self.bot.clock)
        return [
            Step("alerts", self.alerts.run),
            Step("pages", self.paging.run),
            Step("auditor", self.paging.audit),
            Step("what is due", look.again),
            look.step("on call", self.oncall.run, *OnCall.MOMENTS),
            Step("outbox", self.delivery.run),
            # What can wait a moment: nobody's click or page waits behind these looks.
            look.step("what recurs", self.recurring.run, *Recurring.MOMENTS),
            *(self._due(look, name, kinds) for name, kinds in STEPS.items()),
            look.step("other wordings", self.rewording.run, *Rewording.MOMENTS),
            look.step("routine tasks", self.routine_tasks.run, *RoutineTasks.MOMENTS),
            look.step(
                "risks and decisions",
                self.planning.run,
                *PlanningReminders.MOMENTS,
                or_if=lambda: self.planning.is_to_ask,
            ),
            Step("calendars", self.calendars.run),
            look.step(
                "runbooks",
                self.runbooks.run,
                *RunbookReading.MOMENTS,
                or_if=lambda: self.runbooks.is_to_look_at_files,
            ),
            look.step("commands", self.commands.run, *Commands.MOMENTS),
            Step("issues", self.issues.run),
            look.step("probes", self.probes.run, *ShiftProbes.MOMENTS),
            Step("checks", self.checks.run),
            Step("old results", self.checks.thin),
            Step("cleaning", self.cleaning.run),
        ]

    def _due(self, look: Look, name: str, kinds: Sequence[Due]) -> Step:
        rows = DueRows(kinds, config=self.bot.config, db=self.bot.db, clock=self.bot.clock)
        return look.step(name, rows.run, *(one.moment for one in kinds))

    def go_on_from(self, former: Parts) -> None:
        """Takes over what is under way, so that it is counted, waited for at the end, and not begun twice."""
        self.providers.go_on_from(former.providers)
        self.paging.go_on_from(former.paging)
        self.delivery.go_on_from(former.delivery)
        self.calendars.go_on_from(former.calendars)
        self.checks.go_on_from(former.checks)
        self.runbooks.go_on_from(former.runbooks)
        self.commands.go_on_from(former.commands)
        self.issues.go_on_from(former.issues)
        self.rewording.go_on_from(former.rewording)
        self.routine_tasks.go_on_from(former.routine_tasks)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way beside the tick."""
        return (
            self.delivery.is_busy
            or self.calendars.is_busy
            or self.issues.is_busy
            or self.checks.is_busy
            or self.runbooks.is_busy
            or self.commands.is_busy
            or self.rewording.is_busy
            or self.routine_tasks.is_busy
        )

    async def stop(self, patience: timedelta) -> None:
        """Takes nothing new; what the outbox has in flight gets that long, the rest is taken up at the next start."""
        await self.delivery.stop(patience)
        await self.calendars.stop()
        await self.runbooks.stop()
        await self.commands.stop()
        await self.rewording.stop()
        await self.issues.stop()
        await self.checks.stop()
        await self.routine_tasks.stop()
        self.providers.stop()
