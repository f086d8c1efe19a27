"""The window on a machine without our test desktop: Windows in CI, where tauri-driver and Edge's driver do what WebKit's
does on Linux. macOS has no driver for its web view.

    python tests/elsewhere.py APP [--driver tauri-driver] [--native-driver msedgedriver.exe]

It starts the app with a home of its own, and checks what only a real system shows: that the window has a page which asks
the broker, that a second start finds the first one, and that the command does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from peers.process import free_port, http_answers, running
from peers.webdriver import NATIVE_DRIVER, WebDriver, wanted


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("app", type=Path)
    arguments.add_argument("--driver", default=NATIVE_DRIVER)
    arguments.add_argument("--native-driver")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        check(given.app.resolve(), given.driver, given.native_driver, Path(folder))
    print("the window, the second start and the command are as they should be")


def check(app: Path, driver: str, native: str | None, folder: Path) -> None:
    home = folder / "home"
    home.mkdir()
    env = dict(os.environ) | {
        "DAYPASS_HOME": str(home),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_CONFIG_FILE": str(folder / "config"),
        "TAURI_WEBVIEW_AUTOMATION": "true",
    }
    port = free_port()
    options = [f"--port={port}", f"--native-driver={native}"] if native else [f"--port={port}", "--host=127.0.0.1"]
    capabilities = {"browserName": "wry", "tauri:options": {"application": str(app)}} if native else wanted(app)
    url = f"http://127.0.0.1:{port}"
    with running("driver", [driver, *options], logs=folder, env=env, ready=http_answers(f"{url}/status")):
        window = WebDriver(url, capabilities)
        try:
            window.wait_for_text("Welcome to Daypass")
            window.screenshot("elsewhere")
            again = subprocess.run([app], env=env, timeout=60, check=False)
            assert again.returncode == 0, f"the second start ended with {again.returncode}"
            command = app.with_name("daypass" + app.suffix)
            told = subprocess.run([command, "status"], env=env, timeout=60, capture_output=True, text=True, check=False)
            assert told.returncode == 0, f"daypass status: {told}"
        finally:
            window.close()


if __name__ == "__main__":
    sys.exit(main())
