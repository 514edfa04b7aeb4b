"""What is wrong with a network file, or with a change of service areas."""

import re

_PLACE = re.compile(r"\[(-?[\d.e+-]+) (-?[\d.e+-]+)(?: [^\]]*)?\]")


class NetworkError(ValueError):
    """A file of the network folder that cannot be used, or a change that is refused.

    `file` is its name ("": no file), `line` counts from 1 (for GeoJSON and shapefiles the number of the feature;
    None: the whole file), `cause` is zh-CN with English beside. `code` is stable, "" where a file of stations,
    districts or closures is unusable. `place`: (lng, lat) of what is wrong with a shape, in GCJ-02.
    """

    def __init__(
        self, file: str, line: int | None, cause: str, code: str = "", place: tuple[float, float] | None = None
    ) -> None:
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {cause}" if where else cause)
        self.file = file
        self.line = line
        self.cause = cause
        self.code = code
        self.place = place


class BadArea(Exception):
    """Why one feature cannot be used; the caller knows its file and number."""

    def __init__(self, code: str, cause: str, place: tuple[float, float] | None = None) -> None:
        super().__init__(cause)
        self.code = code
        self.place = place

    def within(self, file: str, line: int) -> NetworkError:
        """The same with its file and number."""
        return NetworkError(file, line, str(self), self.code, self.place)


def place_in(reason: str) -> tuple[float, float] | None:
    """The point that GEOS names in the reason why a shape is invalid."""
    found = _PLACE.search(reason)
    return (float(found[1]), float(found[2])) if found else None


def decoded(data: str | bytes, file: str) -> str:
    """The text of a file, which must be UTF-8; a byte order mark is dropped."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise NetworkError(file, line, "不是 UTF-8 编码 (not UTF-8)", "unusable_file") from None
    return text.removeprefix("\ufeff")
