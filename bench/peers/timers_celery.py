"""The Celery of `timers.py`: an app at the top of a module, as its worker wants it."""

import os
from importlib import import_module
from typing import Any

from bench.peers.timers import fire

app: Any = import_module("celery").Celery(
    "timers", broker=os.environ["TIMERS_REDIS"].replace("unix://", "redis+socket://")
)
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=0, broker_connection_retry_on_startup=True)
fire_timer: Any = app.task(fire, name="timers.fire")
