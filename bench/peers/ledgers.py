"""The peers of `bench/postings.py` in the environment of the peers: N transactions of two lines, one call each.

Never imported by the product or the bench: it runs as a process of its own. `ledgers.py NAME` with LEDGER_HOST,
LEDGER_DB (PostgreSQL, an empty database) and LEDGER_N prints the seconds that N transactions took.
"""

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

APPS = {
    "django-hordak": ["mptt", "hordak"],
    "django-ledger": ["django.contrib.sessions", "django.contrib.messages", "django_ledger"],
}
AMOUNT = Decimal("100.00")
Post = Callable[[], Any]


def ready(name: str) -> None:
    """Django over the database, with the tables of one peer."""
    database = {
        "ENGINE": "django.db.backends.postgresql", "HOST": os.environ["LEDGER_HOST"], "USER": "postgres",
        "NAME": os.environ["LEDGER_DB"],
    }  # fmt: skip
    own = ["django.contrib.contenttypes", "django.contrib.auth", *APPS[name]]
    import_module("django.conf").settings.configure(
        INSTALLED_APPS=own, DATABASES={"default": database}, USE_TZ=True, SECRET_KEY="bench",
        DEFAULT_CURRENCY="CNY", CURRENCIES=["CNY"], HORDAK_CURRENCIES=["CNY"], HORDAK_INTERNAL_CURRENCY="CNY",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )  # fmt: skip
    import_module("django").setup()
    import_module("django.core.management").call_command("migrate", verbosity=0)


def hordak() -> Post:
    """From one account to another, as its documentation shows."""
    models, money = import_module("hordak.models"), import_module("moneyed")
    make = models.Account.objects.create
    station = make(name="Station", code="1", type=models.AccountType.asset, currencies=["CNY"])
    fines = make(name="Fines", code="2", type=models.AccountType.income, currencies=["CNY"])
    return lambda: fines.transfer_to(station, money.Money(AMOUNT, "CNY"), description="fine")


def ledger() -> Post:
    """A posted journal entry by the entity's own `commit_txs`."""
    user = import_module("django.contrib.auth").get_user_model().objects.create_user("bench")
    model = import_module("django_ledger.models").EntityModel
    entity = model.create_entity(name="Bench", use_accrual_method=True, admin=user, fy_start_month=1)
    entity.create_chart_of_accounts(assign_as_default=True, commit=True)
    accounts = [
        entity.create_account(code=code, role=role, name=role, balance_type=side, active=True)
        for code, role, side in (("1010", "asset_ca_cash", "debit"), ("4010", "in_operational", "credit"))
    ]
    book, at = entity.create_ledger(name="Bench", posted=True), datetime(2026, 11, 2, tzinfo=UTC)
    lines = [
        {"account": account, "amount": AMOUNT, "tx_type": side, "description": "fine"}
        for account, side in zip(accounts, ("debit", "credit"), strict=True)
    ]
    return lambda: book.commit_txs(je_timestamp=at, je_txs=lines, je_posted=True, je_ledger_model=book)


def main() -> None:
    warnings.simplefilter("ignore")
    name, count = sys.argv[1], int(os.environ["LEDGER_N"])
    try:
        ready(name)
        post = {"django-hordak": hordak, "django-ledger": ledger}[name]()
        post()
    except ImportError as problem:
        print(json.dumps({"missing": str(problem)}))
        return
    started = time.perf_counter()
    for _ in range(count):
        post()
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
