"""Reads a program's window as a screen reader gets it, over AT-SPI. Needs the system's python3, with Debian's GTK bindings.

usage: listener.py NAME    prints the tree of the program of this name as JSON: role, name, description, states, children
"""

import json
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

STATES = ("FOCUSED", "SELECTED", "SHOWING", "ENABLED", "PRESSED", "EXPANDED", "CHECKED")
DEEPEST = 60
"""The page has fewer levels. A child that names its parent as its own would go on for ever."""


def main(name: str) -> None:
    Atspi.init()
    desktop = Atspi.get_desktop(0)
    programs = [desktop.get_child_at_index(at) for at in range(desktop.get_child_count())]
    found = [one for one in programs if one is not None and one.get_name() == name]
    print(json.dumps([tree(one, 0) for one in found]))


def tree(node: Atspi.Accessible, depth: int) -> dict:
    """One object with everything below it."""
    try:
        states = node.get_state_set()
        return {
            "role": node.get_role_name(),
            "name": node.get_name(),
            "description": node.get_description(),
            "states": [one.lower() for one in STATES if states.contains(getattr(Atspi.StateType, one))],
            "children": children(node, depth) if depth < DEEPEST else [],
        }
    except GLib.Error as gone:
        return {"role": "gone", "name": str(gone), "description": "", "states": [], "children": []}


def children(node: Atspi.Accessible, depth: int) -> list[dict]:
    """Those that are there."""
    found = (node.get_child_at_index(at) for at in range(node.get_child_count()))
    return [tree(one, depth + 1) for one in found if one is not None]


main(*sys.argv[1:])
