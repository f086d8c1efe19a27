"""OpenLDAP (Debian's slapd), a directory of people and groups over TLS, with a database in the test's folder.

It is as strict as possible, without anonymous binds, searches before a bind, or passwords over a plain connection. Its
log has each bind and each filter, so that a test can check what was asked and what wasn't.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .process import free_port, port_answers, running
from .tls import authority, signed_by

BASE = "dc=example,dc=org"
PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
POLICIES = f"ou=policies,{BASE}"
SERVICE = f"cn=daypass,ou=services,{BASE}"
"""The account that may search, for search-then-bind."""

ADMIN = f"cn=admin,{BASE}"
ADMIN_PASSWORD = "admin-secret"

PERMANENTLY = "000001010000Z"
"""The pwdAccountLockedTime of an account that only an administrator can unlock."""


@dataclass(frozen=True)
class Person:
    """A person in the directory."""

    uid: str
    cn: str
    sn: str
    mail: str
    password: str
    groups: tuple[str, ...] = ()
    rdn: str = ""
    """The first part of the DN if it isn't the uid, escaped per RFC 4514."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Further attributes."""

    @property
    def dn(self) -> str:
        return f"{self.rdn or f'uid={self.uid}'},{PEOPLE}"


PERSONS = {person.uid: person for person in (
    Person(
        "alice", "Alice Example", "Example", "alice@example.org", "alice-secret",
        ("AWS-123456789012-Developer", "AWS-123456789012-ReadOnly", "AWS-210987654321-Admin", "ops"),
        more={"departmentNumber": "Platform", "employeeNumber": "1001"},
    ),
    Person(
        "jmueller", "Jürgen Müller", "Müller", "juergen.mueller@example.org", "Grüße-42",
        ("AWS-123456789012-Developer", "Öffentlichkeit"),
        more={"departmentNumber": "Entwicklung Süd", "employeeNumber": "4711"},
    ),
    # Only a search finds it, because no template makes this DN from a name. Its department is not a valid tag value.
    Person(
        "oneil", "O'Neil, Siobhán (R&D)", "O'Neil", "siobhan+aws@example.org", "comma,secret",
        ("AWS-210987654321-Admin",), rdn="cn=O'Neil\\, Siobhán (R&D)", more={"departmentNumber": "R&D <North>"},
    ),
    Person("bob", "Bob Plain", "Plain", "bob@example.org", "bob-secret", ("ops",)),
    Person("nobody", "No Groups", "Groups", "nobody@example.org", "nobody-secret"),
    Person("joiner", "In Every Group", "Group", "joiner@example.org", "joiner-secret"),
    Person("locked", "Locked Out", "Out", "locked@example.org", "locked-secret", ("AWS-123456789012-Developer",),
           more={"pwdAccountLockedTime": PERMANENTLY}),
    Person("clumsy", "Clumsy Typist", "Typist", "clumsy@example.org", "clumsy-secret", ("AWS-123456789012-Developer",),
           more={"pwdPolicySubentry": f"cn=strict,{POLICIES}"}),
    Person("expired", "Expired Password", "Password", "expired@example.org", "expired-secret",
           ("AWS-123456789012-Developer",),
           more={"pwdPolicySubentry": f"cn=aging,{POLICIES}", "pwdChangedTime": "20200101000000Z"}),
)}  # fmt: skip
"""The people in the directory. Three wrong passwords in a row lock out `clumsy`, and no one else."""


