"""I-24: an error of the database names nobody in the log."""

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError

from commands.logs import harmless
from storage.session import writing
from storage.tables.people import users

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_i_24_the_row_that_a_constraint_refused(engine: Engine) -> None:
    """PostgreSQL repeats all of it, whatever line breaks are in it."""
    with pytest.raises(IntegrityError) as caught, writing(engine) as conn:
        conn.execute(insert(users).values(login="欧阳明月\n).\n文三路123号", display_name="欧阳明月"))
    told = f"Traceback\n{caught.value.orig}\n\nThe above exception was\n{caught.value}\n(Background"
    assert told.count("欧阳明月") > 1
    said = harmless(None, "", {"exception": told})["exception"]
    assert "欧阳明月" not in said and "文三路" not in said and said.count("…") == 2 and "[SQL" in said
