"""The app asks about programs in a window of the platform's, and its page can't answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from consent_window import ConsentWindow
from window import driven

from peers.asker import Asker
from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import wait_until
from peers.sandbox import ROLE, Sandbox


@pytest.fixture
def asked(machine: Daypass, sandbox: Sandbox) -> Daypass:
    """A machine whose account is asked about."""
    machine.sign_in(sandbox.issuer, (ROLE, "dev"))
    machine("account", "set", "444455556666", "--ask", "per-session", "--name", "shop-prod")
    return machine


def questions(machine: Daypass) -> list[dict]:
    """What waits for the person."""
    return machine("consent", "list", "--json").json["questions"]


def events(machine: Daypass, event: str) -> list[str]:
    """The answers in the audit log."""
    return [line["consent"] for line in machine("logs", "list", "--event", event, "--json").json["lines"]]


def test_the_question_is_answered_outside_of_the_page(asked: Daypass, desktop: PrivateDesktop, tmp_path: Path):
    question, shop = ConsentWindow(desktop, "Developer"), tmp_path / "home/shop"
    with driven(asked, desktop) as window:
        window.page.wait_for_text("Developer")
        flood = [Asker(asked, shop) for _ in range(5)]
        question.wait()
        wait_until(lambda: [one["processes"] for one in questions(asked)] == [5], what="five that wait")
        question.picture("50-consent")
        assert len(desktop.visible_windows(question.title)) == 1
        assert "May " not in window.page.text, "the page doesn't show the question"
        question.press("o", lambda: not questions(asked))
        assert all(asker.got() for asker in flood)
        question.gone()
        assert wait_until(lambda: events(asked, "consent-given"), what="the line") == ["once"]

        refused = Asker(asked, shop)
        question.press("n", lambda: refused.result.read_text())
        assert "consent-refused" in refused.ended()["err"]
        question.gone()
        assert wait_until(lambda: events(asked, "consent-refused"), what="the line") == ["no"]
        asked("consent", "revoke", "--all")

        reads = Asker(asked, shop)
        question.press("r", lambda: reads.result.read_text())
        key = reads.got()["AccessKeyId"]
        narrowed = asked.session("dev-read-only")
        assert narrowed["accessKeyId"] == key and narrowed["terms"]["read_only"]
        assert Asker(asked, shop).got()["AccessKeyId"] == key, "the answer holds until the session ends"
        asked("logs", "verify")
