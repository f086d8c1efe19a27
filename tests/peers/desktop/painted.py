"""Presses keys on X11 and measures how long it takes until a part of the screen shows a text. Run by the system's python3.

usage: painted.py X Y WIDTH HEIGHT KEYS TIMES    prints a line of milliseconds for each time

Between two times it presses Escape, and waits until the part is of one colour again.
"""

import subprocess
import sys
import time

import gi

gi.require_version("Gdk", "3.0")
from gi.repository import Gdk  # noqa: E402

PATIENCE = 30
COLOURS_OF_TEXT = 8
"""A text has at least as many, because its edges are smoothed."""


def main(area, keys, times):
    root = Gdk.get_default_root_window()
    # One process for all keys, so that starting it isn't measured.
    hands = subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, text=True)

    def press(what):
        hands.stdin.write(f"key {what}\n")
        hands.stdin.flush()

    def colours():
        part = Gdk.pixbuf_get_from_window(root, *area)
        pixels, size = part.get_pixels(), part.get_n_channels()
        return len({pixels[at : at + size] for at in range(0, len(pixels) - size + 1, size)})

    def until(fits):
        begun = time.monotonic()
        while not fits(colours()):
            if time.monotonic() > begun + PATIENCE:
                sys.exit("the part of the screen did not change")
        return (time.monotonic() - begun) * 1000

    for _ in range(times):
        press(keys)
        print(f"{until(lambda seen: seen >= COLOURS_OF_TEXT):.1f}", flush=True)
        time.sleep(1)
        press("Escape")
        until(lambda seen: seen < COLOURS_OF_TEXT)
        time.sleep(1)


main(tuple(map(int, sys.argv[1:5])), sys.argv[5], int(sys.argv[6]))
