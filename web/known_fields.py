"""A form may hold what its page asks for and nothing else: a field more is somebody trying (B-122)."""

from flask import request

from web.auth import CSRF_FIELD
from web.errors import FieldError, Problem
from web.step_up import FIELD


def only(*names: str) -> None:
    """Problem `field_unknown` for any other field of the form in hand."""
    unknown = sorted(set(request.form) - {CSRF_FIELD, FIELD, *names})
    if unknown:
        errors = tuple(FieldError(name[:40], "field_unknown") for name in unknown[:10])
        raise Problem("field_unknown", "表单含有未知字段 / The form holds a field that is not its own", errors=errors)
