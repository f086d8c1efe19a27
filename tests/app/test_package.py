"""The .deb, installed in a clean system that has only what the package depends on."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.clean_root import AS_ROOT, HOME, SYSTEM, CleanRoot, clean_root
from peers.private_desktop import PrivateDesktop
from peers.process import ROOT, running, wait_until
from window import TITLE, screen

PACKAGES = ROOT / ".dev/package/target/debug/bundle/deb"

pytestmark = pytest.mark.skipif(
    not SYSTEM.exists() or not list(PACKAGES.glob("*.deb")), reason="./dev test app makes the package and the system"
)

SESSION = """\
set -e
(cat "$DAYPASS_HOME/kim_accessKeys.csv"; echo JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP) |
    daypass identity add iam-user kim --mfa-serial arn:aws:iam::111122223333:mfa/kim --with totp_secret
daypass role add arn:aws:iam::123412341234:role/Vault --identity kim --profile vault
daypass start vault
"""
"""In the sandbox, an IAM user needs no browser."""

# The agent has the session before the upgrade. It goes on with it, answers the new command, and leaves it to its successor.
UPGRADE = """\
exec >"$HOME/agent.log" 2>&1
daypass agent & old=$!
until daypass agent status >/dev/null; do sleep 0.1; done
daypass status --json >"$HOME/before.json"
touch "$HOME/runs"
until [ -e "$HOME/upgraded" ]; do sleep 0.1; done
daypass status --json >"$HOME/after.json"
daypass renew vault
kill -0 $old
daypass agent stop
wait $old
daypass agent & new=$!
until daypass agent status >/dev/null; do sleep 0.1; done
daypass status --json >"$HOME/successor.json"
daypass agent stop
wait $new
touch "$HOME/done"
"""

FILES = {
    "/usr/bin/daypass",
    "/usr/bin/daypass-desktop",
    "/usr/lib/systemd/user/daypass-agent.service",
    "/usr/share/applications/Daypass.desktop",
    "/usr/share/bash-completion/completions/daypass",
    "/usr/share/doc/daypass/CHANGELOG.md.gz",
    "/usr/share/doc/daypass/copyright",
    "/usr/share/fish/vendor_completions.d/daypass.fish",
    "/usr/share/icons/hicolor/scalable/apps/daypass-desktop.svg",
    "/usr/share/man/man1/daypass-desktop.1.gz",
    "/usr/share/man/man1/daypass-start.1.gz",
    "/usr/share/man/man1/daypass.1.gz",
    "/usr/share/metainfo/io.daypass.desktop.metainfo.xml",
    "/usr/share/zsh/vendor-completions/_daypass",
} | {f"/usr/share/icons/hicolor/{n}x{n}/apps/daypass-desktop.png" for n in (16, 24, 32, 48, 64, 128, 256, 512)}


@pytest.fixture(scope="module")
def package() -> Path:
    [built] = PACKAGES.glob("*.deb")
    return built


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the package has, with its control files in DEBIAN."""
    folder = tmp_path_factory.mktemp("package") / "unpacked"
    subprocess.run(["dpkg-deb", "-R", package, folder], check=True)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Iterator[CleanRoot]:
    with clean_root(tmp_path) as running_root:
        yield running_root


def install(root: CleanRoot, package: Path) -> None:
    """Install it without its recommendations, which the system doesn't have. A missing dependency is an error."""
    seen = Path("/tmp") / f"daypass-{os.getpid()}.deb"
    shutil.copy(package, seen)
    try:
        root.run("dpkg", "--force-unsafe-io", "--install", str(seen))
    finally:
        seen.unlink()


def test_it_has_what_a_desktop_looks_for(unpacked: Path):
    shipped = {f"/{file.relative_to(unpacked)}" for file in unpacked.rglob("*") if not file.is_dir()}
    assert shipped >= FILES
    assert {file.name for file in (unpacked / "DEBIAN").iterdir()} <= {"control", "md5sums"}, "no scripts"
    for file in unpacked.rglob("*"):
        mode = file.stat().st_mode & 0o7777
        assert mode == (0o755 if file.is_dir() or file.parent.name == "bin" else 0o644), (file, oct(mode))
    for name in (
        ["desktop-file-validate", unpacked / "usr/share/applications/Daypass.desktop"],
        ["appstreamcli", "validate", "--no-net", "--pedantic", unpacked / "usr/share/metainfo/io.daypass.desktop.metainfo.xml"],
    ):
        told = subprocess.run(name, capture_output=True, text=True)
        assert told.returncode == 0 and "hint" not in told.stdout, told.stdout + told.stderr
    for page in (unpacked / "usr/share/man/man1").iterdir():
        assert gzip.decompress(page.read_bytes()).startswith(b".TH daypass")
    licences = (unpacked / "usr/share/doc/daypass/copyright").read_text()
    assert all(f"\n{name} " in licences for name in ("tokio", "tauri", "svelte")) and "Mozilla Public License" in licences


