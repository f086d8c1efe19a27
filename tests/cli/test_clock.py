"""A machine whose clock is wrong."""

from __future__ import annotations

import re

import pytest

from peers.daypass import Daypass
from peers.sandbox import ROLE, Sandbox


@pytest.mark.parametrize(("by", "words"), [("-10m", "10 minutes behind"), ("-2h", "120 minutes behind")])
def test_a_wrong_clock_is_told_and_the_time_left_is_right(daypass: Daypass, sandbox: Sandbox, by: str, words: str):
    daypass.env |= sandbox.env
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    wrong = ("faketime", "-f", by)
    started = daypass("start", "dev", wrap=wrong)
    assert words in started.err
    left = re.search(r"valid for ([^(]+) \(", started.out)
    assert left and left[1].startswith(("1 h", "60 min", "59 min")), started.out
    assert words in daypass("status", wrap=wrong).err
    session = daypass.session("dev", wrap=wrong)
    assert session["expiresAt"] > session["expiresHere"], "by AWS's clock, and by this one"
    assert "clock" not in daypass("start", "dev", "--profile", "right").err
