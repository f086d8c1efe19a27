#!/usr/bin/env python3
"""Measures the product side by side in one run: `./dev bench [command] [endpoint] [files] [search] [window] [quick]`.

Nothing here passes or fails, because on a busy machine that would be a coin toss. The targets in ARCHITECTURE.md are
next to the numbers. The programs to compare run in turns, so that a busy moment affects all of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import quick_bench  # noqa: E402
from peers.daypass import Daypass, printed  # noqa: E402
from peers.private_desktop import PrivateDesktop, private_desktop  # noqa: E402
from peers.process import ROOT, TARGET, wait_until  # noqa: E402
from peers.sandbox import ROLE  # noqa: E402
from peers.sandbox import sandbox as run_sandbox  # noqa: E402
from peers.webdriver import WebDriver, WebDriverError, native_driver, wanted  # noqa: E402

RELEASE = TARGET / "release"
RUNS = 200
SLOW_RUNS = 10
WINDOW_RUNS = 9
SESSIONS = 20
IDLE_SECONDS = 30
OTHER_PROFILES = 5_000
OTHER_ROLES = 10_000
REQUESTS = 20_000
CONNECTIONS = 16


def main(asked: list[str]) -> int:
    parts = {"command": command, "endpoint": endpoint, "files": files, "search": search, "window": window, "quick": quick}
    if unknown := set(asked) - set(parts):
        sys.exit(f"bench: unknown part: {', '.join(unknown)} (choose from: {', '.join(parts)})")
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(f"{cores} cores, load {load:.1f} at the start; times in ms unless said otherwise\n")
    for name in asked or parts:
        with tempfile.TemporaryDirectory(prefix="daypass-bench-", dir=ROOT / ".dev") as folder:
            parts[name](Path(folder))
        print()
    return 0


# ---- the command ---------------------------------------------------------------------------------------------------


def command(folder: Path) -> None:
    """`daypass credential-process` and `prompt`, the whole process, next to a program that does nothing."""
    with run_sandbox(folder, program=RELEASE / "examples/sandbox") as sandbox, contextlib.ExitStack() as machines:
        runs: dict[str, Callable[[], None]] = {"an empty Rust program": spawning([empty_program(folder)], os.environ)}
        for profiles, roles in ((0, 0), (OTHER_PROFILES, 0), (0, OTHER_ROLES)):
            for agent in (True, False):
                machine = signed_in(folder / f"machine-{profiles}-{roles}-{agent}", sandbox, profiles, roles)
                machines.callback(machine.end_background)
                if agent:
                    machine.agent()
                argv = [machine.binary, "credential-process", "--profile", "dev"]
                others = f"{roles:,} declared roles" if roles else f"{profiles:,} other profiles"
                words = f"credential-process, {'agent' if agent else 'no agent'}, {others}"
                runs[words] = spawning(argv, machine.env)
                # As `daypass use` leaves it, so that there is something to print without an agent too.
                marks = {"AWS_PROFILE": "dev", "DAYPASS_PROFILE": "dev", "DAYPASS_ROLE": "444455556666/Developer"}
                if not (profiles or roles):
                    prompt = [machine.binary, "prompt"]
                    runs[f"prompt, {'agent' if agent else 'no agent'}"] = spawning(prompt, machine.env | marks)
        print(f"the command, {RUNS} runs each in turns")
        floor = table(runs, RUNS, bar={"agent": "bar: +3", "no agent": "bar: +15"})
        aws_cli(machine, floor)


def signed_in(folder: Path, sandbox, profiles: int, roles: int) -> Daypass:
    machine = Daypass(folder, binary=RELEASE / "daypass")
    section = "\n[other-{0}]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {0:040}\n"
    with machine.credentials.open("a") as file:
        file.writelines(section.format(n) for n in range(profiles))
    with machine.aws_config.open("a") as file:
        file.writelines(f"[profile other-{n}]\nregion = eu-central-1\n" for n in range(profiles))
    machine.env |= sandbox.env
    machine.sign_in(sandbox.issuer, (ROLE, "dev"))
    machine("start", "dev")
    declared = '\n[[role]]\narn = "arn:aws:iam::123456789012:role/Other-{0}"\nidentity = "work"\nprofile = "other-{0}"\n'
    with machine.config.open("a") as file:
        file.writelines(declared.format(n) for n in range(roles))
    return machine


def empty_program(folder: Path) -> Path:
    source, program = folder / "empty.rs", folder / "empty"
    source.write_text("fn main() {}\n")
    subprocess.run(["rustc", "-O", "--edition", "2024", "-o", program, source], check=True)
    return program


def aws_cli(machine: Daypass, floor: float) -> None:
    """How long the AWS CLI takes for the same answer. Version 1 doesn't have the command."""
    aws = shutil.which("aws", path="/usr/bin:/usr/local/bin") or shutil.which("aws")
    version = aws and subprocess.run([aws, "--version"], capture_output=True, text=True).stdout.strip()
    words = "aws configure export-credentials"
    if not version or not version.startswith("aws-cli/2"):
        print(f"  {words:<60} skipped: AWS CLI 2 is not installed ({version or 'none found'}); apt-get install awscli")
        return
    argv = [aws, "configure", "export-credentials", "--profile", "dev", "--format", "process"]
    try:
        table({f"{words} ({version.split()[0]})": spawning(argv, machine.env)}, SLOW_RUNS, floor=floor)
    except RuntimeError as error:
        print(f"  {words:<60} skipped: {version.split()[0]}: {error}")


