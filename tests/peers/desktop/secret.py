"""Puts an item into a collection of gnome-keyring: COLLECTION LABEL ATTRIBUTES (JSON), and the secret on stdin.

The collection is made if it isn't there, with a password, so that no window asks for one.
"""

import json
import sys

import dbus

NAME, ROOT = "org.freedesktop.secrets", "/org/freedesktop/secrets"

wanted, label, attributes = sys.argv[1:]
bus = dbus.SessionBus()
service = bus.get_object(NAME, ROOT)
_, session = service.OpenSession("plain", dbus.String("", variant_level=1), dbus_interface="org.freedesktop.Secret.Service")


def secret(value):
    return dbus.Struct((session, dbus.ByteArray(b""), dbus.ByteArray(value), "text/plain"), signature="oayays")


path = f"{ROOT}/collection/{wanted}"
known = service.Get("org.freedesktop.Secret.Service", "Collections", dbus_interface=dbus.PROPERTIES_IFACE)
if path not in known:
    maker = dbus.Interface(service, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
    named = dbus.Dictionary({"org.freedesktop.Secret.Collection.Label": wanted}, signature="sv")
    path = maker.CreateWithMasterPassword(named, secret(b"only for tests"))
properties = {
    "org.freedesktop.Secret.Item.Label": label,
    "org.freedesktop.Secret.Item.Attributes": dbus.Dictionary(json.loads(attributes), signature="ss"),
}
collection = dbus.Interface(bus.get_object(NAME, path), "org.freedesktop.Secret.Collection")
collection.CreateItem(dbus.Dictionary(properties, signature="sv"), secret(sys.stdin.buffer.read()), True)
