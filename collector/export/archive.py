"""The tables in one file for a download."""

import zipfile
from pathlib import Path


def pack(folder: Path, target: Path, *, compress: bool) -> Path:
    """Move the files of `folder` into a ZIP at `target`; returns `target`.

    Each file goes once it is packed, so that the largest table needs room twice and the others do not. `compress`
    is for tables that are not compressed themselves. Archives beyond 4 GiB are ZIP64.
    """
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{folder.name}/{path.name}")
            path.unlink()
    return target
