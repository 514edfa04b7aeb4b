"""The expectation table of routes.py names every address of the application, once, and no other."""

from datetime import UTC, datetime

from geo.queries import NetworkCache
from storage.session import connect
from tests.house.routes import expected
from tests.web.conftest import BOOK
from tests.web.routes_scene import OWN, STATIONS, WHO, rules, shown
from web import api, console, push
from web.build import build_web
from web.services import Services


def test_every_route_is_expected() -> None:
    """A new address is reviewed here before it is served: who may, and of whose things."""
    services = Services(connect("sqlite://"), lambda: datetime.now(UTC), NetworkCache(), BOOK)
    app = build_web(services, (push.pages, *api.ADDRESSES, *console.SCREENS))
    served = {
        shown(method, rule): bool(rule.arguments)
        for rule in rules(app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    table = expected()
    assert served.keys() - table.keys() == set(), "no line in tests/house/routes.py"
    assert table.keys() - served.keys() == set(), "a line for what is not served"
    assert {one for one, by in table.items() if (len(by) == 2) != served[one]} == set(), "with or without a thing"
    for one, by in table.items():
        assert [len(said) for said in by.values()] == [len(WHO), len(STATIONS)][: len(by)], one
        assert OWN in by
