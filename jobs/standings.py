"""The task that counts how the running month stands, for every station's page (REWARD-2, REFUND-1)."""

from functools import partial

from jobs.environment import Environment
from penalties.standings import actions, queries
from storage.session import reading, run


def standings(env: Environment) -> None:
    """Count the running month and, until it is settled, the one before. Read outside the transaction that writes."""
    now = env.clock()
    with reading(env.engine) as conn:
        counted = {month: queries.counted(conn, month, env.book, now) for month in queries.to_count(conn, now)}
    for month, found in counted.items():
        run(env.engine, partial(actions.refresh, month=month, counted=found, now=now))