def spawning(argv: list, env) -> Callable[[], None]:
    """Runs a program to its end, with as little Python around it as possible."""
    args, env = [str(a) for a in argv], dict(env)
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, flags, 0) for fd, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY))]

    def run() -> None:
        _, status = os.waitpid(os.posix_spawn(args[0], args, env, file_actions=quiet), 0)
        if status:
            raise RuntimeError(f"{' '.join(args[1:3])} ended with {os.waitstatus_to_exitcode(status)}")

    return run


# ---- the endpoint --------------------------------------------------------------------------------------------------


def endpoint(folder: Path) -> None:
    """Requests for credentials on warm connections, next to Python's own HTTP server with the same answer."""
    with run_sandbox(folder, program=RELEASE / "examples/sandbox") as sandbox, contextlib.ExitStack() as running:
        machine = signed_in(folder / "endpoint", sandbox, 0, 0)
        running.callback(machine.end_background)
        machine.agent()
        serving = machine.spawn("serve", "dev", "--json")
        variables = printed(serving)["consumers"][0]["variables"]
        uri, token = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        port, path = int(uri.split(":")[2].split("/")[0]), "/" + uri.split("/", 3)[3]
        warm = Connection(port, path, token)
        peer = subprocess.Popen([sys.executable, "-c", PEER, token], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        running.callback(peer.kill)
        peer.stdin.write(warm.ask().partition(b"\r\n\r\n")[2])
        peer.stdin.close()
        servers = {"daypass serve": (serving, port), "Python's http.server": (peer, int(peer.stdout.readline()))}
        print(f"the endpoint, {REQUESTS:,} requests (bars: p50 1 ms, 5,000 requests a second on one core)")
        print(f"  {'':<28}{'p50':>9}{'p95':>9}{'one connection, 1/s':>22}{'for each second of its CPU':>28}")
        for name, (process, at) in servers.items():
            times = one_by_one(Connection(at, path, token))
            before = cpu_of(process.pid)
            all_at_once([Connection(at, path, token) for _ in range(CONNECTIONS)])
            rate = REQUESTS / (cpu_of(process.pid) - before)
            middle = statistics.median(times)
            print(f"  {name:<28}{middle:>9.3f}{p95(times):>9.3f}{REQUESTS / sum(times) * 1000:>22,.0f}{rate:>28,.0f}")
        print("finding out which program asks, once for each request to the agent and each connection")
        subprocess.run([RELEASE / "examples/attribution_bench"], check=True)


PEER = """
import http.server, sys
body, token = sys.stdin.buffer.read(), sys.argv[1]
class Handler(http.server.BaseHTTPRequestHandler):
    wbufsize, disable_nagle_algorithm = -1, True
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        assert self.headers["Authorization"] == token
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Connection:
    """A warm connection, with as little Python around it as possible."""

    def __init__(self, port: int, path: str, token: str):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\n\r\n".encode()
        self.ask()

    def send(self) -> None:
        self.socket.sendall(self.request)

    def receive(self) -> bytes:
        answer = b""
        while not answer.endswith(b"}"):
            answer += self.socket.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return answer

    def ask(self) -> bytes:
        self.send()
        return self.receive()


def one_by_one(connection: Connection) -> list[float]:
    """Milliseconds of each request."""
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        connection.ask()
        times.append((time.perf_counter() - began) * 1000)
    return times


def all_at_once(connections: list[Connection]) -> None:
    for _ in range(REQUESTS // len(connections)):
        for connection in connections:
            connection.send()
        for connection in connections:
            connection.receive()


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---- the files -----------------------------------------------------------------------------------------------------


def files(folder: Path) -> None:
    """From credentials in memory to a profile durable on disk, next to a plain durable write of the same bytes."""
    print("writing a profile to a credentials file with this many profiles (bar: 2 times the plain write)")
    env = os.environ | {"BENCH_DIR": str(folder)}
    sys.stdout.flush()
    subprocess.run([RELEASE / "examples/upsert_bench"], env=env, check=True)


# ---- the search ----------------------------------------------------------------------------------------------------

QUERIES = ("prod adm", "pu", "payments prod ro", "administrator", "data dev 19", "sec sand bill", "admacc", "rdonly", "10000791")


def search(folder: Path) -> None:
    """Our search and nucleo's, which helix uses, on the same roles and each key of the same queries; then what the window asks."""
    typed = [query[:end] for query in QUERIES for end in range(1, len(query) + 1)]
    print(f"the search, {len(typed)} keys each (bar: key to painted list 16 ms among 10,000 roles, 50 ms among 100,000)")
    print(f"  {'':<44}{'median':>9}{'p95':>9}{'most':>9}")
    for count in (10_000, 100_000):
        file = folder / f"{count}.json"
        file.write_text(json.dumps({"roles": named_roles(count), "queries": typed}))
        program = [RELEASE / "examples/search_bench", file]
        out = subprocess.run(program, check=True, capture_output=True, text=True).stdout
        for line in out.splitlines():
            done = json.loads(line)
            times = [answer["ms"] for answer in done["answers"]]
            words = f"{done['search']}, {count:,} roles"
            print(f"  {words:<44}{statistics.median(times):>9.2f}{p95(times):>9.2f}{max(times):>9.2f}")
    asked(folder, typed)


def asked(folder: Path, typed: list[str]) -> None:
    """What the broker takes for the lines that the window asks at each key, as JSON."""
    file = folder / "typed.json"
    file.write_text(json.dumps(typed))
    for count in (10_000, 100_000):
        for of, fill in {"declared": declared_roles, "found": found_roles}.items():
            machine = Daypass(folder / f"{of}-{count}", binary=RELEASE / "daypass")
            fill(machine, count)
            program = [RELEASE / "examples/list_bench", file]
            out = subprocess.run(program, env=machine.env, check=True, capture_output=True, text=True).stdout
            done = json.loads(out)
            times, most = done["times"], max(done["bytes"]) / 1024
            print(f"  {f'the lines of the window, {count:,} {of}':<44}{statistics.median(times):>9.2f}{p95(times):>9.2f}"
                  f"{max(times):>9.2f}  the first {done['first']:.0f} ms, an answer up to {most:.0f} kB")


def named_roles(count: int) -> list[list[str]]:
    """As the window's scenario of many roles has them: role, account's name, profile, account, identity."""
    names = ("Developer", "ReadOnly", "PowerUser", "AdministratorAccess", "Billing")
    teams = "payments search billing platform mobile data security network identity web".split()
    stages = ("prod", "staging", "dev", "sandbox")
    roles = []
    for n in range(count):
        account = f"{teams[n // 5 % 10]}-{stages[n // 50 % 4]}-{n // 5}"
        name = names[n % 5]
        roles.append([name, account, f"{account}-{name.lower()}", str(100_000_000_000 + n // 5 * 7919), "acme"])
    return roles


def declared_roles(machine: Daypass, count: int) -> None:
    """A home with many roles in its `config.toml`."""
    config = '[identity.acme]\nkind = "oidc"\nissuer = "https://login.example.com"\nclient_id = "daypass"\n'
    names = {role[3]: role[1] for role in named_roles(count)}
    config += "".join(f'\n[account.{account}]\nname = "{name}"\n' for account, name in names.items())
    role = '\n[[role]]\narn = "arn:aws:iam::{}:role/{}"\nidentity = "acme"\nprofile = "{}"\n'
    config += "".join(role.format(account, name, profile) for name, _, profile, account, _ in named_roles(count))
    machine.config.write_text(config)


def found_roles(machine: Daypass, count: int) -> None:
    """A home whose roles IAM Identity Center listed."""
    start_url = "https://acme.awsapps.com/start"
    machine.config.write_text(
        f'[identity.acme]\nkind = "identity-center"\nstart_url = "{start_url}"\nregion = "eu-central-1"\n'
    )
    accounts: dict[str, dict] = {}
    for name, called, _, account, _ in named_roles(count):
        accounts.setdefault(account, {"id": account, "name": called, "roles": []})["roles"].append(name)
    catalog = {"version": 1, "identity": "acme", "start_url": start_url, "region": "eu-central-1"}
    catalog |= {"discovered_at": "2026-11-01T08:00:00Z", "accounts": list(accounts.values())}
    file = Path(machine.env["DAYPASS_HOME"]) / "cache/catalog/acme.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(catalog))


# ---- the window ----------------------------------------------------------------------------------------------------


def window(folder: Path) -> None:
    """Time until usable, and memory, next to an empty Tauri window. Both include the driver's own share."""
    programs = {
        "an empty Tauri window": (TARGET / "release/empty-window", []),
        "Daypass, sandbox": (RELEASE / "daypass-desktop", ["--sandbox"]),
        "Daypass, first start": (RELEASE / "daypass-desktop", []),
    }
    fills: dict[str, Callable[[Daypass], None]] = {}
    for count in (10_000, 50_000):
        for of, fill in {"declared": declared_roles, "found": found_roles}.items():
            name = f"Daypass, {count:,} {of} roles"
            programs[name] = (RELEASE / "daypass-desktop", [])
            fills[name] = lambda machine, fill=fill, count=count: fill(machine, count)
    times: dict[str, list[float]] = {name: [] for name in programs}
    memory: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    with private_desktop(folder / "desktop") as desktop:
        for n in range(WINDOW_RUNS):
            for name, (program, args) in programs.items():
                machine = Daypass(folder / f"{name.replace(' ', '-')}-{n}")
                if name in fills:
                    fills[name](machine)
                else:
                    machine.config.unlink()
                usable, used = open_window(program, args, machine, desktop)
                times[name].append(usable)
                memory[name].append(used)
    print(f"the window, {WINDOW_RUNS} starts each in turns (bars: 1.5 times the empty one; 30 MB above it, 60 with 10,000 roles,"
          " 120 with 50,000)")
    base = statistics.median(times["an empty Tauri window"])
    print(f"  {'':<28}{'median':>9}{'p95':>9}{'ratio':>8}{'PSS, MB':>10}{'RSS, MB':>10}")
    for name, measured in times.items():
        pss, rss = (statistics.median(part) for part in zip(*memory[name], strict=True))
        middle = statistics.median(measured)
        print(f"  {name:<28}{middle:>9.0f}{p95(measured):>9.0f}{middle / base:>8.2f}{pss:>10.1f}{rss:>10.1f}")
    print()
    keys(folder)
    idle(folder)


def keys(folder: Path) -> None:
    """How long a key typed into the search keeps the page busy, and how long until the list it changed is painted."""
    print("a key in the search, ms (bars: script alone p95 8 at 10,000 roles, 16 at 100,000; painted p95 16 and 50)")
    print(f"  {'':<28}{'busy median':>14}{'p95':>9}{'painted median':>16}{'p95':>9}")
    for roles in (10_000, 100_000):
        machine = Daypass(folder / f"keys-{roles}", binary=RELEASE / "daypass")
        declared_roles(machine, roles)
        with private_desktop(folder / f"desktop-keys-{roles}") as desktop:
            with native_driver(machine.folder, machine.env | desktop.env) as (_, url):
                page = WebDriver(url, wanted(RELEASE / "daypass-desktop", []))
                listed = "return document.querySelectorAll('[role=option]').length > 5"
                wait_until(lambda: page.execute(listed), seconds=120, what="the list", every=0.2)
                script, painted = type_words(page)
                page.close()
        middle = statistics.median
        print(f"  {f'{roles:,} roles':<28}{middle(script):>14.1f}{p95(script):>9.1f}{middle(painted):>16.1f}{p95(painted):>9.1f}")


TIMED = """
window.spent = 0;
window.untilNextTask = (then) => {
  const began = performance.now();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => then(performance.now() - began);
  port2.postMessage(null);
};
for (const read of ['json', 'text']) {
  const original = Response.prototype[read];
  Response.prototype[read] = async function () {
    const answer = await original.call(this);
    untilNextTask((took) => (spent += took));
    return answer;
  };
}
"""
"""Adds up the time from each answer of the app to the next task. That is the script it causes, and any layout and painting
that WebKit puts before that task."""

KEY = """
const [text] = arguments;
return (async () => {
const field = document.querySelector('#search');
let painted = 0;
const began = performance.now();
const watcher = new MutationObserver(() =>
  requestAnimationFrame(() => untilNextTask(() => (painted = performance.now() - began))));
watcher.observe(document.querySelector('#roles'), { subtree: true, childList: true, characterData: true, attributes: true });
spent = 0;
field.value = text;
untilNextTask((took) => (spent += took));
field.dispatchEvent(new Event('input', { bubbles: true }));
await new Promise((done) => setTimeout(done, 400));
watcher.disconnect();
return [spent, painted];
})();
"""
"""Types a text over the field's, and waits until the list is at rest. Returns ms that the page was busy, and until the list was painted."""


def type_words(page: WebDriver) -> tuple[list[float], list[float]]:
    """Type each query letter by letter: ms that the page was busy for each key, and ms until the list it changed was painted."""
    page.execute(TIMED)
    for query in QUERIES:  # once without measuring, until the page's code is compiled
        page.execute(KEY, query)
    took = [page.execute(KEY, query[:end]) for query in QUERIES for end in range(1, len(query) + 1)]
    return [script for script, _ in took], [painted for _, painted in took if painted]


def quick(folder: Path) -> None:
    """The quick switch, from the key to the painted list."""
    quick_bench.quick(folder, RELEASE, memory_of)


def idle(folder: Path) -> None:
    """What the visible window costs while nothing happens, with sessions that run and one of them chosen."""
    with run_sandbox(folder, accounts=(SESSIONS, 1), program=RELEASE / "examples/sandbox") as sandbox:
        machine = Daypass(folder / "at-rest", binary=RELEASE / "daypass")
        machine.env |= sandbox.env
        roles = [(f"arn:aws:iam::{100_000_000_000 + n}:role/Role0001", f"p{n:02}") for n in range(SESSIONS)]
        machine.sign_in(sandbox.issuer, *roles)
        for _, profile in roles:
            machine("start", profile)
        programs = {
            "an empty Tauri window": (RELEASE / "empty-window", Daypass(folder / "empty")),
            f"Daypass, {SESSIONS} sessions, one chosen": (RELEASE / "daypass-desktop", machine),
        }
        print(f"the visible window at rest, {IDLE_SECONDS} s each (bar: 2 % of a core above the empty one)")
        base = None
        for name, (program, at) in programs.items():
            with private_desktop(folder / f"desktop-{at.folder.name}") as desktop:
                cost = idle_cost(program, at, desktop)
            base = cost if base is None else base
            print(f"  {name:<36}{cost:>8.1f} % of a core{cost - base:>+8.1f}")
        machine.end_background()


def idle_cost(program: Path, machine: Daypass, desktop: PrivateDesktop) -> float:
    """Per cent of a core that a program and its web processes use while its window is visible and idle."""
    with native_driver(machine.folder, machine.env | desktop.env) as (driver, url):
        page = WebDriver(url, wanted(program, []))
        wait_until(lambda: usable(page), seconds=60, what="a usable window", every=0.1)
        time.sleep(IDLE_SECONDS)  # a page that was just loaded still compiles and collects
        began, before = time.perf_counter(), cpu_seconds(driver.pid)
        time.sleep(IDLE_SECONDS)
        used, took = cpu_seconds(driver.pid) - before, time.perf_counter() - began
        page.close()
    return 100 * used / took


def cpu_seconds(group: int) -> float:
    """CPU time of a process group without the drivers."""
    seconds = 0.0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if os.getpgid(int(process.name)) != group or "river" in (process / "comm").read_text():
                continue
            seconds += cpu_of(int(process.name))
    return seconds


def open_window(
    program: Path, args: list[str], machine: Daypass, desktop: PrivateDesktop
) -> tuple[float, tuple[float, float]]:
    """Milliseconds until the page has a field to type in, and (PSS, RSS) in MB two seconds later."""
    with native_driver(machine.folder, machine.env | desktop.env) as (driver, url):
        began = time.perf_counter()
        page = WebDriver(url, wanted(program, args))
        wait_until(lambda: usable(page), seconds=60, what="a usable window", every=0.005)
        took = (time.perf_counter() - began) * 1000
        time.sleep(2)
        used = memory_of(driver.pid)
        page.close()
    return took, used


def usable(page: WebDriver) -> bool:
    with contextlib.suppress(WebDriverError):
        script = "return document.readyState === 'complete' && !!document.querySelector('input, button')"
        return page.execute(script)
    return False


def memory_of(group: int) -> tuple[float, float]:
    """Proportional and resident memory, in MB, of a process group without the drivers."""
    pss = rss = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            if os.getpgid(int(process.name)) != group or "river" in (process / "comm").read_text():
                continue
            fields = dict(line.split(":", 1) for line in (process / "smaps_rollup").read_text().splitlines()[1:])
            pss += int(fields["Pss"].split()[0])
            rss += int(fields["Rss"].split()[0])
    return pss / 1024, rss / 1024


# ---- numbers -------------------------------------------------------------------------------------------------------


def table(
    runs: dict[str, Callable[[], None]], count: int, *, bar: dict[str, str] | None = None, floor: float | None = None
) -> float:
    """Time each in turns and print median, p95, and the difference to the first. Returns the first one's median."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for name, run in runs.items():
        run()  # once without measuring, to fill the file cache
    for _ in range(count):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - began) * 1000)
    if floor is None:
        floor = statistics.median(next(iter(times.values())))
        print(f"  {'':<60}{'median':>9}{'p95':>9}{'above':>9}")
    for name, measured in times.items():
        middle = statistics.median(measured)
        note = next((words for key, words in (bar or {}).items() if f", {key}," in name), "")
        print(f"  {name:<60}{middle:>9.2f}{p95(measured):>9.2f}{middle - floor:>+9.2f}  {note}".rstrip())
    return floor


def p95(values: list[float]) -> float:
    """The value that 95 % do not exceed."""
    return sorted(values)[min(len(values) - 1, round(len(values) * 0.95))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
