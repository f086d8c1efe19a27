"""`daypass serve --docker`: a program in a network of its own finds the endpoint where containers in AWS do.

Podman is real where it runs. Docker is played, because its daemon isn't here: with the same arguments, the one that plays
it does what Docker's bridge driver does, and the networks are real.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from peers.daypass import Daypass
from peers.process import PATIENCE, ROOT, wait_until
from peers.readers import CRT, HERE, run
from peers.sandbox import ROLE, Sandbox

BOTO3 = "import boto3; print(boto3.Session().get_credentials().access_key)"
READERS = {
    "boto3": [sys.executable, "-c", BOTO3],
    "AWS CLI 1": [Path(sys.executable).with_name("aws"), "configure", "list"],
    "JavaScript": ["node", HERE / "node/credentials.mjs"],
    "C runtime": [sys.executable, "-c", CRT],
}
"""Each prints the access key that it finds, or its end."""

DOCKER = """\
#!/bin/sh
echo "$*" >> {log}
case "$1 $2" in
"info --format") echo "{system}" ;;
"network inspect") cat {network} ;;
"network create")
  [ "$3 $4 $5 $6 $7" = "--subnet 169.254.170.0/24 --gateway 169.254.170.2 daypass" ] || exit 1
  {bridge}
  echo '[{{"Gateway": "169.254.170.2"}}]' > {network} ;;
*) exit 1 ;;
esac
"""
BRIDGE = "ip link add dp0 type bridge && ip addr add 169.254.170.2/24 dev dp0 && ip link set dp0 up || exit 1"

PODMAN = """\
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
[containers]
cgroups = "disabled"
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
"""
"""Nothing of this machine's own Podman is touched."""