@dataclass(frozen=True)
class Directory:
    """A running directory."""

    ldap: str
    """The URL that is plain until StartTLS."""
    ldaps: str
    ca: Path
    """PEM file of the authority that signed its certificate."""
    other_ca: Path
    """PEM file of an authority that did not."""
    misnamed_ldaps: str
    """The same directory at a host name that its certificate doesn't have."""
    log: Path
    service_password: str = "service-secret"
    base: str = BASE
    people: str = PEOPLE
    groups: str = GROUPS
    service: str = SERVICE
    persons: Mapping[str, Person] = field(default_factory=lambda: PERSONS)

    def binds(self) -> list[str]:
        """The DNs of all bind attempts, oldest first, including those over a plain connection."""
        return [unescaped(dn) for dn in re.findall(r' BIND dn="(.*)" method=', self.log.read_text(errors="replace"))]

    def connections(self) -> int:
        """How many connections there were. (It logs their ends late.)"""
        return self.log.read_text(errors="replace").count(" ACCEPT from ")

    def filters(self) -> list[str]:
        """The filters of all searches, oldest first, as the directory parsed them."""
        return re.findall(r' SRCH base=.* filter="(.*)"', self.log.read_text(errors="replace"))

    def unlock(self, uid: str) -> None:
        """Unlock an account after wrong passwords. An unlocked account stays as it is."""
        for attribute in ("pwdAccountLockedTime", "pwdFailureTime"):
            change = f"dn: {PERSONS[uid].dn}\nchangetype: modify\ndelete: {attribute}\n"
            self._as_admin("ldapmodify", change, but=16)  # noSuchAttribute

    def add_groups(self, unit: str, names: list[str], uid: str) -> str:
        """Create groups with one member below a separate unit. Returns the unit's DN."""
        base = f"ou={unit},{BASE}"
        groups = (entry(f"cn={n},{base}", objectClass="groupOfNames", cn=n, member=PERSONS[uid].dn) for n in names)
        self._as_admin("ldapadd", "\n".join([entry(base, objectClass="organizationalUnit", ou=unit), *groups]))
        return base

    def add_posix_group(self, unit: str, name: str, uid: str) -> str:
        """Create a group of RFC 2307 below a separate unit, with one member by its uid. Returns the unit's DN."""
        base = f"ou={unit},{BASE}"
        group = entry(f"cn={name},{base}", objectClass="posixGroup", cn=name, gidNumber="5000", memberUid=uid)
        self._as_admin("ldapadd", "\n".join([entry(base, objectClass="organizationalUnit", ou=unit), group]))
        return base

    def replace(self, uid: str, attribute: str, value: str) -> None:
        """Set a person's attribute."""
        change = f"dn: {PERSONS[uid].dn}\nchangetype: modify\nreplace: {attribute}\n{line(attribute, value)}"
        self._as_admin("ldapmodify", change)

    def _as_admin(self, tool: str, ldif: str, *, but: int = 0) -> None:
        done = subprocess.run(
            [tool, "-x", "-e", "relax", "-H", self.ldaps, "-D", ADMIN, "-w", ADMIN_PASSWORD],
            input=ldif, text=True, capture_output=True, timeout=20, env=os.environ | {"LDAPTLS_CACERT": str(self.ca)},
        )  # fmt: skip
        assert done.returncode in (0, but), done.stderr


@contextlib.contextmanager
def slapd(logs: Path) -> Iterator[Directory]:
    """Run it with its people and groups."""
    plain, tls = free_port(), free_port()
    folder = logs / f"slapd-{plain}"
    (folder / "db").mkdir(parents=True, exist_ok=True)
    ca, other = authority(folder, "trusted"), authority(folder, "other")
    cert = signed_by(ca, folder, "slapd")
    config = folder / "slapd.conf"
    config.write_text(CONFIG.format(folder=folder, ca=ca.cert, cert=cert.cert, key=cert.key))

    # A copy, because AppArmor (Ubuntu) confines the program by its path to the system's own folders.
    program = Path(shutil.copy("/usr/sbin/slapd", folder / "slapd"))
    (folder / "people.ldif").write_text(people_ldif(Directory.service_password))
    subprocess.run(
        [program, "-T", "add", "-q", "-f", config, "-l", folder / "people.ldif"], check=True, capture_output=True
    )
    directory = Directory(
        f"ldap://127.0.0.1:{plain}", f"ldaps://127.0.0.1:{tls}", ca.cert, other.cert,
        misnamed_ldaps=f"ldaps://127.0.0.2:{tls}", log=folder / "slapd.log",
    )  # fmt: skip
    listeners = f"{directory.ldap} {directory.ldaps} {directory.misnamed_ldaps}"
    # -d keeps it in the foreground, and stats logs a line for each bind and search.
    argv = [program, "-d", "stats", "-f", config, "-h", listeners]
    with running("slapd", argv, logs=folder, ready=port_answers(tls)):
        # Over LDAP, so that the memberof overlay sees them.
        directory._as_admin("ldapadd", groups_ldif())
        yield directory


