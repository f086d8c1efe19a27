"""Favourites: chosen with the command, kept in config.toml, first wherever a role is chosen."""

from __future__ import annotations

import pytest

from peers.daypass import Daypass
from peers.screen import Screen

INVALID, NOT_FOUND = 2, 4
SHOP, DATA = "111122223333", "444455556666"
CONFIG = f"""
[identity.work]
kind = "profile"
profile = "legacy"

[[role]]
arn = "arn:aws:iam::{SHOP}:role/Admin"
identity = "work"
profile = "shop"

[[role]]
arn = "arn:aws:iam::{DATA}:role/Developer"
identity = "work"

[account.{DATA}]
name = "Data"
"""


@pytest.fixture(params=["agent", "no agent"])
def machine(request: pytest.FixtureRequest, daypass: Daypass) -> Daypass:
    daypass.config.write_text(daypass.config.read_text() + CONFIG)
    if request.param == "agent":
        daypass.agent()
    return daypass


def test_favourites_are_added_listed_and_removed_by_any_name(machine: Daypass):
    assert "No favourites yet" in machine("favourite", "list").err
    developer = f"work:arn:aws:iam::{DATA}:role/Developer"
    assert machine("favourite", "add", "data/dev").out == f"Added to your favourites: {developer}\n"
    machine("favourite", "add", "shop", developer)
    listed = machine("favourite", "list").out.splitlines()
    assert [line.split()[0] for line in listed] == ["ROLE", "Developer", "Admin"]
    assert machine("--json", "favourite", "list").json[0]["id"] == developer
    assert "unknown-role" in machine("favourite", "add", "nothing-like-it", code=NOT_FOUND).err

    # A role that is gone stays a favourite, and can be removed.
    machine("role", "remove", developer)
    assert "not listed now" in machine("favourite", "list").out
    machine("favourite", "remove", developer, "shop")
    assert "No favourites yet" in machine("favourite", "list").err


def test_a_favourite_is_the_first_of_the_list(machine: Daypass):
    with Screen([machine.binary, "start"], machine.env) as there:
        lines = there.shows("111122223333/Admin", "Data/Developer")
        assert "111122223333/Admin" in lines[1]
        there.type("\x1b")
        there.ends()
    machine("favourite", "add", "data/developer")
    with Screen([machine.binary, "start"], machine.env) as there:
        lines = there.shows("111122223333/Admin", "Data/Developer")
        assert "Data/Developer" in lines[1]
        there.type("\x1b")
        there.ends()


def test_an_account_is_put_into_a_folder(machine: Daypass):
    assert "folder Customer A" in machine("account", "set", "data", "--folder", "Customer A").out
    assert 'folder = "Customer A"' in machine.config.read_text()
    assert machine("--json", "account", "list").json[-1]["folder"] == "Customer A"
    machine("account", "unset", "data", "--folder")
    assert "Customer A" not in machine.config.read_text()
    assert "folder name" in machine("account", "set", "data", "--folder", " x", code=INVALID).err
