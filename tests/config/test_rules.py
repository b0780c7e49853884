"""What each key may hold: broken lines and the exact words that answer them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from bot.config import Config

Told = Callable[..., list[str]]

DURATION = "write a number with a unit, such as 30s, 15m, 2h 30m or 1d"
SLUG = "1 to 40 lowercase letters, digits, - and _, beginning and ending with a letter or digit"
ONE_SERVICE = "services: [{name: web, owner: Shop%s}]"
ONE_INTEGRATION = "integrations: [{name: tool, %s}]"
ONE_RULE = "automation: [{name: r, %s}]"
RULE_OF_FIELDS = """people: [{name: ada, email: a@b.de}]
types: [{name: outage}]
fields:
  - {name: region, label: Region, kind: choice, choices: [EU, US]}
  - {name: customers, label: Customers, kind: number}
  - {name: notice, label: Notice, kind: date}
  - {name: contact, label: Contact, kind: person}
  - {name: ticket, label: Ticket}
automation: [{name: r, when: declared, if: {%s}, then: [{%s}]}]"""
ONE_SEVERITY = "severities: [{name: SEV1, meaning: Bad, emoji: fire%s}]"
MANY_STATUSES = [*(f"s{n}" for n in range(128)), "resolved", "closed"]

ONE_POLICY = "people: [{name: ada, email: a@b.de}]\nescalation_policies: [{name: p, steps: [{%s}]}]"

BROKEN = [
    # kinds of value
    ("organization: 5", 'organization: must be a text, not 5; put it in quotes: "5"'),
    ("organization: true", 'organization: must be a text, not true; put it in quotes: "true"'),
    ("organization: [a]", "organization: must be a text, not a list"),
    ("organization:", "organization: has no value; give one or leave the key out; a text that begins with # needs quotes"),
    ('organization: " "', "organization: is empty; give it a text or leave the key out"),
    (f"organization: {'x' * 61}", "organization: is 61 characters long; at most 60"),
    ('organization: "a\\nb"', "organization: holds a line break; printable text on one line"),
    ('organization: "a\\u202eb"', "organization: holds the character U+202E; printable text on one line"),
    ("services: web", 'services: must be a list, not "web"; put it in brackets: ["web"]'),
    ("services: [web]", 'services[1]: must be keys with values, not "web"'),
    ("services: {web: {}}", "services: must be a list, not keys with values"),
    ("channels: inc", 'channels: must be keys with values, not "inc"'),
    ("channels: {private: maybe}", 'channels.private: must be true or false, not "maybe"'),
    ("<<: {a: b}", "<<: this key is not known; allowed: organization, timezone, people, permissions, services, schedules, severities, "
     "escalation_policies, business_hours, paging, expect, roles, statuses, close_reasons, channels, nudges, bridge, "
     "integrations, alerts, routes and 21 more"),
    # people
    ("people: [{name: ada, email: ada}]", 'people.ada.email: "ada" is not an e-mail address; an address such as ada@example.com'),
    ("people: [{name: ada}]", "people.ada: has neither an email nor a slack id; an email, so that Slack can be asked who it is"),
    ("people: [{name: ada, slack: '@ada'}]", 'people.ada.slack: "@ada" is not a Slack user id; an id such as U012AB3CD; better give the email'),
    ("people: [{name: Ada L, email: a@b.de}]", f'people[1].name: "Ada L" cannot be a name; {SLUG}; did you mean "ada-l"?'),
    ("people: [{name: ada, email: a@b.de}, {name: bo, email: A@b.de}]",
     'people.bo.email: "A@b.de" belongs to two people (first at app.yaml:1); one entry a person'),
    ("people: [{name: ada, email: a@b.de}, {name: ada, email: c@b.de}]",
     'people.ada.name: "ada" is a name given already (first at app.yaml:1); a name for each'),
    # automation
    (RULE_OF_FIELDS % ("type: [outgae]", "message: Hi"),
     'automation.r.if.type: this key is not known; allowed: severities, from_severities, direction, statuses, from_statuses, services, '
     'types, fields, title, declared_by, private, drill; did you mean "types"?'),
    (RULE_OF_FIELDS % ("types: [outgae]", "message: Hi"),
     'automation.r.if.types[1]: "outgae" is not among the types; known types: outage; did you mean "outage"?'),
    (RULE_OF_FIELDS % ("fields: {regon: EU}", "message: Hi"),
     'automation.r.if.fields.regon: "regon" is not among the fields; known fields: contact, customers, notice, region, ticket; did you mean "region"?'),
    (RULE_OF_FIELDS % ("fields: {region: [EU, Mars]}", "message: Hi"),
     "automation.r.if.fields.region[2]: “Mars” is not one of its choices; Choose one of EU, US."),
    (RULE_OF_FIELDS % ("fields: {region: '>EU'}", "message: Hi"),
     "automation.r.if.fields.region[1]: “>EU” is not something to compare with; Only numbers and days have an order."),
    (RULE_OF_FIELDS % ("fields: {contact: ada}", "message: Hi"),
     'automation.r.if.fields.contact[1]: "ada" is not compared; "*" for somebody, "-" for nobody'),
    (RULE_OF_FIELDS % ("fields: {}", "set_field: {}"),
     "automation.r.then[1].set_field: names no field; at least one with its value, such as {region: EU West}"),
    (RULE_OF_FIELDS % ("fields: {}", "set_field: {regoin: EU}"),
     'automation.r.then[1].set_field.regoin: "regoin" is not among the fields; known fields: contact, customers, notice, region, ticket; did you mean "region"?'),
    (RULE_OF_FIELDS % ("fields: {}", "set_field: {customers: many}"),
     "automation.r.then[1].set_field.customers: “many” is not a number; Write it as 1200 or 12.5."),
    (RULE_OF_FIELDS % ("fields: {}", "set_field: {notice: soon}"),
     "automation.r.then[1].set_field.notice: “soon” is not a day; Write it as 2026-01-31."),
    (RULE_OF_FIELDS % ("fields: {}", "set_field: {contact: bo}"),
     'automation.r.then[1].set_field.contact: "bo" is not among the people; known people: ada'),
    (RULE_OF_FIELDS % ("fields: {}", "set_field: {customers: true}"),
     'automation.r.then[1].set_field.customers: must be a text, not true; put it in quotes: "true"'),
    (ONE_RULE % "when: opened, then: [{message: Hi}]",
     'automation.r.when[1]: "opened" is not known; allowed: declared, severity, status'),
    (ONE_RULE % "when: [], then: [{message: Hi}]", "automation.r.when: names no change; declared, severity or status"),
    (ONE_RULE % "when: declared, then: []", "automation.r.then: does nothing; at least one action"),
    (ONE_RULE % "when: declared, then: [{message: 'Hi {nme}'}]",
     'automation.r.then[1].message.text: "{nme}" is not a placeholder; {number}, {title}, {severity}, {status}, {service}, '
     '{link} and {change}; did you mean "{number}"?'),
    (ONE_RULE % "when: declared, if: {severitys: [SEV1]}, then: [{message: Hi}]",
     "automation.r.if.severitys: this key is not known; allowed: severities, from_severities, direction, statuses, "
     'from_statuses, services, types, fields, title, declared_by, private, drill; did you mean "severities"?'),
    (ONE_RULE % "when: declared, if: {severities: [SEV9]}, then: [{message: Hi}]",
     'automation.r.if.severities[1]: "SEV9" is not among the severities; known severities: SEV1, SEV2, SEV3, SEV4; did you mean "SEV4"?'),
    (ONE_RULE % "when: declared, if: {statuses: [resolvd]}, then: [{message: Hi}]",
     'automation.r.if.statuses[1]: "resolvd" is not among the statuses; known statuses: closed, identified, investigating, '
     'monitoring, resolved; did you mean "resolved"?'),
    (ONE_RULE % "when: [declared, severity], if: {direction: raised}, then: [{message: Hi}]",
     "automation.r.when: asks what the severity was before; when: severity"),
    (ONE_RULE % "when: severity, if: {from_statuses: [resolved]}, then: [{message: Hi}]",
     "automation.r.when: asks what the status was before; when: status"),
    ("expect: [{when: declared sev1, reached: []}]",
     "expect[1].fires: of a change it is expected which rules it sets off; fires: [NAME], or [] for none"),
    ("expect: [{when: declared sev1, fires: [r]}]",
     'expect[1].fires[1]: "r" is not among the automation; known automation: none'),
    ("expect: [{when: sev1 Sun 03:00, fires: []}]", "expect[1]: does not say who must be reached; reached: [ada@0m], or [] for nobody"),
    # integrations
    (ONE_INTEGRATION % "kind: nagios",
     'integrations.tool.kind: "nagios" is not known; allowed: events_v2, alertmanager, grafana, sentry, datadog, github, generic'),
    (ONE_INTEGRATION % "kind: generic", "integrations.tool.kind: a generic integration needs a mapping; key and title at least"),
    (ONE_INTEGRATION % "kind: grafana, mapping: {key: id, title: name}",
     "integrations.tool.mapping: grafana has a format of its own; a mapping for generic only"),
    (ONE_INTEGRATION % "kind: github, signature: {header: X-Sig}",
     "integrations.tool.signature: how github proves itself is known; leave it out"),
    (ONE_INTEGRATION % "kind: datadog, signature: {header: 'X Sig'}",
     'integrations.tool.signature.header: "X Sig" is not the name of a header; a name such as X-Signature'),
    (ONE_INTEGRATION % "kind: generic, mapping: {title: name}",
     "integrations.tool.mapping.key: is missing; what tells the alerts apart: a repeat and the end of an alert have the same"),
    (ONE_INTEGRATION % "kind: generic, mapping: {key: 'alert[', title: name}",
     'integrations.tool.mapping.key: "alert[" is not a JMESPath expression; such as alert.id, or in single quotes a text as it is; see jmespath.org'),
    (ONE_INTEGRATION % "kind: generic, mapping: {key: '`text`', title: name}",
     'integrations.tool.mapping.key: "`text`" is not a JMESPath expression; such as alert.id, or in single quotes a text as it is; see jmespath.org'),
    (ONE_INTEGRATION % "kind: generic, mapping: {key: '', title: name}",
     'integrations.tool.mapping.key: "" is not a JMESPath expression; such as alert.id, or in single quotes a text as it is; see jmespath.org'),
    (ONE_INTEGRATION % f"kind: generic, mapping: {{key: {'a' * 301}, title: name}}", "integrations.tool.mapping.key: is 301 characters long; at most 300"),
    (ONE_INTEGRATION % "kind: generic, mapping: {key: id, title: name, labels: {env: '['}}",
     'integrations.tool.mapping.labels.env: "[" is not a JMESPath expression; such as alert.id, or in single quotes a text as it is; see jmespath.org'),
    (ONE_INTEGRATION % "kind: generic, mapping: {key: id, title: name, levels: {High: severe}}",
     'integrations.tool.mapping.levels.High: "severe" is not known; allowed: critical, error, warning, info'),
    (ONE_INTEGRATION % "kind: generic, mapping: {key: id, title: name, resolves: [0]}",
     'integrations.tool.mapping.resolves[1]: must be a text, not 0; put it in quotes: "0"'),
    (ONE_INTEGRATION % "kind: grafana, service: zoo", 'integrations.tool.service: "zoo" is not among the services; known services: none'),
    # services
    (ONE_SERVICE % ", runbook: 'ftp://x'", 'services.web.runbook: "ftp://x" is not a link; a link that begins with https:// or http://'),
    (ONE_SERVICE % ", runbook: 'https://a:b@x.de'", "services.web.runbook: the link holds a name or a password; a link that everybody may see"),
    (ONE_SERVICE % ", runbook: 'https://x.de:99999'", 'services.web.runbook: "https://x.de:99999" is not a link; a link that begins with https:// or http://'),
    (ONE_SERVICE % ", responders: [zoe]", 'services.web.responders[1]: "zoe" is not among the people; known people: none'),
    (ONE_SERVICE % ", depends_on: [web]", "services.web.depends_on: services depend on each other in a circle: web → web; leave out one of these"),
    ("services: [{name: a, owner: O, depends_on: [b]}, {name: b, owner: O, depends_on: [c]}, {name: c, owner: O, depends_on: [b]}]",
     "services.c.depends_on: services depend on each other in a circle: b → c → b; leave out one of these"),
    # severities
    (f"severities: [{', '.join(f'{{name: S{n}, meaning: Bad, emoji: fire}}' for n in range(101))}]",
     "severities: has 101 entries; at most 100, as a menu in Slack shows no more"),
    (f"statuses: [{', '.join(f'{{name: {n}, title: A, emoji: fire, meaning: Bad}}' for n in MANY_STATUSES)}]",
     "statuses: has 130 entries; at most 100, as a menu in Slack shows no more"),
    ("severities: []", "severities: the list is empty; at least one severity"),
    (ONE_SEVERITY % ", update_every: 30", f"severities.SEV1.update_every: 30 is not a duration; {DURATION}"),
    (ONE_SEVERITY % ", update_every: 30 min", f'severities.SEV1.update_every: "30 min" is not a duration; {DURATION}; did you mean "30m"?'),
    (ONE_SEVERITY % ", update_every: 1 hour and 5 minutes",
     f'severities.SEV1.update_every: "1 hour and 5 minutes" is not a duration; {DURATION}; did you mean "1h 5m"?'),
    (ONE_SEVERITY % ", update_every: 0m", 'severities.SEV1.update_every: "0s" is too short; more than 0'),
    (ONE_SEVERITY % ", update_every: 999d", 'severities.SEV1.update_every: "999d" is too long; at most 366d'),
    (ONE_SEVERITY % ", review: requird", 'severities.SEV1.review: "requird" is not known; allowed: required, optional, none; did you mean "required"?'),
    (ONE_SEVERITY % ", review: none, review_within: 1d",
     "severities.SEV1.review_within: there is no review that could be due; leave it out, or set review to required or optional"),
    (ONE_SEVERITY % ", aliases: P1", 'severities.SEV1.aliases: must be a list, not "P1"; put it in brackets: ["P1"]'),
    (ONE_SEVERITY % ", aliases: [sev 1]", 'severities.SEV1.aliases[1]: "sev 1" is a name given already (first at app.yaml:1); a name for each severity'),
    (ONE_SEVERITY.replace("fire", "🔥") % "", 'severities.SEV1.emoji: "🔥" is not an emoji\'s name; its name in Slack, such as red_circle'),
    # roles and statuses
    ("roles: []", "roles: lead and comms and scribe not found; lead, comms and scribe must be there; more may be added"),
    ("statuses: [{name: open, title: O, emoji: a, meaning: M}]",
     "statuses: the last two are not resolved and closed; active statuses first, then resolved, then closed"),
    ("statuses: [{name: resolved, title: O, emoji: a, meaning: M}, {name: closed, title: O, emoji: a, meaning: M}]",
     "statuses: no status comes before resolved; at least one, such as investigating"),
    # paging
    (ONE_SEVERITY % ", page: at once", 'severities.SEV1.page: "at once" is not a way to page; at_once, within 15m, business_hours or backlog; '
     'did you mean "at_once"?'),
    (ONE_SEVERITY % ", page: within a while", f'severities.SEV1.page: "a while" is not a duration; {DURATION}'),
    (ONE_SERVICE % ", escalation_policy: shpo", 'services.web.escalation_policy: "shpo" is not among the escalation policies; known escalation policies: none'),
    (ONE_POLICY % "notify: [ada]", 'escalation_policies.p.steps[1].notify[1]: "ada" does not say what it is; schedule:NAME, person:NAME, '
     'group:@handle or channel:#name; did you mean "person:ada"?'),
    (ONE_POLICY % "notify: ['persn:ada']", 'escalation_policies.p.steps[1].notify[1]: "persn" is not a kind of target; schedule:NAME, person:NAME, '
     'group:@handle or channel:#name; did you mean "person:ada"?'),
    (ONE_POLICY % "notify: ['person:adda']", 'escalation_policies.p.steps[1].notify[1]: "person:adda" is not among the people; known people: ada; '
     'did you mean "person:ada"?'),
    (ONE_POLICY % "notify: ['group:@the sre']", 'escalation_policies.p.steps[1].notify[1]: "group:@the sre" is not a user group\'s handle; '
     'at most 21 lowercase letters, digits, ., - and _, such as group:@oncall'),
    (ONE_POLICY % "notify: ['person:ada'], wait: 30s", 'escalation_policies.p.steps[1].wait: "30s" is not a wait between steps; 1m to 9000m'),
    (ONE_POLICY % "notify: ['group:@sre'], round_robin: true", 'escalation_policies.p.steps[1].round_robin: round_robin takes turns among people, '
     'and who is in a user group only Slack knows; schedule:NAME and person:NAME'),
    ("people: [{name: ada, email: a@b.de, phone: 'call me'}]", 'people.ada.phone: "call me" is not a phone number; a number such as +49 30 1234567, in quotes'),
    ("escalation_policies: [{name: p, steps: []}]", "escalation_policies.p.steps: the list is empty; at least one step"),
    ("business_hours: {holidays: XX}", 'business_hours.holidays.country: "XX" is not a country whose holidays are known; a code of two letters, such as DE, FR or US'),
    # channels and bridge
    ("channels: {pattern: 'inc-{slug}'}", 'channels.pattern: "inc-{slug}" has no {number}; {number} must be in it, or two incidents '
     'would share a name; did you mean "inc-{number}-{slug}"?'),
    ("channels: {pattern: 'inc-{nubmer}'}", 'channels.pattern: "{nubmer}" is not a placeholder; {number} and {slug}; did you mean "{number}"?'),
    ("channels: {pattern: 'inc-{number}-{slug'}", "channels.pattern: a brace has no partner; {number} and {slug}"),
    ("channels: {pattern: 'INC {number}'}", 'channels.pattern: "INC {number}" is not a channel name; lowercase letters, digits, - and _ '
     'around {number} and {slug}; did you mean "inc-{number}"?'),
    ("channels: {pattern: '" + "x" * 60 + "{number}'}", "channels.pattern: is 67 characters long without the slug, with a number of seven digits; at most 56, as Slack allows 80 in all"),
    ("channels: {announcements: C012AB3CD}", 'channels.announcements: "C012AB3CD" is a Slack id; the channel\'s name, such as #incidents'),
    ("channels: {announcements: The News}", 'channels.announcements: "The News" is not a channel name; lowercase letters, digits, - and _, '
     'such as #incidents; did you mean "#the-news"?'),
    ("channels:\n  announcements: #news",
     "channels.announcements: has no value; give one or leave the key out; a text that begins with # needs quotes"),
    ("bridge: 'https://meet.example.com/{id}'", 'bridge: "{id}" is not a placeholder; {number} and {slug}'),
    ("bridge: 'meet.example.com/{number}'", 'bridge: "meet.example.com/1" is not a link; a link that begins with https:// or http://; '
     'did you mean "https://meet.example.com/1"?'),
    # delivery
    ("delivery: {lease: 5s}", "delivery.lease: 5s is too short; more than slack_timeout (10s)"),
    ("delivery: {retry_longest: 1s, retry_first: 2s}", "delivery.retry_longest: 1s is too short; at least retry_first (2s)"),
    ("delivery: {give_up_after: 1m}", "delivery.give_up_after: 1m is too short; at least retry_longest (5m)"),
    # alerts
    ("routes: [{name: a, to: page, channel: '#x'}]", "routes.a.channel: only messages have a channel, and this goes to page; leave it out"),
    ("routes: [{name: a, to: page, when: {labels: [env]}}]", 'routes.a.when.labels[1]: "env" is not a label with a value; name=value, such as cluster=prod-*'),
    ("routes: [{name: a, to: page, when: {services: [shop]}}]", 'routes.a.when.services[1]: "shop" is not among the services; known services: none'),
    ("maintenance: [{name: a, from: 2026-12-01 22:00}]", "maintenance.a: does not say when; either from and to, or every and length"),
    ("maintenance: [{name: a, every: 0 3 * *, length: 1h}]", 'maintenance.a.every: "0 3 * *" is not a cron line; minute, hour, day, month, weekday: 0 3 * * sun'),
    # timezone
    ("timezone: europe/berlin", 'timezone: "europe/berlin" is not a timezone; a name such as Europe/Berlin or UTC; did you mean "Europe/Berlin"?'),
    ("timezone: ../etc", 'timezone: "../etc" is not a timezone; a name such as Europe/Berlin or UTC'),
]  # fmt: skip


@pytest.mark.parametrize(("line", "error"), BROKEN, ids=[line[:50] for line, _ in BROKEN])
def test_a_broken_line_is_answered_exactly(told: Told, line: str, error: str) -> None:
    text = line if line.startswith("organization") else f"{line}\norganization: Acme"
    (said,) = told(text + "\n")
    place, _, words = said.partition(": ")
    assert words == error
    assert place.startswith("app.yaml:")


def test_a_leading_at_is_allowed_before_a_person(told: Told) -> None:
    app = "organization: A\npeople: [{name: ada, email: a@b.de}]\n" + ONE_SERVICE % ", responders: ['@ada']"
    assert told(app) == []


def test_a_config_made_in_code_obeys_the_same_rules() -> None:
    service = {"name": "web", "owner": "Shop", "depends_on": ["search"]}
    with pytest.raises(ValidationError, match='"search" is not among the services'):
        Config.model_validate({"organization": "Acme", "services": [service]})


def test_a_long_chain_of_services_is_no_circle_and_no_stack_overflow() -> None:
    chain = [{"name": f"s{n}", "owner": "O", "depends_on": [f"s{n + 1}"]} for n in range(2000)]
    Config.model_validate({"organization": "Acme", "services": [*chain, {"name": "s2000", "owner": "O"}]})


def test_a_config_cannot_be_changed() -> None:
    config = Config(organization="Acme")
    with pytest.raises(ValidationError):
        config.organization = "Other"  # type: ignore[misc]


# Secrets -------------------------------------------------------------------------------------------------

TOKEN = "xoxb-123456789-" + "a1" * 12
HEX = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (f"organization: {TOKEN}", "organization: this is a Slack token"),
        (f"organization: my {TOKEN.replace('xoxb', 'XAPP')}", "organization: this is a Slack token"),
        (f"organization: xoxe.{TOKEN.replace('xoxb', 'xoxp')}", "organization: this is a Slack token"),
        (f"signing_secret: {HEX}", "signing_secret: secrets do not belong here"),
        (f"slack: {{botToken: {HEX}}}", "slack.botToken: secrets do not belong here"),
        (f"channels: {{password: [{HEX}]}}", "channels.password: secrets do not belong here"),
        (f"{TOKEN}: x", "(hidden): a key is a Slack token"),
        (
            "bridge: https://hooks.slack.com/services/T0/B0/abcdef",
            "bridge: this is a webhook link, which is a secret",
        ),
    ],
)
def test_a_secret_is_refused_and_never_repeated(told: Told, line: str, error: str) -> None:
    said = told(f"{line}\ntimezone: UTC\n")
    text = "\n".join(said)
    assert f"app.yaml:1: {error}; secrets come from the environment or .env" in text
    assert HEX not in text
    assert TOKEN[5:] not in text


def test_a_password_in_a_link_is_not_repeated_even_when_the_link_is_wrong(told: Told) -> None:
    (said,) = told("organization: A\nbridge: ftp://ada:hunter2@x.de/{number}\n")
    assert "hunter2" not in said
