#!/usr/bin/env python3
"""A scripted person with a browser. `BROWSER=.../person.py` opens a sign-in URL and completes the sign-in.

It follows redirects, fills in sign-in forms, accepts consent and device pages, and ends at a page without a form. After
a sign-in, this is the page of the program under test. It uses only the standard library and loopback addresses.

Environment:
  PERSON_USER, PERSON_PASSWORD   who signs in (default alice, secret)
  PERSON_DENY=1                  denies consent, with the deny button or the cancel link
  PERSON_STOP=url|login|assertion  closes the browser immediately, at the sign-in form, or before posting an assertion
  PERSON_TAMPER=NAME=VALUE       changes a query parameter of the redirect back to the program (state=forged, ...)
  PERSON_HOSTS=URL=URL[,…]        loads pages that begin with the first from the second, as in a network of its own
  PERSON_TRACE=FILE              writes a line for each request, without secrets, and the text of the last page
  PERSON_COOKIES=FILE            keeps cookies between runs, as a browser does
  PERSON_SAML=FILE               writes the assertion that a page would post to AWS as JSON, with the fields of `Posted`
  
  A test can also get the assertion without the program: `post_of_assertion(url, "alice", "secret")`.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import asdict, dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
MOST_PAGES = 20
USER_FIELDS = {"login", "user", "username", "email"}


def main(url: str) -> int:
    visit = Visit(os.environ)
    with visit.trace:
        return visit.go(url)


@dataclass(frozen=True)
class Posted:
    """The form with an assertion that a page submits by itself. It was not sent."""

    url: str
    saml_response: str
    """Base64, as in the form."""
    relay_state: str | None
    typed_password: bool
    """Whether the person had to sign in for it. If not, the identity provider still remembered them."""


def post_of_assertion(url: str, user: str, password: str, *, cookies: Path | None = None) -> Posted:
    """Sign in at `url`, and return what the last page would post. `cookies` keeps the person signed in.
    
    Raises AssertionError with the text of the last page if there was no assertion.
    """
    visit = Visit({
        "PERSON_USER": user, "PERSON_PASSWORD": password, "PERSON_STOP": "assertion",
        "PERSON_COOKIES": str(cookies or ""),
    })  # fmt: skip
    with visit.trace:
        visit.go(url)
    assert visit.posted, f"{user} got no assertion: {visit.last_note}"
    return visit.posted


class Visit:
    """One sign-in."""

    def __init__(self, env):
        self.user = env.get("PERSON_USER", "alice")
        self.password = env.get("PERSON_PASSWORD", "secret")
        self.deny = bool(env.get("PERSON_DENY"))
        self.stop = env.get("PERSON_STOP", "")
        self.tamper = dict(p.split("=", 1) for p in env.get("PERSON_TAMPER", "").split(",") if p)
        self.hosts = dict(p.split("=", 1) for p in env.get("PERSON_HOSTS", "").split(",") if p)
        self.trace = open(env.get("PERSON_TRACE") or os.devnull, "a", buffering=1)
        self.last_note = ""
        self.saml_file = Path(env["PERSON_SAML"]) if env.get("PERSON_SAML") else None
        self.posted: Posted | None = None
        self.typed_password = False
        self.cookie_file = Path(env["PERSON_COOKIES"]) if env.get("PERSON_COOKIES") else None
        self.cookies = http.cookiejar.LWPCookieJar(self.cookie_file)
        if self.cookie_file and self.cookie_file.exists():
            self.cookies.load(ignore_discard=True)
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),
            urllib.request.HTTPCookieProcessor(self.cookies),
            NoRedirects(),
        )

    def go(self, url: str) -> int:
        self.note(f"opens {without_query(url)}")
        if self.stop == "url":
            return self.left("before the page was loaded")
        data: dict[str, str] | None = None
        forms_seen: dict[str, int] = {}
        for _ in range(MOST_PAGES):
            for there, here in self.hosts.items():
                if url.startswith(there):
                    url = here + url.removeprefix(there)
            if urllib.parse.urlsplit(url).hostname not in LOOPBACK:
                return self.left(f"would open {without_query(url)}, which is not on this machine")
            status, location, page = self.load(url, data)
            data = None
            if location:
                url = self.follow(url, location)
                continue
            form = self.pick(page)
            key = form and f"{form.action} {sorted(form.fields)}"
            if not form or forms_seen.get(key, 0) > 1:
                self.note(f"end {status}: {page.text[:400]}")
                return 0 if status < 400 else 1
            forms_seen[key] = forms_seen.get(key, 0) + 1
            if form.asks_password and self.stop == "login":
                return self.left("at the sign-in form")
            if self.deny and (cancel := page.cancel_link()):
                url = urllib.parse.urljoin(url, cancel)
                continue
            data = self.fill(form)
            url = urllib.parse.urljoin(url, form.action) if form.action not in ("", "#") else url
            if "SAMLResponse" in data:
                self.posted = Posted(url, data["SAMLResponse"], data.get("RelayState"), self.typed_password)
                if self.saml_file:
                    self.saml_file.write_text(json.dumps(asdict(self.posted)))
                if self.stop == "assertion":
                    return self.left("with the assertion")
            self.typed_password |= form.asks_password
        return self.left(f"after {MOST_PAGES} pages")

    def load(self, url: str, data: dict[str, str] | None) -> tuple[int, str | None, Page]:
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        try:
            answer = self.opener.open(urllib.request.Request(url, data=body), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        except OSError as error:
            self.note(f"cannot open {without_query(url)}: {error}")
            return 599, None, Page("")
        with answer:
            text = answer.read().decode(errors="replace")
            self.note(f"{answer.status} {'POST' if body is not None else 'GET'} {without_query(url)}")
            if self.cookie_file:
                self.cookies.save(ignore_discard=True)
            redirect = answer.status in (301, 302, 303, 307, 308)
            return answer.status, answer.headers["Location"] if redirect else None, Page(text)

    def follow(self, url: str, location: str) -> str:
        target = urllib.parse.urljoin(url, location)
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(target).query))
        # `state` together with a code or an error means the redirect back to the program.
        if self.tamper and "state" in query and query.keys() & {"code", "error"}:
            query.update(self.tamper)
            target = target.split("?")[0] + "?" + urllib.parse.urlencode(query)
        return target

    def pick(self, page: Page) -> Form | None:
        """The next form to submit: sign-in first, then consent, device code, or an assertion that submits itself."""
        leading = [f for f in page.forms if f.asks_password or "SAMLResponse" in f.fields]
        consent = [f for f in page.forms if f.fields.keys() & {"prompt", "confirm", "user_code", "action", "decision"}]
        return next(iter(leading + consent), None)

    def fill(self, form: Form) -> dict[str, str]:
        data = dict(form.fields)
        button = next((b for b in form.buttons if ("deny" in b[1].lower()) == self.deny), None)
        if button and button[0]:
            data[button[0]] = button[1]
        for name in data:
            if name in USER_FIELDS:
                data[name] = self.user
            elif name == "password":
                data[name] = self.password
        return data

    def left(self, where: str) -> int:
        self.note(f"left {where}")
        return 0

    def note(self, line: str) -> None:
        self.last_note = line
        print(line, file=self.trace)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Passes redirects to the person, who checks where they lead."""

    def redirect_request(self, *_):
        return None