@dataclass(frozen=True)
class Networks:
    """A machine's network, that of a container on it, and one behind the container."""

    machine: str
    container: str
    beyond: str

    def run(self, where: str, *argv: str | Path, env: dict[str, str] | None = None) -> str:
        command = ["ip", "netns", "exec", where, *map(str, argv)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def plug_in(self) -> None:
        """Connect the container to the machine's bridge, as Docker does when it starts one."""
        ends = ["ip", "link", "add", "dp1", "netns", self.machine, "type", "veth", "peer", "eth0", "netns", self.container]
        subprocess.run(ends, check=True)
        self.run(self.machine, "ip", "link", "set", "dp1", "master", "dp0", "up")
        self.run(self.container, "ip", "addr", "add", "169.254.170.3/24", "dev", "eth0")
        self.run(self.container, "ip", "link", "set", "eth0", "up")
        self.run(self.container, "ip", "route", "add", "default", "via", "169.254.170.2")

    def go_beyond(self) -> None:
        """Let the container route for a network behind it."""
        ends = ["ip", "link", "add", "dp2", "netns", self.container, "type", "veth", "peer", "eth0", "netns", self.beyond]
        subprocess.run(ends, check=True)
        for where, link, address in ((self.container, "dp2", "10.99.0.1/24"), (self.beyond, "eth0", "10.99.0.2/24")):
            self.run(where, "ip", "addr", "add", address, "dev", link)
            self.run(where, "ip", "link", "set", link, "up")
        self.run(self.container, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        self.run(self.beyond, "ip", "route", "add", "default", "via", "10.99.0.1")
        self.run(self.machine, "ip", "route", "add", "10.99.0.0/24", "via", "169.254.170.3")


@pytest.fixture
def networks() -> Iterator[Networks]:
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("network namespaces need root and iproute2")
    names = [f"dp-{what}-{os.getpid()}" for what in ("machine", "container", "beyond")]
    made_up = Networks(*names)
    try:
        for name in names:
            made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
            if made.returncode:
                pytest.skip(f"this machine has no network namespaces: {made.stderr}")
            made_up.run(name, "ip", "link", "set", "lo", "up")
        yield made_up
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def docker(folder: Path, daypass: Daypass, *, system: str = "Debian GNU/Linux []", name: str = "docker", bridge: str = ":") -> Path:
    """Put a Docker into the machine's PATH. Its log is in the file that is returned."""
    binaries, log = folder / "bin", folder / "docker.log"
    binaries.mkdir()
    program = binaries / name
    program.write_text(DOCKER.format(log=log, network=folder / "network.json", system=system, bridge=bridge))
    program.chmod(0o755)
    daypass.env["PATH"] = f"{binaries}:{daypass.env['PATH']}"
    return log


@pytest.fixture
def ready(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with an agent: it reaches the sandbox from every network."""
    daypass.with_agent = True
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("start", "dev")
    return daypass


def test_a_container_finds_the_endpoint(ready: Daypass, networks: Networks, tmp_path: Path):
    log = docker(tmp_path, ready, bridge=BRIDGE)
    in_machine = ("ip", "netns", "exec", networks.machine)
    consumer = ready.serving("--docker", "dev", wrap=in_machine)[0]
    networks.plug_in()
    command = next(line for line in consumer["run"] if line.startswith("docker run"))
    env_file = Path(re.search(r"--env-file (\S+) ", command)[1])
    assert "--network daypass" in command and env_file.stat().st_mode & 0o777 == 0o600
    variables = dict(line.split("=", 1) for line in env_file.read_text().splitlines())
    assert variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"].startswith("http://169.254.170.2:")
    token = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    assert token not in command and token not in log.read_text()

    bare = {name: ready.env[name] for name in ("PATH", "LANG")} | {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    key = ready.session("dev")["accessKeyId"]
    for name, argv in READERS.items():
        found = networks.run(networks.container, *argv, env=bare | variables)
        assert key in found or f"{key[-4:]}   container-role" in re.sub(r" +", "   ", found), f"{name}: {found}"
    stranger = bare | variables | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "x" * 43}
    command = ["ip", "netns", "exec", networks.container, *READERS["boto3"]]
    refused = subprocess.run(command, env=stranger, capture_output=True, text=True, timeout=PATIENCE)
    assert refused.returncode != 0 and "401" in refused.stderr
    ready("serve", "revoke", "dev")
    wait_until(lambda: not env_file.exists(), what="the file of variables to go")


def test_a_container_of_podman_gets_credentials(ready: Daypass, networks: Networks, tmp_path: Path):
    """The printed command, with this machine's own files as the image."""
    files = {
        "containers.conf": PODMAN.format(folder=tmp_path),
        "storage.conf": f'[storage]\ndriver = "overlay"\ngraphroot = "{tmp_path}/images"\nrunroot = "{tmp_path}/run"\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    ready.env["CONTAINERS_CONF"] = str(tmp_path / "containers.conf")
    ready.env["CONTAINERS_STORAGE_CONF"] = str(tmp_path / "storage.conf")
    # Not `ip netns exec`, which hides the control groups. Podman takes them of one version only.
    there = f"nsenter --net=/run/netns/{networks.machine} unshare --mount sh -c"
    inside = (*there.split(), 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"', "sh")
    image = ["--rootfs", "/:O"]
    tried = subprocess.run([*inside, "podman", "run", "--rm", *image, "true"], env=ready.env, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"Podman can't run a container here: {tried.stderr.strip()}")
    docker(tmp_path, ready)
    (tmp_path / "bin/docker").write_text("#!/bin/sh\nexit 1\n")
    consumer = ready.serving("--docker", "dev", wrap=inside)[0]
    [*command, _] = shlex.split(next(line for line in consumer["run"] if line.startswith("podman run --network daypass")))
    found = run([*inside, *command, "--rm", *image, *READERS["boto3"]], ready.env)
    assert found.endswith(ready.session("dev")["accessKeyId"])
    ready("serve", "revoke", "--all")
    # Even with the person's files in it, the container has processes of its own, which neither side of the agent's socket
    # can look at. So it's refused, and the endpoint above is its way.
    mounted = ["--volume", f"{ready.folder}:{ready.folder}", *[word for name in ready.env for word in ("--env", name)]]
    asks = [str(ready.binary), "credential-process", "--profile", "dev"]
    argv = [*inside, "podman", "run", "--rm", *mounted, *image, *asks]
    refused = subprocess.run(argv, env=ready.env, capture_output=True, text=True, timeout=PATIENCE)
    assert refused.returncode == 5 and "code: agent-refused" in refused.stderr, refused.stderr
    assert refused.stdout == ""


def test_a_metadata_answer_goes_one_hop(ready: Daypass, networks: Networks):
    """What is behind a router reaches the container endpoint, and doesn't hear from the metadata service."""
    networks.run(networks.machine, "sh", "-c", BRIDGE)
    networks.plug_in()
    networks.go_beyond()
    in_machine = ("ip", "netns", "exec", networks.machine)
    at = ("--address", "169.254.170.2")
    container = ready.serving("dev", *at, wrap=in_machine)[0]
    instance = ready.serving("--imds", "dev", *at, wrap=in_machine)[0]
    script = (
        "import http.client, sys; connection = http.client.HTTPConnection('169.254.170.2', int(sys.argv[1]), timeout=2)\n"
        "try: connection.request('GET', '/'); print(connection.getresponse().status)\n"
        "except TimeoutError: print('silent')"
    )
    ports = [
        container["variables"]["AWS_CONTAINER_CREDENTIALS_FULL_URI"].split(":")[2].split("/")[0],
        instance["variables"]["AWS_EC2_METADATA_SERVICE_ENDPOINT"].rpartition(":")[2].rstrip("/"),
    ]
    heard = {
        where: [networks.run(where, "/usr/bin/python3", "-c", script, port).strip() for port in ports]
        for where in (networks.container, networks.beyond)
    }
    assert heard == {networks.container: ["401", "401"], networks.beyond: ["401", "silent"]}
    ready("serve", "revoke", "--all")


@pytest.mark.parametrize(
    ("name", "system", "expected"),
    [
        ("docker", "Docker Desktop []", "TCP:host.docker.internal:"),
        ("podman", "true", "podman run --network pasta:-T,"),
    ],
    ids=["Docker Desktop", "Podman without root"],
)
def test_elsewhere_loopback_in_the_container_leads_here(
    ready: Daypass, tmp_path: Path, name: str, system: str, expected: str
):
    docker(tmp_path, ready, system=system, name=name)
    if name == "podman":
        (tmp_path / "bin/docker").write_text("#!/bin/sh\necho no daemon >&2\nexit 1\n")
        (tmp_path / "bin/docker").chmod(0o755)
    consumer = ready.serving("--docker", "dev")[0]
    uri = consumer["variables"]["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    port = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/credentials/dev", uri)[1]
    assert any(expected in line and port in line for line in consumer["run"]), consumer["run"]
    ready("serve", "revoke", "--all")


def test_what_keeps_docker_from_it_is_told(ready: Daypass, tmp_path: Path):
    log = docker(tmp_path, ready, system="Debian [name=rootless]")
    assert "without root" in ready("serve", "--docker", "dev", code=1).err
    program = tmp_path / "bin/docker"
    program.write_text("#!/bin/sh\necho Cannot connect to the Docker daemon >&2\nexit 1\n")
    (tmp_path / "bin/podman").symlink_to(program)
    told = ready("serve", "--docker", "dev", code=1).err
    assert "Cannot connect to the Docker daemon" in told and "containers.md" in told
    program.write_text(DOCKER.format(log=log, network=tmp_path / "network.json", system="Debian []", bridge=":"))
    (tmp_path / "network.json").write_text('[{"Gateway": "172.20.0.1"}]')
    told = ready("serve", "--docker", "dev", code=1).err
    assert "docker network rm daypass" in told


def test_the_compose_file_of_the_page_is_the_one_that_is_printed(ready: Daypass, tmp_path: Path):
    docker(tmp_path, ready)
    lines = ready.serving("--docker", "dev")[0]["run"]
    printed = yaml.safe_load("\n".join(lines[lines.index("services:") :]))
    page = (ROOT / "docs/containers.md").read_text()
    in_page = yaml.safe_load(re.search(r"```yaml\n(services:.*?)```", page, re.DOTALL)[1])
    assert Path(printed["services"]["app"].pop("env_file")).name == "dev.env"
    assert Path(in_page["services"]["app"].pop("env_file")).name == "dev.env"
    in_page["services"]["app"].pop("image")
    assert printed == in_page
    ready("serve", "revoke", "--all")
