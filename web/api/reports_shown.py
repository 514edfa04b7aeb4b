"""What the API takes and gives of reports."""

from typing import Annotated, Any, Literal

from pydantic import Field

from web.api.fields import CLEAN, Count, Given, Instant, Taken

KindCode = Annotated[str, Field(pattern=r"^[a-z]{1,12}$")]
Period = Annotated[str, Field(max_length=30), CLEAN]
Scope = Annotated[str, Field(max_length=120), CLEAN]
Number = Annotated[str, Field(pattern=r"^(now|[0-9]{1,4})?$")]
Code = Annotated[str, Field(max_length=200), CLEAN]


class ReportQuery(Taken):
    """`period`: `2026-W19`, `2026-05`, `2026`, `2026-05-01~2026-05-31`. `scope`: `network`, `province:浙江省`,
    `station:HZ01`, `channel:crm`, by default one's own. `number`: 0 the frozen one, 1.. its supplements, now: as things
    stand; by default 0 where there is one."""

    kind: KindCode
    period: Period
    scope: Scope = ""
    number: Number = ""


class RowsQuery(Taken):
    """`cell` as in `opens` of a cell; `page` from 1."""

    kind: KindCode
    period: Period
    cell: Code
    number: Number = ""
    page: Annotated[int, Field(ge=1, le=999_999)] = 1


class RowsFileQuery(Taken):
    """All rows of a cell."""

    kind: KindCode
    period: Period
    cell: Code
    number: Number = ""


class ReportCell(Given):
    """`value`: text, a whole number, {at}, {part, of}, {now, before}, {hidden} or null; money in fen. `opens`: the rows
    behind it."""

    value: Any
    opens: str = ""
    warns: bool = False


class Column(Given):
    """`says`: its definition."""

    name: str
    zh: str
    en: str
    kind: str
    says: str


class Section(Given):
    """A table; `sums`: whether the last row is the sum of the others."""

    key: str
    zh: str
    en: str
    columns: list[Column]
    rows: list[list[ReportCell]]
    sums: bool
    note: str


class Numbered(Given):
    """A frozen number: 0, or a supplement with so many changed cells."""

    number: Count
    made_at: Instant
    edition: str
    changed: Count
    digest: str


class Later(Given):
    """What the newest supplement says at a place: `row` are the words of its row."""

    section: str
    row: list[str]
    column: str
    cell: ReportCell


class Report(Given):
    """`number` null: as things stand now."""

    kind: str
    title_zh: str
    title_en: str
    period: str
    scope: str
    number: int | None
    edition: str
    made_at: Instant
    facts: list[tuple[str, str]]
    sections: list[Section]
    method: list[str]
    line: str
    definitions: list[tuple[str, str]]
    frozen: list[Numbered]
    later: list[Later]


class Rows(Given):
    """`figure` is the cell's, `over` what its rows give: the same. `marked`: the place of a percentile's row."""

    cell: str
    measure: str
    how: Literal["count", "sum", "p50", "p90", "p99"]
    number: int | Literal["now"]
    figure: int | None
    over: int | None
    many: Count
    marked: Count
    items: list[dict[str, Any]]


class ReportKind(Given):
    """What there is for the one who asks."""

    kind: str
    zh: str
    en: str
    newest: str
    running: str
    frozen: list[str]


class Kinds(Given):
    """By kind."""

    items: list[ReportKind]


class AskRun(Taken):
    """`period` and `scope` as of a report."""

    kind: KindCode
    period: Annotated[str, Field(min_length=1, max_length=30), CLEAN]
    scope: Scope = ""


class RunNumber(Given):
    """Of the run."""

    number: Count


class ReportRun(Given):
    """How far it is: `done` of `steps`, and what is done now. `error`: why it could not be made."""

    id: Count
    kind: str
    state: Literal["waiting", "running", "done", "failed"]
    asked: dict[str, Any]
    asked_by: str
    asked_at: Instant
    done: Count
    steps: Count
    step: str
    ended_at: Instant | None
    error: str


class Runs(Given):
    """Newest first."""

    items: list[ReportRun]


class FileQuery(Taken):
    """The form of a file."""

    form: Literal["pdf", "xlsx", "csv", "json"]


class AddSchedule(Taken):
    """`to_kind` and `to_code`: an addressee; without them one's own mailbox. A weekly report is sent every week, a
    monthly one every month, whatever `every` says."""

    kind: KindCode
    scope: Annotated[str, Field(min_length=1, max_length=120), CLEAN]
    to_kind: Literal["", "station", "province", "hq", "finance"] = ""
    to_code: Annotated[str, Field(max_length=100), CLEAN] = ""
    form: Literal["pdf", "xlsx", "line"]
    every: Literal["week", "month"]


class Added(Given):
    """False: there was one like it."""

    added: bool


class EndSchedule(Taken):
    """`key` as listed."""

    key: Annotated[str, Field(min_length=1, max_length=160), CLEAN]


class Schedule(Given):
    """What is sent to whom. `made_at` null: by default."""

    key: str
    kind: str
    scope: str
    to_kind: str
    to_code: str
    form: str
    every: str
    made_at: Instant | None
    made_by: str


class Schedules(Given):
    """Those that run."""

    items: list[Schedule]


class KeptFile(Given):
    """A file as it was sent."""

    id: Count
    name: str
    size: Count


class Letter(Given):
    """A way out of the house."""

    way: str
    state: str
    sent_at: Instant | None


class Copy(Given):
    """A report as it was sent."""

    subject: str
    created_at: Instant
    to_kind: str
    to_code: str
    read_at: Instant | None
    files: list[KeptFile]
    letters: list[Letter]


class Copies(Given):
    """Newest first."""

    items: list[Copy]
