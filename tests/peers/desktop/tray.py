"""A StatusNotifierWatcher and host for apps' tray icons. Run by the system's python3.

test.Peer on /StatusNotifierWatcher:
  Items() -> JSON list: id, title, status, tooltip, icon (a path or a name), menu (a tree of {id, label, enabled, type,
             toggle-state, children});
             without items whose program doesn't answer (yet or any more)
               Click(ITEM, LABEL) -> JSON true if it found and clicked an entry with that label
"""

import json
import time

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"


def plain(value):
    if isinstance(value, dbus.Boolean):
        return bool(value)
    if isinstance(value, int):
        return int(value)
    return str(value) if isinstance(value, str) else type(value).__name__


def tree(node):
    """A dbusmenu layout node as plain data."""
    number, properties, children = node
    entry = {"id": int(number)} | {str(k): plain(v) for k, v in properties.items()}
    # libdbusmenu doubles underscores in a label and marks the mnemonic with a single one.
    entry["label"] = entry.get("label", "").replace("__", "\0").replace("_", "").replace("\0", "_")
    if children:
        entry["children"] = [tree(child) for child in children]
    return entry


def find(entry, label):
    if entry["label"] == label:
        return entry["id"]
    return next((n for n in (find(c, label) for c in entry.get("children", [])) if n is not None), None)


class Tray(dbus.service.Object):
    """Watcher and host in one."""

    def __init__(self, bus):
        super().__init__(bus, "/StatusNotifierWatcher")
        self.bus = bus
        self.items = []  # (owner, object path)

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        item = (sender, str(service)) if service.startswith("/") else (str(service), "/StatusNotifierItem")
        if item in self.items:
            return
        self.items.append(item)
        self.StatusNotifierItemRegistered("".join(item))
        self.bus.watch_name_owner(item[0], lambda owner: owner or self.forget(item))

    def forget(self, item):
        if item in self.items:
            self.items.remove(item)
            self.StatusNotifierItemUnregistered("".join(item))

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        self.StatusNotifierHostRegistered()

    @dbus.service.signal(WATCHER, signature="s")
    def StatusNotifierItemRegistered(self, service):
        pass

    @dbus.service.signal(WATCHER, signature="s")
    def StatusNotifierItemUnregistered(self, service):
        pass

    @dbus.service.signal(WATCHER)
    def StatusNotifierHostRegistered(self):
        pass

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return {
            "RegisteredStatusNotifierItems": dbus.Array(["".join(i) for i in self.items], signature="s"),
            "IsStatusNotifierHostRegistered": True,
            "ProtocolVersion": dbus.Int32(0),
        }

    def properties(self, number):
        owner, path = self.items[number]
        return dbus.Interface(self.bus.get_object(owner, path), dbus.PROPERTIES_IFACE).GetAll(ITEM)

    def menu(self, number):
        path = str(self.properties(number)["Menu"])
        return dbus.Interface(self.bus.get_object(self.items[number][0], path), MENU)

    def layout(self, number):
        menu = self.menu(number)
        try:
            menu.AboutToShow(0)
        except dbus.DBusException:
            pass  # optional
        return tree(menu.GetLayout(0, -1, dbus.Array([], signature="s"))[1])

    @dbus.service.method("test.Peer", out_signature="s")
    def Items(self):
        found = []
        for number in range(len(self.items)):
            try:
                properties, menu = self.properties(number), self.layout(number)
            except (dbus.DBusException, KeyError):
                continue
            item = {k.lower(): str(properties.get(k, "")) for k in ("Id", "Title", "Status", "Category")}
            tooltip = properties.get("ToolTip")
            item["icon"] = str(properties.get("IconName", ""))
            found.append(item | {"tooltip": str(tooltip[2]) if tooltip else "", "menu": menu})
        return json.dumps(found)

    @dbus.service.method("test.Peer", in_signature="is", out_signature="s")
    def Click(self, number, label):
        owner, data = self.items[number][0], dbus.String("", variant_level=1)
        for last in [False] * 20 + [True]:
            try:
                entry = find(self.layout(number), str(label))
                if entry is not None:
                    self.menu(number).Event(dbus.Int32(entry), "clicked", data, dbus.UInt32(0))
                return json.dumps(entry is not None)
            except dbus.DBusException:
                # The menu was rebuilt meanwhile, so the entry has another number now.
                if last:
                    raise
                if not self.bus.name_has_owner(owner):
                    return json.dumps(True)  # the program ended, as some entries make it
                time.sleep(0.1)


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
session = dbus.SessionBus()
Tray(session)
name = dbus.service.BusName(WATCHER, session)
GLib.MainLoop().run()
