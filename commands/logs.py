"""The log of a process: one JSON object a line on stderr, with the request's id and nobody's data (RELIABILITY D8)."""

import logging
import re
import sys

import structlog

from people.masking import mask_phone

LONGEST, LONGEST_TRACE = 2_000, 20_000  # characters of one value (RELIABILITY B-112)
WORDS = ("event", "exception")
# What JSON leaves as it is: terminals act on the second set of control codes, and on marks of direction.
_UNSEEN = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MOBILE = re.compile(r"(?<![0-9A-Fa-f])1[3-9][0-9]{9}(?![0-9A-Fa-f])", re.ASCII)
# PostgreSQL repeats the whole row that a constraint refused, names and addresses too.
_ROW = re.compile(r"(Failing row contains ).*?(?=\n\[SQL|\n\nThe above|\Z)", re.DOTALL)


def harmless(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Texts cut, without what draws nothing, and without the mobile number that an error may repeat (I-24)."""
    for name, value in line.items():
        if isinstance(value, str):
            text = value[: LONGEST_TRACE if name == "exception" else LONGEST]
            if name in WORDS:
                text = _MOBILE.sub(lambda found: mask_phone(found[0]), _ROW.sub(r"\1(…).", text))
            line[name] = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return line


def configure() -> None:
    """Send everything logged at INFO and above to stderr as JSON; line breaks and control codes come out escaped."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                harmless,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
