"""Help beside each screen: what it is for, its keys, and the rules behind it with the numbers in force now."""

from flask import Blueprint, Flask, render_template, request

from rulebook.rule_texts import RuleText, rule_texts
from web.auth import needs
from web.errors import Problem
from web.help_screens import HELP, MORE
from web.services import now, services
from web.tour import steps_for

pages = Blueprint("help", __name__, url_prefix="/help")
# Blueprints whose pages belong to another screen.
BESIDE = {"areas_edit": "areas", "acts": "orders", "language": "home"}


@pages.get("/")
@needs(None)
def page() -> str:
    """All of it, and the way into the tour."""
    return render_template("help.html", screens=HELP, texts=texts(), steps=steps_for())


@pages.get("/<name>")
@needs(None)
def one(name: str) -> str:
    """One screen's: a page of its own, or the panel beside the screen when htmx asks."""
    found = HELP.get(name)
    if found is None:
        raise Problem("not_found")
    part = request.headers.get("HX-Request") == "true"
    template = "_help.html" if part else "help_one.html"
    return render_template(template, name=name, it=found, texts=texts(), edition=services().book.at(now()))


def texts() -> dict[str, RuleText]:
    """Every rule in words; those with numbers as the edition in force has them."""
    said = {rule: RuleText(rule, *both) for rule, both in MORE.items()}
    return said | dict(rule_texts(services().book.at(now())))


def help_here() -> str:
    """The name of this screen's help; that of all help where a page has none."""
    name = BESIDE.get(request.blueprint or "", request.blueprint or "")
    return name if name in HELP else ""


def install(app: Flask) -> None:
    """For the header of every page."""
    app.add_template_global(help_here, "help_here")
