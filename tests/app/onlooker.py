"""What a person at the screen can see and paste: run by the system's python3, to which Debian's GTK bindings belong.

usage: onlooker.py clipboard          prints the text on the clipboard
       onlooker.py screenshot FILE    saves the whole screen as a PNG
"""

import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402


def main(what, file=None):
    if what == "clipboard":
        print(Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text() or "")
    else:
        root = Gdk.get_default_root_window()
        Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height()).savev(file, "png", [], [])


main(*sys.argv[1:])
