"""Prints the ten slowest tests of a JUnit report: where a stage's time goes.

usage: slowest.py REPORT
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree

MOST = 10


def main(report: str) -> None:
    tests = ElementTree.parse(report).iter("testcase")
    slowest = sorted(tests, key=lambda test: float(test.get("time", 0)), reverse=True)[:MOST]
    print("slowest tests:")
    for test in slowest:
        print(f"  {float(test.get('time', 0)):7.2f} s  {test.get('classname')} › {test.get('name')}")


if __name__ == "__main__":
    main(sys.argv[1])
