"""The task that passes on to HQ the appeals a province was silent about (APPEAL-2)."""

from jobs.environment import Environment
from penalties.appealing.actions import pass_on_due
from penalties.hearings.actions import tell_passed_on
from storage.session import run

ROUNDS = 500  # transactions in one run; the next goes on


def appeals(env: Environment) -> None:
    """Whatever fell due, dated at the end of its period however late it is noticed. Whoever appeals or decides
    meanwhile passes on the same himself; HQ and the station are told here, each once."""
    for _ in range(ROUNDS):
        if run(env.engine, lambda conn: pass_on_due(conn, env.clock())) == 0:
            break
    for _ in range(ROUNDS):
        if run(env.engine, lambda conn: tell_passed_on(conn, env.clock())) == 0:
            return
