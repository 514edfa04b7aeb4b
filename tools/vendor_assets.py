"""Maintainers only: fetches the browser files of `web/static/vendor/` and `tests/browser/vendor/` (needs npm), and
writes their manifests.

What comes out is committed, so that users need neither npm nor a CDN; `tests/house/` hashes it again.
To move a version: edit ASSETS, run `make vendor`, look at the diff, commit.
"""

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[1]
VENDOR = REPO / "web" / "static" / "vendor"
OF_TESTS = REPO / "tests" / "browser" / "vendor"  # what no user's browser needs


class Asset(NamedTuple):
    """One npm package: the folder it goes to, its licence (SPDX) and the files we use of it."""

    folder: str
    package: str
    version: str
    licence: str
    files: tuple[str, ...]
    licence_text: Path | None = None  # None: the package carries a LICENSE of its own
    root: Path = VENDOR


ASSETS = (
    Asset("axe", "axe-core", "4.14.1", "MPL-2.0", ("axe.min.js",), root=OF_TESTS),
    Asset("echarts", "echarts", "6.1.0", "Apache-2.0", ("dist/echarts.simple.min.js",)),
    Asset("htmx", "htmx.org", "2.0.11", "0BSD", ("dist/htmx.min.js",)),
    Asset("leaflet", "leaflet", "1.9.4", "BSD-2-Clause", ("dist/leaflet.js", "dist/leaflet.css")),
    Asset(
        "swagger", "swagger-ui-dist", "5.35.0", "Apache-2.0",
        ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"),
    ),
    Asset(
        "tabler", "@tabler/core", "1.6.1", "MIT", ("dist/css/tabler.min.css", "dist/js/tabler.min.js"),
        licence_text=Path(__file__).with_name("licence_tabler.txt"),
    ),
    Asset("zxing", "@zxing/library", "0.23.0", "Apache-2.0", ("umd/index.min.js",)),  # fetched when a camera is opened
)  # fmt: skip


def main() -> None:
    """Rewrites the vendor folders and their manifests."""
    # All of them first: a failure leaves the folders as they were.
    fetched = [(asset, contents(asset)) for asset in ASSETS]
    for root in (VENDOR, OF_TESTS):
        shutil.rmtree(root, ignore_errors=True)
        entries = [entry for asset, files in fetched if asset.root == root for entry in place(asset, files)]
        manifest = json.dumps({"files": entries}, indent=2, ensure_ascii=False) + "\n"
        (root / "manifest.json").write_text(manifest, encoding="utf-8")
        print(f"{len(entries)} files in {root.relative_to(REPO)}")


def contents(asset: Asset) -> dict[str, bytes]:
    """File name to content, licence included. Stops when hash, version or licence are not those announced."""
    name = f"{asset.package}@{asset.version}"
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npm", "pack", name, "--json", "--silent"]
        done = subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True)
        told = json.loads(done.stdout)[0]
        archive = (Path(scratch) / told["filename"]).read_bytes()
    found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if told["integrity"] != f"sha512-{found}" or told["version"] != asset.version:
        raise SystemExit(f"{name}: the archive is not the one that was announced")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        licence = json.loads(member(tar, "package.json"))["license"]
        if licence != asset.licence:
            raise SystemExit(f"{name}: its licence is now {licence!r}, not {asset.licence!r}")
        files = {Path(file).name: without_source_map(member(tar, file)) for file in asset.files}
        text = asset.licence_text.read_bytes() if asset.licence_text else member(tar, "LICENSE")
    return {**files, "LICENSE": text}


def member(tar: tarfile.TarFile, name: str) -> bytes:
    """The bytes of one file of an npm package."""
    file = tar.extractfile(f"package/{name}")
    if file is None:
        raise SystemExit(f"{name} is not a file")
    return file.read()


def without_source_map(content: bytes) -> bytes:
    """We ship no source maps, and a comment naming one makes every open developer console ask for it."""
    return re.sub(rb"\n(//|/\*)# sourceMappingURL=\S+( ?\*/)?\s*$", b"\n", content)


def place(asset: Asset, files: dict[str, bytes]) -> list[dict[str, str]]:
    """Writes the files; returns their manifest entries, `sha384` as browsers want it in `integrity`."""
    folder = asset.root / asset.folder
    folder.mkdir(parents=True)
    entries = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
        entries.append(
            {
                "name": asset.package,
                "version": asset.version,
                "licence": asset.licence,
                "file": f"{asset.folder}/{name}",
                "sha384": f"sha384-{digest}",
            }
        )
    return entries


if __name__ == "__main__":
    main()
