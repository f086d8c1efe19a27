#!/usr/bin/python3
"""Renders the tray's icons from their SVG sources, and checks that each is seen on light and on dark panels.

usage: render.py              writes the PNGs that the app has built in
       render.py --check      fails if a PNG isn't what its source draws, or can't be seen
       render.py --sheet FILE writes a picture of all of them on light and on dark, to look at

It needs the system's python3 with GdkPixbuf's SVG loader (Debian: python3-gi, librsvg2-common).
"""

import re
import sys
from pathlib import Path

import gi

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf, GLib  # noqa: E402

HERE = Path(__file__).parent
STATES = ("idle", "running", "needs-you", "failed")

FILES = (("", 48), ("-template", 44))
"""What is built in: twice a panel of 24 pixels, and twice macOS's menu bar, which colours it by itself."""

SIZES = (16, 22, 24, 32, 44, 48)
PANELS = {"light": "#ffffff", "grey": "#dedede", "dark": "#2e2e2e", "black": "#000000"}

LEAST_CONTRAST = 3.0
"""What WCAG asks of graphics."""


def drawn(state, size, black=False):
    """An icon as a pixbuf."""
    source = (HERE / f"{state}.svg").read_text()
    if black:
        source = re.sub(r'(fill|stroke)="#(?!fff|000)[0-9a-f]{6}"', r'\1="#000000"', source)
    loader = GdkPixbuf.PixbufLoader.new_with_type("svg")
    loader.set_size(size, size)
    loader.write(source.encode())
    loader.close()
    return loader.get_pixbuf()


def pixels(pixbuf):
    """Each pixel's red, green, blue and opacity, row by row."""
    data, stride, channels = pixbuf.get_pixels(), pixbuf.get_rowstride(), pixbuf.get_n_channels()
    for y in range(pixbuf.get_height()):
        for x in range(pixbuf.get_width()):
            yield tuple(data[y * stride + x * channels : y * stride + x * channels + 4])


def luminance(rgb):
    """As WCAG defines it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def rgb(colour):
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def worst_contrast(state):
    """The lowest contrast of the icon's opaque pixels with any panel, and with which."""
    colours = {p[:3] for p in pixels(drawn(state, 48)) if p[3] > 250}
    return min((contrast(c, rgb(panel)), name) for c in colours for name, panel in PANELS.items() if name != "grey")


def check():
    wrong = []
    for state in STATES:
        worst, panel = worst_contrast(state)
        print(f"{state}: contrast at least {worst:.2f}:1 ({panel})")
        if worst < LEAST_CONTRAST:
            wrong.append(f"{state} can't be seen on a {panel} panel")
        for kind, size in FILES:
            file = HERE / f"{state}{kind}-{size}.png"
            if not file.exists():
                wrong.append(f"{file.name} is missing")
                continue
            kept, new = GdkPixbuf.Pixbuf.new_from_file(str(file)), drawn(state, size, black=bool(kind))
            # Versions of librsvg differ in the last bits of an edge.
            apart = max(abs(a - b) for p, q in zip(pixels(kept), pixels(new), strict=True) if p[3] or q[3] for a, b in zip(p, q))
            if apart > 40:
                wrong.append(f"{file.name} isn't what {state}.svg draws: run icons/tray/render.py")
    sys.exit("\n".join(wrong) or None)


def sheet(file):
    """Rows are panels, columns states by size."""
    row, gap = 64, 12
    width = sum((size + gap) * len(STATES) for size in SIZES) + gap
    picture = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, width, row * len(PANELS))
    for i, panel in enumerate(PANELS.values()):
        picture.new_subpixbuf(0, i * row, width, row).fill(int(panel[1:] + "ff", 16))
        x = gap
        for size in SIZES:
            for state in STATES:
                y = i * row + (row - size) // 2
                drawn(state, size).composite(
                    picture, x, y, size, size, x, y, 1, 1, GdkPixbuf.InterpType.NEAREST, 255
                )
                x += size + gap
    picture.savev(file, "png", [], [])


def main(*args):
    match args:
        case ():
            for state in STATES:
                for kind, size in FILES:
                    drawn(state, size, black=bool(kind)).savev(str(HERE / f"{state}{kind}-{size}.png"), "png", [], [])
        case ("--check",):
            check()
        case ("--sheet", file):
            sheet(file)
        case _:
            sys.exit(__doc__)


try:
    main(*sys.argv[1:])
except GLib.Error as error:
    sys.exit(f"{error.message}: is GdkPixbuf's SVG loader there?")
