"""The web application, put together from its parts. Called by app.py and by tests."""

from collections.abc import Iterable

from flask import Blueprint, Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from web import (
    auditing,
    auth,
    clock_gate,
    compressed,
    errors,
    gate,
    health,
    help,
    language,
    login,
    notes,
    password,
    second_factor,
    show,
    single_sign_on,
    step_up,
    switching,
)
from web.services import Services


def build_web(services: Services, screens: Iterable[Blueprint] = ()) -> Flask:
    """`screens`: blueprints of console, api and push; each of their views carries a mark of auth.py."""
    app = Flask("web")
    app.extensions["lanshou"] = services
    app.config["TRUSTED_HOSTS"] = list(services.settings.hosts) or None
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000  # addresses of files carry their hash
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if services.settings.trusted_proxies:
        count = services.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    for part in (compressed, gate, clock_gate, errors, auditing, auth, step_up, notes, show, language, switching, help):
        part.install(app)
    identity = (login.pages, second_factor.pages, step_up.pages, password.pages, single_sign_on.pages)
    for blueprint in (*identity, health.pages, switching.pages, help.pages, *screens):
        app.register_blueprint(blueprint)
    return app