class Form:
    """A form: its action, its fields, and its buttons as (name, value)."""

    def __init__(self, action: str):
        self.action = action
        self.fields: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []
        self.asks_password = False


class Page(HTMLParser):
    """The forms, links and text of a page."""

    def __init__(self, html: str):
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self.text = re.sub(r"\s+", " ", unescape(re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", html, flags=re.S | re.I)))
        self.feed(html)
        for match in re.finditer(r'<a[^>]*href="([^"]*)"[^>]*>(.*?)</a>', html, re.S | re.I):
            self.links.append((unescape(match[1]), re.sub(r"<[^>]+>", "", match[2])))

    def handle_starttag(self, tag, attrs):
        a = {k: v or "" for k, v in attrs}
        if tag == "form":
            self._form = Form(a.get("action", ""))
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "button" or (tag == "input" and a.get("type") in ("submit", "image")):
            self._form.buttons.append((a.get("name", ""), a.get("value", "")))
        elif tag == "input" and a.get("name"):
            self._form.fields[a["name"]] = a.get("value", "")
            self._form.asks_password |= a.get("type") == "password"

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None

    def cancel_link(self) -> str | None:
        return next((href for href, text in self.links if re.search(r"cancel|abort|deny", text + href, re.I)), None)


def without_query(url: str) -> str:
    return url.split("?")[0].split("#")[0]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: person.py URL")
    sys.exit(main(sys.argv[1]))
