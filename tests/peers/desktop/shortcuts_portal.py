"""org.freedesktop.portal.GlobalShortcuts, as a desktop has it. Run by the system's python3.

usage: shortcuts_portal.py FILE    writes one JSON line for each call to FILE
test.Peer on /org/freedesktop/portal/desktop:
  Activate(ID, TOKEN)   the person presses the keys of a shortcut; the token is for the focus
  Refuse(BOOLEAN)       whether the next shortcut is refused
"""

import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
REQUEST = "org.freedesktop.portal.Request"
GRANTED, CANCELLED = 0, 1


class Request(dbus.service.Object):
    """A question whose answer comes as a signal, to the program that asked."""

    @dbus.service.signal(REQUEST, signature="ua{sv}")
    def Response(self, response, results):
        pass


class Portal(dbus.service.Object):
    def __init__(self, bus, record):
        super().__init__(bus, PATH)
        self.bus, self.record = bus, record
        self.sessions = []
        self.refuses = False

    def log(self, **event):
        self.record.write(json.dumps(event) + "\n")

    def answer(self, sender, options, response, results):
        path = f"{PATH}/request/{sender[1:].replace('.', '_')}/{options['handle_token']}"
        request = Request(self.bus, path)

        def tell():
            request.Response(dbus.UInt32(response), dbus.Dictionary(results, signature="sv"))
            request.remove_from_connection()
            return False

        GLib.idle_add(tell)
        return dbus.ObjectPath(path)

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v")
    def Get(self, interface, prop):
        return dbus.UInt32(1)

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return dbus.Dictionary({"version": dbus.UInt32(1)}, signature="sv")

    @dbus.service.method("org.freedesktop.host.portal.Registry", in_signature="sa{sv}")
    def Register(self, app_id, options):
        self.log(call="Register", app_id=str(app_id))

    @dbus.service.method(SHORTCUTS, in_signature="a{sv}", out_signature="o", sender_keyword="sender")
    def CreateSession(self, options, sender=None):
        session = f"{PATH}/session/{sender[1:].replace('.', '_')}/{options['session_handle_token']}"
        self.sessions.append(session)
        return self.answer(sender, options, GRANTED, {"session_handle": session})

    @dbus.service.method(SHORTCUTS, in_signature="oa(sa{sv})sa{sv}", out_signature="o", sender_keyword="sender")
    def BindShortcuts(self, session, shortcuts, parent, options, sender=None):
        asked = {str(id): {str(k): str(v) for k, v in details.items()} for id, details in shortcuts}
        self.log(call="BindShortcuts", session=str(session), shortcuts=asked)
        if self.refuses:
            return self.answer(sender, options, CANCELLED, {})
        granted = [(id, {"trigger_description": f"Press {d['preferred_trigger']}"}) for id, d in asked.items()]
        return self.answer(sender, options, GRANTED, {"shortcuts": dbus.Array(granted, signature="(sa{sv})")})

    @dbus.service.signal(SHORTCUTS, signature="osta{sv}")
    def Activated(self, session, shortcut, timestamp, options):
        pass

    @dbus.service.method("test.Peer", in_signature="ss")
    def Activate(self, shortcut, token):
        details = dbus.Dictionary({"activation_token": token} if token else {}, signature="sv")
        self.Activated(dbus.ObjectPath(self.sessions[-1]), shortcut, dbus.UInt64(0), details)

    @dbus.service.method("test.Peer", in_signature="b")
    def Refuse(self, refuses):
        self.refuses = bool(refuses)


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
session = dbus.SessionBus()
Portal(session, open(sys.argv[1], "a", buffering=1))
name = dbus.service.BusName(NAME, session)
GLib.MainLoop().run()
