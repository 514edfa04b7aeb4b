"""Where tests find things."""

import os
import shutil
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
SHARED = REPO.parent / "shared"


PLENTY = 2 * 1024**3  # bytes free; a container often has 64 MB of it


def memory() -> Path | None:
    """A folder in memory that looks like a disk, or None: a file made there costs a fifteenth, and tests make millions.
    Programs may not run from it."""
    folder = Path("/dev/shm")
    enough = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > PLENTY
    return folder if enough else None


def shared(*parts: str) -> Path:
    """A file or folder of ../shared, which is no part of the repository; without it the test skips."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {Path('../shared', *parts)}, which is not here")
    return path
