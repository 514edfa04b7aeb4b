"""Processes that the demo starts, watches and ends; and how it is asked to end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PATIENCE = 4.0  # seconds a child has to end by itself; two children are gone within ten
LAST_WORDS = 12  # lines
LOOK = 0.1  # seconds between looks


class Stopped(Exception):
    """Somebody wants the demo to end."""


class ChildGone(Exception):
    """A child ended that should not have; says which and how."""


class StopSignal:
    """Ctrl-C, SIGTERM or a closed terminal, noticed at the next `check`: no handler interrupts a transaction."""

    def __init__(self) -> None:
        self._asked = False

    def listen(self) -> None:
        """From now on signals only set a flag."""
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGTERM, self._ask)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup wants it to go on
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, *_: object) -> None:
        self._asked = True

    def check(self) -> None:
        """Stopped when it was asked for."""
        if self._asked:
            raise Stopped


class Children:
    """Child processes, each with a process group of its own: Ctrl-C reaches only the demo, which ends them in turn.

    What they have to say goes to `log`, begun anew with each Children.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._log.write_bytes(b"")
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, module: str, args: Sequence[str], env: Mapping[str, str]) -> None:
        """`python -m module args`; the folder one stands in must not shadow our packages (-P)."""
        command = [sys.executable, "-P", "-m", module, *args]
        with self._log.open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, env=dict(env), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def check(self) -> None:
        """ChildGone when one has ended, with its last words."""
        for name, child in self._running.items():
            code = child.poll()
            if code is not None:
                said = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_WORDS:]
                raise ChildGone("\n".join([f"{name} 意外退出 / ended unexpectedly, code {code}: {self._log}", *said]))

    def stop(self) -> None:
        """End them, first started last; nothing of theirs is left running."""
        for child in reversed(self._running.values()):
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(PATIENCE)
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self._running.clear()


def free_port(preferred: int = 0) -> int:
    """`preferred` when nobody listens there, else any that is free just now."""
    for port in (preferred, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            found: int = probe.getsockname()[1]
            return found
    raise OSError("no free port")


def look_again() -> None:
    """A short rest between two looks."""
    time.sleep(LOOK)