def people_ldif(service_password: str) -> str:
    """The tree and all people in it."""
    units = [entry(BASE, objectClass=["dcObject", "organization"], o="Example", dc="example")]
    units += [
        entry(f"ou={name},{BASE}", objectClass="organizationalUnit", ou=name)
        for name in ("people", "groups", "services", "policies")
    ]
    policy = {"objectClass": ["device", "pwdPolicy"], "pwdAttribute": "userPassword"}
    policies = [
        entry(f"cn=default,{POLICIES}", **policy, cn="default", pwdLockout="TRUE"),
        entry(f"cn=strict,{POLICIES}", **policy, cn="strict", pwdLockout="TRUE", pwdMaxFailure="3"),
        entry(f"cn=aging,{POLICIES}", **policy, cn="aging", pwdMaxAge="86400"),
    ]
    service = entry(
        SERVICE, objectClass=["organizationalRole", "simpleSecurityObject"], cn="daypass", userPassword=service_password
    )
    names = ("uid", "cn", "sn", "mail")
    people = [
        entry(p.dn, objectClass="inetOrgPerson", userPassword=p.password, **{n: getattr(p, n) for n in names}, **p.more)
        for p in PERSONS.values()
    ]
    return "\n".join([*units, *policies, service, *people])


def groups_ldif() -> str:
    """The groups, with their members."""
    names = dict.fromkeys(name for person in PERSONS.values() for name in person.groups)
    return "\n".join(
        entry(
            f"cn={name},{GROUPS}",
            objectClass="groupOfNames",
            cn=name,
            member=[person.dn for person in PERSONS.values() if name in person.groups],
        )
        for name in names
    )


def entry(dn: str, **attributes: str | list[str]) -> str:
    """One entry of LDIF (RFC 2849)."""
    lists = {name: [value] if isinstance(value, str) else value for name, value in attributes.items()}
    return line("dn", dn) + "".join(line(name, value) for name, values in lists.items() for value in values)


def line(name: str, value: str) -> str:
    """One line of LDIF, in base64, which can hold any value."""
    return f"{name}:: {base64.b64encode(value.encode()).decode()}\n"


def unescaped(dn: str) -> str:
    """A DN as `Person.dn` has it: slapd writes bytes outside ASCII as \\C3\\BC and a comma as \\2C."""
    text = re.sub(rb"\\([89A-F][0-9A-F])", lambda hit: bytes([int(hit[1], 16)]), dn.encode())
    return text.decode().replace("\\2C", "\\,")


CONFIG = f"""\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
pidfile {{folder}}/slapd.pid
TLSCACertificateFile {{ca}}
TLSCertificateFile {{cert}}
TLSCertificateKeyFile {{key}}
disallow bind_anon
sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited
security simple_bind=128

database mdb
suffix "{BASE}"
rootdn "{ADMIN}"
rootpw {ADMIN_PASSWORD}
directory {{folder}}/db
dbnosync
index objectClass,uid,mail,member,memberOf eq
overlay memberof
overlay ppolicy
ppolicy_default "cn=default,{POLICIES}"
ppolicy_use_lockout
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth by * none
"""
"""slapd.conf. `sizelimit` allows the usual 500 entries at once, and any number page by page. With `ppolicy_use_lockout`,
a client that binds with the password policy control learns that an account is locked."""
