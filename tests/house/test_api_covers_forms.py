"""Whatever a form of the console does, a program can do through the API: a reviewed table, checked both ways."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from geo.queries import NetworkCache
from rulebook.book import packaged
from storage.session import connect
from tests.web.conftest import Clock
from web.api import ADDRESSES, AREAS
from web.api.operation import PREFIX, Operation
from web.build import build_web
from web.console import SCREENS
from web.services import Services

# The form's endpoint -> the operation that does the same.
FORMS = {
    "ask.save": "reports_ask.save", "ask.run": "reports_ask.in_background",
    "ask.delete": "reports_ask.delete", "ask.schedule": "reports_ask.schedule",
    "reports_runs.ask": "reports_made.ask", "reports_schedules.add": "reports_made.add",
    "reports_schedules.end": "reports_made.end",
    "acts.accept": "acts.accept", "acts.fail": "acts.fail", "acts.transfer": "acts.transfer",
    "acts.confirm": "acts.confirm", "acts.supply": "acts.waybill", "acts.call": "acts.called",
    "acts.handle": "acts.handle", "acts.dispatch": "acts.dispatch", "acts.look": "orders.look",
    "desk.accept": "acts.accept", "data_centre.dispatch": "acts.dispatch", "orders.find": "orders.search",
    "search.find": "orders.search", "board.scan": "acts.confirm", "board.assign": "pickups.assign",
    "board.remind": "pickups.reminded", "couriers.add": "pickups.add", "couriers.rename": "pickups.rename",
    "couriers.set_active": "pickups.set_active", "couriers.paper_unmasked": "pickups.paper",
    "closing.close": "pickups.close", "desk_kept.save": "pickups.keep_filter",
    "desk_kept.delete": "pickups.forget_filter",
    "entry.save": "entry.save", "entry.paste": "entry.paste", "entry.others": "entry.others",
    "callers.find": "entry.find", "callers.change": "entry.change", "callers.withdraw": "entry.withdraw",
    "callers.answer": "acts.answer",
    "review.decide": "review.decide", "causes.decide": "review.decide_cause", "second_reviews.decide": "review.second",
    "appeals.ask": "appeals.ask", "appeals.decide": "appeals.decide", "appeals_mail.enter": "appeals.mail",
    "notices.publish": "notices.publish", "inbox.read": "notices.mark", "calls.tick": "notices.called",
    "money_forms.ask": "money.ask", "approvals.decide": "money.decide", "approvals.withdraw": "money.withdraw",
    "payouts.ask": "money.ask_payout", "payouts.withdraw": "money.withdraw_payout",
    "settlement.propose": "money.propose", "settlement.close": "money.propose",
    "channels.switch": "channels.switch", "channels.settings": "channels.settings", "channels.look": "channels.look",
    "outbox.act": "channels.act",
    "closures.ask": "places.ask_closure", "closures.take_back": "places.take_back",
    "closures.decide": "places.decide_closures",
    "areas_edit.split": "areas.split", "areas_edit.merge": "areas.merge", "areas_edit.check": "areas.check",
    "areas_edit.store": "areas.store", "areas_edit.upload": "areas.check",
    "memory.decide": "places.decide_proposal", "memory.name": "places.name_place", "memory.end": "places.end_place",
    "availability.enter": "system.enter_outage", "availability.withdraw": "system.withdraw_outage",
    "availability.accept": "system.accept_clock",
    "rulebook.propose": "system.propose", "rulebook.decide": "system.decide_edition",
    "rehearsals.ask": "system.rehearse",
}  # fmt: skip
# One's own log-in, and how the pages look: there is nothing in them for a program.
OWN_LOG_IN = "a person's own log-in; a program has a key"
LOOKS = "how the pages look to one person"
PEOPLE = "who may log in and which keys there are is decided by a person who proved who he is, at a screen"
EXEMPT = {
    "account": OWN_LOG_IN, "my_account": OWN_LOG_IN, "password": OWN_LOG_IN, "second_factor": OWN_LOG_IN,
    "single_sign_on": OWN_LOG_IN, "step_up": OWN_LOG_IN, "language": LOOKS, "users": PEOPLE, "keys": PEOPLE,
}  # fmt: skip


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    engine = connect("sqlite://")
    yield build_web(Services(engine, Clock(), NetworkCache(), packaged()), [*ADDRESSES, *SCREENS])
    engine.dispose()


def operations() -> dict[str, Operation]:
    return {one.id: one for area in AREAS for one in area.operations}


def forms(app: Flask) -> set[str]:
    """Endpoints of the console that take a form."""
    writing = {"POST", "PUT", "PATCH", "DELETE"}
    found = {rule.endpoint for rule in app.url_map.iter_rules() if writing & (rule.methods or set())}
    return {one for one in found if not one.startswith(("api_", "push"))}


def test_every_form_has_an_operation(app: Flask) -> None:
    uncovered = {one for one in forms(app) - FORMS.keys() if one.partition(".")[0] not in EXEMPT}
    assert uncovered == set(), "forms without an operation of the API"


def test_the_table_names_what_there_is(app: Flask) -> None:
    assert FORMS.keys() - forms(app) == set(), "forms that are gone"
    assert set(FORMS.values()) - operations().keys() == set(), "operations that are gone"
    assert EXEMPT.keys() <= app.blueprints.keys()


def test_an_operation_asks_for_what_its_form_asks_for(app: Flask) -> None:
    """The same action and the same proof of who it is: the API is no side door (ROLE-1)."""
    for form, operation in FORMS.items():
        view: Any = app.view_functions[form]
        known = operations()[operation]
        if form == "search.find":  # it finds for everybody what each may see
            continue
        assert view.action == known.action, form
        assert not view.step_up or known.step_up, form


def test_operation_ids_are_unique_and_each_view_is_marked(app: Flask) -> None:
    ids = [one.id for area in AREAS for one in area.operations]
    assert len(ids) == len(set(ids))
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIX)]
    assert len(rules) == len(ids) + 2  # the document and its page
    views: list[Any] = [app.view_functions[rule.endpoint] for rule in rules]
    assert all(view.audience == "logged_in" for view in views)
