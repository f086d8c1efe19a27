"""Takes pictures of the window at four sizes and in two colour schemes, and checks what a program can check.

The pictures are for people. The program reports clipped text, content wider than the window, a dialog that lost the
focus, and what axe finds. Axe's contrast check needs a real browser engine.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path

from window import Window

from peers.process import ROOT, wait_until

SIZES = {"wide": (1100, 720), "small": (360, 640), "middle": (720, 480), "large": (1920, 1080)}
"""The window's initial size, one as narrow as it gets (`src-tauri/src/window.rs`), two columns, and a common full screen."""

SCHEMES = ("light", "dark")

MOST_PAGES = 12
"""The most pages of scrolled content to take."""

AXE = ROOT / "ui/node_modules/axe-core/axe.min.js"

TO_ITS_END = """
for (const one of document.getAnimations()) if (one.effect.getTiming().iterations !== Infinity) one.finish();
"""
"""Finish all animations."""

PAINTED = "return new Promise((done) => requestAnimationFrame(() => setTimeout(done, 120)))"

SCROLLER = """
const front = document.querySelector('dialog[open]');
const shown = (element) => element && element.getClientRects().length > 0;
const scrolls = [...(front ?? document).querySelectorAll('*')].filter((element) => shown(element)
  && ['auto', 'scroll'].includes(getComputedStyle(element).overflowY)
  && !element.closest('[role=listbox], textarea') && element.scrollHeight > element.clientHeight + 4);
"""
"""Finds what scrolls in the open dialog, or else in the window, with the tallest last."""

PAGES = SCROLLER + "const one = scrolls.at(-1); return one ? Math.ceil(one.scrollHeight / (one.clientHeight - 24)) : 1"

SCROLL = SCROLLER + "const one = scrolls.at(-1); if (one) one.scrollTop = arguments[0] * (one.clientHeight - 24)"

FAULTS = """
const front = document.querySelector('dialog[open]') ?? document.body;
const called = (element) => `${element.tagName.toLowerCase()}.${element.classList[0] ?? ''} “${
  (element.innerText || element.value || element.getAttribute('aria-label') || '').trim().slice(0, 50)}”`;
const found = [];
for (const element of front.querySelectorAll('*')) {
  const box = element.getBoundingClientRect();
  if (!box.width || element.closest('.visually-hidden, svg, mark, [inert]')) continue;
  const style = getComputedStyle(element);
  if (box.right > innerWidth + 1 || box.left < -1) found.push(`outside the window: ${called(element)}`);
  const cut = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
  if (cut && style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis' && !element.matches('input, select, textarea')) {
    found.push(`wider than its place: ${called(element)}`);
  }
  if (cut && element.matches('button')) found.push(`cut off: ${called(element)}`);
  if (element.matches('input') && element.placeholder && !element.value && cut) found.push(`cut placeholder: ${element.placeholder}`);
}
const dialog = document.querySelector('dialog[open]');
if (dialog) {
  const box = dialog.getBoundingClientRect();
  if (box.top < 0 || box.bottom > innerHeight || box.right > innerWidth) found.push('the dialog is larger than the window');
  if (!dialog.contains(document.activeElement)) found.push('the focus is not in the dialog');
}
if (document.documentElement.scrollWidth > innerWidth) found.push('the window scrolls sideways');
return [...new Set(found)];
"""

AXE_FINDS = """;
return axe.run(document.querySelector('dialog[open]') ?? document, {
  resultTypes: ['violations'], rules: { 'label-content-name-mismatch': { enabled: false } },
}).then((result) => result.violations.flatMap((one) => one.nodes.map((node) =>
  `${one.id}: ${node.target.join(' ')} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`)));
"""


@dataclass
class Camera:
    """Takes pictures into a folder."""

    folder: Path
    sizes: dict[str, tuple[int, int]] = field(default_factory=lambda: dict(SIZES))
    taken: list[str] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def shoot(self, window: Window, name: str, *, parts: bool = False) -> None:
        """Photograph a state at each size in each scheme, page by page if it scrolls.

        `parts`: a small window shows the chosen role and the identities on separate sheets.
        """
        page = window.page
        for size, (width, height) in self.sizes.items():
            resize(page, width, height)
            self._schemes(page, f"{name}.{size}")
            if parts and width < 720:
                self._sheets(window, f"{name}.{size}")
        resize(page, *SIZES["wide"])

    def _schemes(self, page, name: str) -> None:
        for scheme in SCHEMES:
            page.execute("document.documentElement.dataset.theme = arguments[0]", scheme)
            page.execute(TO_ITS_END)
            pages = min(page.execute(PAGES), MOST_PAGES) if scheme == "light" else 1
            before = page.execute(SCROLLER + "return scrolls.at(-1)?.scrollTop ?? 0")
            if pages > 1:
                page.execute(SCROLL, 0)
            for at in range(pages):
                if at:
                    page.execute(SCROLL, at)
                self._save(page, f"{name}-{scheme}" + (f"-{at + 1}" if at else ""))
            page.execute(SCROLLER + "if (scrolls.length) scrolls.at(-1).scrollTop = arguments[0]", before)
            found = page.execute(FAULTS)
            if "wide" in name:
                found += page.execute(AXE.read_text() + AXE_FINDS)
            if found:
                self.faults[f"{name}-{scheme}"] = found
                print(f"{name}-{scheme}", *found, sep="\n    ", flush=True)
        page.execute("delete document.documentElement.dataset.theme")

    def _sheets(self, window: Window, name: str) -> None:
        page = window.page
        if not page.execute("return Boolean(document.querySelector('[role=option][aria-selected=true]')?.click() ?? true)"):
            return
        if page.has("button", "Back to the list"):
            self._schemes(page, f"{name}-role")
            press(page, "Back to the list")
        press(page, "Identities")
        self._schemes(page, f"{name}-rail")
        page.press("Escape")

    def _save(self, page, name: str) -> None:
        page.execute(PAINTED)
        (self.folder / f"{name}.png").write_bytes(base64.b64decode(page.command("GET", "/screenshot")))
        self.taken.append(name)

    def index(self) -> Path:
        """Write a page with all pictures and the findings."""
        told = lambda name: "".join(f"<li>{json.dumps(one)}</li>" for one in self.faults.get(name, []))  # noqa: E731
        figures = (
            f'<figure><img src="{name}.png" loading="lazy"><figcaption>{name}<ul>{told(name)}</ul></figcaption></figure>'
            for name in sorted(p.stem for p in self.folder.glob("*.png"))
        )
        style = "body{font:13px system-ui;background:#888;display:flex;flex-wrap:wrap}img{max-width:700px}"
        page = self.folder / "index.html"
        page.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{''.join(figures)}")
        return page


def press(page, label: str) -> None:
    """Press a button, even if it is scrolled out of view."""
    page.execute("arguments[0].click()", page.by_role("button", label))


def resize(page, width: int, height: int) -> None:
    """Make the page this large, whatever surrounds it in its window."""
    inner = lambda: page.execute("return [innerWidth, innerHeight]")  # noqa: E731
    rect = page.command("GET", "/window/rect")
    wide, high = inner()
    page.command("POST", "/window/rect", {"width": rect["width"] - wide + width, "height": rect["height"] - high + height})
    wait_until(lambda: inner() == [width, height], what=f"the window to be {width} x {height}")
