"""How many areas one file may hold: each costs some time, and reading a file is to take about a second."""

from geo.errors import NetworkError

MAX_FEATURES = 20_000


def check_features(features: int, file: str, most: int = MAX_FEATURES) -> None:
    """Asked before any of them is looked at. NetworkError."""
    if features > most:
        cause = f"多于 {most} 个区域,请分成几个文件 (more than {most} areas: split the file)"
        raise NetworkError(file, None, cause, "too_many_features")
