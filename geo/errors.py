"""What is wrong with a network file."""


class NetworkError(ValueError):
    """A file of the network folder that cannot be used.

    `file` is its name, `line` counts from 1 (for GeoJSON the number of the feature; None: the whole file),
    `cause` is zh-CN with English beside.
    """

    def __init__(self, file: str, line: int | None, cause: str) -> None:
        super().__init__(f"{file}: {cause}" if line is None else f"{file}:{line}: {cause}")
        self.file = file
        self.line = line
        self.cause = cause


def decoded(data: str | bytes, file: str) -> str:
    """The text of a file, which must be UTF-8; a byte order mark is dropped."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise NetworkError(file, line, "不是 UTF-8 编码 (not UTF-8)") from None
    return text.removeprefix("\ufeff")
