#!/usr/bin/env python3
"""Takes pictures of every form and state of the real window for people to look at: `./dev shots [SCENE...]`.

usage: gallery.py FOLDER [SCENE...]

The program checks only what it can see (`camera.py`), and exits with status 1 if it finds something. The last scene is
not the real app. It shows states that can't be reached in time, with the window's code on its in-memory backend, in the
same web view.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from camera import SIZES, Camera  # noqa: E402
from scenes import SCENES, Stage  # noqa: E402

from peers.private_desktop import private_desktop  # noqa: E402


def main(folder: Path, names: list[str]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    camera = Camera(folder)
    for name in names or list(SCENES):
        camera.sizes = dict(SIZES)
        with tempfile.TemporaryDirectory(prefix="daypass-shots-") as place:
            with private_desktop(Path(place) / "desktop", size="2400x1600x24") as desktop:
                print(f"== {name}", flush=True)
                SCENES[name](Stage(Path(place), desktop, camera))
    print(f"{len(camera.taken)} pictures: {camera.index()}")
    return 1 if camera.faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