def test_the_agents_unit_is_one_that_systemd_takes(unpacked: Path, tmp_path: Path):
    # systemd looks for the program too, and it isn't installed here.
    unit = (unpacked / "usr/lib/systemd/user/daypass-agent.service").read_text()
    here = tmp_path / "daypass-agent.service"
    here.write_text(unit.replace("/usr/bin/daypass", str(unpacked / "usr/bin/daypass")).replace("man:daypass-agent(1)", ""))
    env = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    told = subprocess.run(["systemd-analyze", "--user", "verify", here], capture_output=True, text=True, env=env)
    assert told.returncode == 0 and "daypass" not in told.stderr, told.stderr


def test_the_command_does_its_main_job_and_completes(root: CleanRoot, package: Path):
    install(root, package)
    version = subprocess.run(["dpkg-deb", "-f", package, "Version"], capture_output=True, text=True, check=True).stdout.strip()
    assert root.as_ann("daypass", "--version").stdout == f"daypass {version}\n"
    assert root.as_ann("daypass-desktop", "--version").stdout == f"daypass-desktop {version}\n"
    job = root.as_ann("daypass", "sandbox", "--", "sh", "-c", SESSION + "daypass env vault --shell json")
    assert json.loads(job.stdout[job.stdout.index("{") :])["AWS_SESSION_TOKEN"]
    # As bash-completion loads it at the first Tab.
    asked = "source /usr/share/bash-completion/completions/daypass; complete -p daypass"
    assert "daypass" in root.as_ann("bash", "-c", asked).stdout
    for shell, file in {"zsh": "zsh/vendor-completions/_daypass", "fish": "fish/vendor_completions.d/daypass.fish"}.items():
        text = root.as_ann("cat", f"/usr/share/{file}").stdout
        assert text == root.as_ann("daypass", "completions", shell).stdout


def test_the_window_opens(root: CleanRoot, package: Path, desktop: PrivateDesktop, tmp_path: Path):
    install(root, package)
    env = {name: desktop.env[name] for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE")}
    command = root.command_of_ann("daypass-desktop", env=env)
    shown = lambda: desktop.visible_windows(TITLE)  # noqa: E731
    with running("installed-app", command, logs=tmp_path, ready=shown):
        screen(desktop, "installed")
        assert json.loads(root.as_ann("daypass", "agent", "status", "--json").stdout)["window"] is True


def test_an_upgrade_leaves_a_running_agent_and_its_session(root: CleanRoot, package: Path, unpacked: Path, tmp_path: Path):
    older = tmp_path / "older"
    subprocess.run([*AS_ROOT, "cp", "-a", unpacked, older], check=True)
    control = older / "DEBIAN/control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 0.0.0~before."))
    (older / "usr/share/doc/daypass/gone").write_text("a file that the newer version doesn't have\n")
    built = tmp_path / "older.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", older, built], check=True, stdout=subprocess.DEVNULL)
    install(root, built)

    command = root.command_of_ann("daypass", "sandbox", "--", "sh", "-c", SESSION + UPGRADE)
    has = lambda name: root.run("test", "-e", f"{HOME}/{name}", code=None).returncode == 0  # noqa: E731
    with running("upgraded-agent", command, logs=tmp_path, ready=lambda: has("runs")):
        install(root, package)
        assert not root.run("test", "-e", "/usr/share/doc/daypass/gone", code=None).returncode == 0
        root.as_ann("touch", f"{HOME}/upgraded")
        wait_until(lambda: has("done"), what=f"the agents to end:\n{root.run('cat', f'{HOME}/agent.log').stdout}")
    for name in ("before", "after", "successor"):
        [session] = json.loads(root.run("cat", f"{HOME}/{name}.json").stdout)["sessions"]
        assert (session["profile"], session["state"]) == ("vault", "active"), name


def test_removing_it_leaves_nothing_but_what_is_yours(root: CleanRoot, package: Path):
    before = root.files()
    install(root, package)
    assert root.run("dpkg", "--audit").stdout == ""
    root.as_ann("daypass", "config", "set", "region", "eu-central-1")
    root.as_ann("daypass", "config", "set", "desktop.start_at_login", "true")
    yours = root.run("find", HOME, "-type", "f").stdout
    assert ".config/daypass/config.toml" in yours and ".config/autostart/io.daypass.desktop.desktop" in yours
    root.run("dpkg", "--remove", "daypass")
    root.run("dpkg", "--purge", "daypass")
    assert root.files() == before
    assert root.run("find", HOME, "-type", "f").stdout == yours
