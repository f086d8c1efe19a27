"""A window of another program, which starts programs and gives tokens as a desktop does. Run by the system's python3.

usage: launcher.py TITLE
test.Peer on /:
  Typed()            what was typed into the window
  Token()            a token for the focus
  Start(JSON)        starts {argv, env} with such a token
"""

import json
import os
import shlex
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gio, Gtk  # noqa: E402

NAME = "test.Launcher"


class Launcher(dbus.service.Object):
    @dbus.service.method("test.Peer", out_signature="s")
    def Typed(self):
        return field.get_text()

    @dbus.service.method("test.Peer", out_signature="s")
    def Token(self):
        app = Gio.AppInfo.create_from_commandline("true", "true", Gio.AppInfoCreateFlags.SUPPORTS_STARTUP_NOTIFICATION)
        return self.context().get_startup_notify_id(app, []) or ""

    @dbus.service.method("test.Peer", in_signature="s")
    def Start(self, asked):
        asked = json.loads(asked)
        context = self.context()
        for name in os.environ:
            context.unsetenv(name)
        for name, value in asked["env"].items():
            context.setenv(name, value)
        # As a desktop entry with StartupNotify=true.
        command = " ".join(map(shlex.quote, asked["argv"]))
        app = Gio.AppInfo.create_from_commandline(command, "started", Gio.AppInfoCreateFlags.SUPPORTS_STARTUP_NOTIFICATION)
        app.launch([], context)

    def context(self):
        return Gdk.Display.get_default().get_app_launch_context()


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
session = dbus.SessionBus()
Launcher(session, "/")
name = dbus.service.BusName(NAME, session)
window = Gtk.Window(title=sys.argv[1])
field = Gtk.Entry()
window.add(field)
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()
