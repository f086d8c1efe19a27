"""An org.freedesktop.Notifications service that records calls and can press an action. Run by the system's python3.

usage: notifications.py FILE    writes one JSON line for each call to FILE
Press: gdbus call --session -d org.freedesktop.Notifications -o /org/freedesktop/Notifications -m test.Peer.Press ID KEY
"""

import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
PRESSED, CLOSED_BY_CALL = 2, 3


def plain(value):
    """A D-Bus value as JSON, with long byte arrays (images) cut off."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value[:64]]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    for kind, made in ((dbus.Boolean, bool), (int, int), (float, float)):
        if isinstance(value, kind):
            return made(value)
    return str(value)


class Notifications(dbus.service.Object):
    """Keeps every notification until it is pressed or closed."""

    def __init__(self, bus, record):
        super().__init__(bus, PATH)
        self.record = record
        self.last_id = 0

    def log(self, **event):
        self.record.write(json.dumps(event) + "\n")

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u", sender_keyword="sender")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout, sender=None):
        if not replaces:
            self.last_id += 1
            replaces = self.last_id
        names = [str(a) for a in actions]
        self.log(
            call="Notify", id=int(replaces), app=str(app), icon=str(icon), summary=str(summary), body=str(body),
            actions=dict(zip(names[::2], names[1::2])), hints=plain(hints), timeout=int(timeout), sender=str(sender),
        )  # fmt: skip
        return dbus.UInt32(replaces)

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, number):
        self.log(call="CloseNotification", id=int(number))
        self.NotificationClosed(number, CLOSED_BY_CALL)

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["actions", "body", "body-markup", "icon-static", "persistence"]

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return ("recorder", "daypass tests", "1", "1.2")

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, number, key):
        pass

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, number, reason):
        pass

    @dbus.service.signal(NAME, signature="us")
    def ActivationToken(self, number, token):
        pass

    @dbus.service.method("test.Peer", in_signature="uss")
    def PressWithToken(self, number, key, token):
        """As on Wayland: the token lets the program take the focus."""
        self.ActivationToken(number, token)
        self.Press(number, key)

    @dbus.service.method("test.Peer", in_signature="us")
    def Press(self, number, key):
        self.log(call="Press", id=int(number), key=str(key))
        self.ActionInvoked(number, key)
        self.NotificationClosed(number, PRESSED)


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
session = dbus.SessionBus()
Notifications(session, open(sys.argv[1], "a", buffering=1))
name = dbus.service.BusName(NAME, session)
GLib.MainLoop().run()
