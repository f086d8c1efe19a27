#!/usr/bin/env python3
"""Writes the AppStream metainfo file of the packages, by which software centres show Daypass.

    python packaging/metainfo.py FILE

Without DAYPASS_REPOSITORY, it has no links and no screenshots, which have to be addresses.
"""

from __future__ import annotations

import re
import struct
import sys
from pathlib import Path

import project

TEMPLATE = project.ROOT / "packaging/linux/io.daypass.desktop.metainfo.xml.in"
PICTURE = project.ROOT / "docs/images/window-light.png"


def main() -> None:
    text = TEMPLATE.read_text()
    repository = project.repository()
    if repository is None:
        text = re.sub(r" *<screenshots>.*?</screenshots>\n| *<url .*?</url>\n", "", text, flags=re.DOTALL)
    width, height = size(PICTURE)
    values = {"VERSION": project.version(), "DATE": project.date(), "WIDTH": width, "HEIGHT": height}
    for name, value in {**values, "REPOSITORY": repository}.items():
        text = text.replace(f"@{name}@", str(value))
    Path(sys.argv[1]).write_text(text)


def size(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG file, which are at the beginning of it."""
    return struct.unpack(">II", picture.read_bytes()[16:24])


if __name__ == "__main__":
    main()
