"""The private desktop and the WebDriver client, checked with independent programs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.private_desktop import SYSTEM_PYTHON, PrivateDesktop, private_desktop
from peers.process import end, running, wait_until
from peers.webdriver import webkit_page

TRAY_PROGRAM = """
import gi
gi.require_version("Gtk", "3.0"); gi.require_version("AyatanaAppIndicator3", "0.1")
from gi.repository import AyatanaAppIndicator3 as A, Gtk
icon = A.Indicator.new("smoke", "dialog-password", A.IndicatorCategory.APPLICATION_STATUS)
icon.set_status(A.IndicatorStatus.ACTIVE)
menu, outer, inner = Gtk.Menu(), Gtk.MenuItem(label="Sessions"), Gtk.Menu()
entry = Gtk.MenuItem(label="stop_all"); entry.connect("activate", lambda *_: print("clicked", flush=True))
inner.append(entry); outer.set_submenu(inner); menu.append(outer); menu.show_all(); icon.set_menu(menu)
window = Gtk.Window(title="Smoke window"); window.connect("delete-event", lambda *_: print("closed", flush=True)); window.show()
Gtk.main()
"""

PAGE = """data:text/html,<title>Smoke</title><label for=n>Name</label><input id=n>
<button aria-label='Say it' onclick='out.textContent=n.value'>x</button><button hidden>Say it not</button>
<p id=out role=status></p><select aria-label=Kind><option>one<option>two</select>"""


pytestmark = pytest.mark.xdist_group("desktop")


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateDesktop]:
    with private_desktop(tmp_path_factory.mktemp("desktop")) as running_desktop:
        yield running_desktop


def test_the_keyring_is_open(desktop: PrivateDesktop):
    def tool(*args: str, text: str = "") -> str:
        argv = ["secret-tool", *args, "smoke", "1"]
        return subprocess.run(argv, env=desktop.env, input=text, capture_output=True, text=True, timeout=20).stdout

    tool("store", "--label", "smoke", text="kept")
    assert tool("lookup") == "kept"


def test_a_notification_is_recorded_and_its_action_pressed(desktop: PrivateDesktop):
    argv = ["notify-send", "--wait", "--action=in=Sign in", "Session ends", "in five minutes"]
    sender = subprocess.Popen(argv, env=desktop.env, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        shown = desktop.wait_for_notification("five minutes")
        assert shown.actions == {"in": "Sign in"}
        desktop.press(shown, "Sign in")
        assert sender.communicate(timeout=10)[0].strip().endswith("in")
    finally:
        end(sender)


def test_a_tray_menu_is_read_and_clicked_and_a_window_closed(desktop: PrivateDesktop, tmp_path: Path):
    said = tmp_path / "tray-program.log"
    argv = [SYSTEM_PYTHON, "-c", TRAY_PROGRAM]
    with running("tray-program", argv, logs=tmp_path, env=desktop.env, ready=desktop.tray):
        assert desktop.tray_labels() == ["Sessions", "stop_all"]
        assert not desktop.click_tray("nothing of the kind")
        assert desktop.click_tray("stop_all")
        wait_until(lambda: "clicked" in said.read_text(), what="the click")
        assert wait_until(lambda: desktop.visible_windows("Smoke window"))
        desktop.close_window("Smoke window")
        wait_until(lambda: "closed" in said.read_text(), what="the window to be asked to close")
    wait_until(lambda: not desktop.tray(), what="the icon to go")


def test_without_a_keyring_and_a_tray_their_names_have_no_owner(tmp_path: Path):
    with private_desktop(tmp_path, keyring=False, tray=False) as bare:
        assert not bare.owned("org.freedesktop.secrets")
        assert not bare.owned("org.kde.StatusNotifierWatcher")
        assert bare.owned("org.freedesktop.Notifications")


def test_the_webdriver_client_finds_types_presses_and_looks(desktop: PrivateDesktop, tmp_path: Path):
    with webkit_page(desktop, tmp_path) as page:
        page.open(PAGE)
        assert page.title == "Smoke"
        page.by_role("textbox", "name").type("hello")
        assert page.by_role("textbox").value == "hello"
        assert [b.attribute("aria-label") for b in page.all_by_role("button", "say it")] == ["Say it"]
        page.press("Tab")
        assert page.active.attribute("aria-label") == "Say it"
        page.press("Enter")
        page.wait_for_text("hello")
        assert page.by_role("status").text == "hello"
        page.by_role("combobox", "kind").choose("two")
        assert page.by_role("combobox").value == "two"
        assert page.screenshot("smoke").stat().st_size > 1000
