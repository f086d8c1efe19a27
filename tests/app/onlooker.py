"""Reads what a person at the screen can see and paste. Needs the system's python3, which has Debian's GTK bindings.

usage: onlooker.py clipboard          prints the text on the clipboard
       onlooker.py copy TEXT          puts the text on the clipboard, and keeps it there until it is killed
       onlooker.py screenshot FILE    saves the whole screen as a PNG
       onlooker.py colours X Y W H    prints the number of colours in a part of the screen
       onlooker.py lightness X Y W H  prints how light a part of the screen is, from 0 to 255
       onlooker.py pixels FILE...     prints a digest of each picture's pixels
"""

import hashlib
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GdkPixbuf, Gtk  # noqa: E402


def main(what, *args):
    root = Gdk.get_default_root_window()
    if what == "clipboard":
        print(Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text() or "")
    elif what == "copy":
        Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).set_text(args[0], -1)
        print("copied", flush=True)
        Gtk.main()
    elif what == "colours":
        part = Gdk.pixbuf_get_from_window(root, *map(int, args))
        pixels, size = part.get_pixels(), part.get_n_channels()
        print(len({pixels[at : at + size] for at in range(0, len(pixels) - size + 1, size)}))
    elif what == "lightness":
        part = Gdk.pixbuf_get_from_window(root, *map(int, args))
        pixels = part.get_pixels()
        print(sum(pixels) / len(pixels))
    elif what == "pixels":
        for file in args:
            print(hashlib.sha256(GdkPixbuf.Pixbuf.new_from_file(file).get_pixels()).hexdigest())
    else:
        Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height()).savev(args[0], "png", [], [])


main(*sys.argv[1:])
