"""The Windows program and its installer under Wine: `nox -s wine` builds them and runs this.

Evidence about our calls and files, not about a real Windows: access lists, certificates that are
refused, virus scanners and service accounts cannot be shown here (docs/windows.md).
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread

import pytest

from tests.integration import crowd

ROOT = Path(__file__).parents[2]
OUT = Path(os.environ.get("TOJIMARI_WINE", "/nowhere"))
DRIVE = OUT / "prefix/drive_c"
PROGRAM = f"Z:{OUT}/one/tojimari/tojimari.exe"
INSTALLED = DRIVE / "Program Files/tojimari"
DATA = DRIVE / "ProgramData/tojimari"
WINE = {
    "WINEPREFIX": str(OUT / "prefix"),
    "WINEARCH": "win64",
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=",
    "DISPLAY": "",
}
ANYWHERE: dict[str, str] = {}
JAPAN = {"LC_ALL": "ja_JP.UTF-8"}  # Wine makes code page 932 of it

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not OUT.is_dir(), reason="no Windows build; `nox -s wine` makes one"),
]


def wine(
    *words: str, given: bytes = b"", world: Mapping[str, str] = ANYWHERE
) -> subprocess.CompletedProcess[bytes]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    return subprocess.run(
        ["wine", *words],
        input=given,
        capture_output=True,
        cwd=OUT,
        env=plain | WINE | dict(world),
        timeout=300,
    )


def table(name: str) -> list[list[str]]:
    words = ["msiinfo", "export", str(OUT / "one.msi"), name]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in said.splitlines()[3:]]


def test_the_program_tells_its_version() -> None:
    done = wine(PROGRAM, "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, b"tojimari")


def test_help_is_japanese_under_code_page_932_and_every_sign_arrives() -> None:
    ask = "import ctypes; print(ctypes.windll.kernel32.GetACP())"
    assert wine("C:/python/python.exe", "-c", ask, world=JAPAN).stdout.strip() == b"932"
    done = wine(PROGRAM, "--help", world=JAPAN)
    assert done.returncode == 0
    assert "収集、判定、報告" in done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("locale", "depth"), [(JAPAN, 1), ({"LC_ALL": "C.UTF-8"}, 20)], ids=["cp932", "cp1252 and long"]
)
def test_the_demo_runs_to_its_end_with_its_output_redirected(
    locale: dict[str, str], depth: int, tmp_path: Path
) -> None:
    folder = "/".join(["café 戸締まり"] * depth)  # twenty of them are longer than 260 characters
    done = wine(PROGRAM, "demo", "--json", "--out", f"Z:{tmp_path}/{folder}", world=locale)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    summary = json.loads(done.stdout.decode("utf-8").splitlines()[-1])
    assert summary["findings"] > 40
    (findings,) = (tmp_path / folder).glob("runs/*/findings.csv")
    assert findings.read_bytes().startswith(b"\xef\xbb\xbf")


def test_what_judges_beside_it_is_the_program_itself_and_says_the_same(tmp_path: Path) -> None:
    file = crowd.store(tmp_path / "there")
    done = wine(PROGRAM, "judge", "-c", f"Z:{file}")
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    assert crowd.findings(tmp_path / "there") == crowd.judged_here(tmp_path / "here")


def test_a_mistake_has_its_code_and_its_sentence() -> None:
    done = wine(PROGRAM, "scan", "-c", "nowhere.toml", "--lang", "ja")
    assert done.returncode == 2
    assert "nowhere.toml" in done.stderr.decode("utf-8")


def test_a_scheduled_run_that_cannot_begin_tells_the_event_log_and_nobody_else() -> None:
    done = wine(PROGRAM, "scan", "--scheduled", "-c", "nowhere.toml", "--lang", "en", "-v")
    assert done.returncode == 2
    assert b"event log did not take" not in done.stderr


def test_an_account_without_a_profile_reads_the_configuration_of_the_machine() -> None:
    profile = ("APPDATA", "LOCALAPPDATA", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "TEMP", "TMP")
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "config.toml").write_text("[connectors.x]\nnonsense = 1\n", encoding="utf-8")
    forget = "&&".join(f"set {name}=" for name in profile)
    program = PROGRAM.replace("/", "\\")
    done = wine("cmd", "/c", f"{forget}&&{program} secret list --lang en")
    listed = wine("cmd", "/c", f"{forget}&&{program} scan --scheduled --lang en")
    (DATA / "config.toml").unlink()
    assert done.returncode == 0, done.stderr
    assert listed.returncode == 2
    assert b"nonsense" in listed.stderr or b"connectors.x" in listed.stderr


def test_state_on_a_network_share_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[agent]\nstate = "//server/share/state"\n', encoding="utf-8"
    )
    done = wine(PROGRAM, "scan", "-c", f"Z:{tmp_path}/config.toml", "--lang", "en")
    assert done.returncode == 2
    assert b"network share" in done.stderr


@pytest.mark.parametrize("scope", ["machine", "user"])
def test_a_secret_is_sealed_found_and_removed(scope: str, tmp_path: Path) -> None:
    reference = "dpapi:secrets/siem.dpapi"
    file = f"Z:{tmp_path}/config.toml"
    (tmp_path / "config.toml").write_text(
        f'[sinks.siem]\ntype = "webhook"\nsecret = "{reference}"\n', encoding="utf-8"
    )
    words = ("secret", "set", "siem", "-c", file, "--scope", scope)
    kept = wine(PROGRAM, *words, given=b"canary-4711\r\n")
    assert (kept.returncode, kept.stdout.decode().strip()) == (0, reference), kept.stderr
    assert b"canary" not in (tmp_path / "secrets/siem.dpapi").read_bytes()
    assert wine(PROGRAM, "secret", "test", "-c", file).returncode == 0
    sealed = bytearray((tmp_path / "secrets/siem.dpapi").read_bytes())
    sealed[-1] ^= 1
    (tmp_path / "secrets/siem.dpapi").write_bytes(sealed)
    assert wine(PROGRAM, "secret", "test", "-c", file).returncode == 2
    assert wine(PROGRAM, "secret", "remove", reference, "-c", file).returncode == 0
    assert not list((tmp_path / "secrets").iterdir())


CNG = """\
import ctypes, sys
sys.path.insert(0, sys.argv[1])
from agent.host.windows import certstore
from agent.host.windows.win32 import function
P, D, W = ctypes.c_size_t, ctypes.c_uint32, ctypes.c_wchar_p
provider, key, size = P(), P(), D()
assert not function("ncrypt", "NCryptOpenStorageProvider", ctypes.POINTER(P), W, D)(
    ctypes.byref(provider), "Microsoft Software Key Storage Provider", 0)
assert not function("ncrypt", "NCryptCreatePersistedKey", P, ctypes.POINTER(P), W, W, D, D)(
    provider, ctypes.byref(key), "RSA", None, 0, 0)
assert not function("ncrypt", "NCryptFinalizeKey", P, D)(key, 0)
blob = ctypes.create_string_buffer(4096)
assert not function("ncrypt", "NCryptExportKey", P, P, W, P, P, D, ctypes.POINTER(D), D)(
    key, 0, "RSAPUBLICBLOB", 0, ctypes.addressof(blob), len(blob), ctypes.byref(size), 0)
print(blob.raw[:size.value].hex(), certstore.sign_hash(key.value, b"header.payload").hex())
"""


def test_a_key_of_windows_signs_as_ps256_wants_it(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    (tmp_path / "cng.py").write_text(CNG, encoding="ascii")
    done = wine("C:/python/python.exe", f"Z:{tmp_path}/cng.py", f"Z:{ROOT}")
    assert done.returncode == 0, done.stderr
    blob, signature = (bytes.fromhex(word) for word in done.stdout.decode().split())
    exponent, modulus = (int.from_bytes(blob[at : at + 4], "little") for at in (8, 12))
    e = int.from_bytes(blob[24 : 24 + exponent])
    n = int.from_bytes(blob[24 + exponent : 24 + exponent + modulus])
    pss = padding.PSS(padding.MGF1(SHA256()), salt_length=32)
    rsa.RSAPublicNumbers(e, n).public_key().verify(signature, b"header.payload", pss, SHA256())


STORE = """\
import ctypes, sys
from hashlib import sha1, sha256
sys.path.insert(0, sys.argv[1])
from agent.host.windows import certstore
from agent.host.windows.win32 import function
P, D, W = ctypes.c_size_t, ctypes.c_uint32, ctypes.c_wchar_p
ders = [open(file, "rb").read() for file in sys.argv[2:]]
store = function("crypt32", "CertOpenStore", P, D, P, D, W, result=P)(10, 0, 0, 1 << 16, "My")
add = function("crypt32", "CertAddEncodedCertificateToStore", P, D, ctypes.c_char_p, D, D, P)
assert all(add(store, 1, der, len(der), 3, 0) for der in ders)
function("crypt32", "CertCloseStore", P, D)(store, 0)
for der in ders:
    for digest in (sha1, sha256):
        reference = "CurrentUser/My/" + digest(der).hexdigest().upper()
        with certstore._open_certificate(certstore.CertificateRef.parse(reference)) as context:
            assert certstore._der(context) == der
print(reference)
"""


def test_a_certificate_is_found_by_either_thumbprint_and_one_without_a_key_is_refused(
    tmp_path: Path,
) -> None:
    files = [tmp_path / f"{number}.der" for number in range(3)]
    for file in files:
        words = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(file) + ".key", "-subj", "/CN=x"]
        made = ["openssl", "req", "-x509", *words, "-outform", "DER", "-out", str(file)]
        subprocess.run(made, check=True, capture_output=True)
    (tmp_path / "store.py").write_text(STORE, encoding="ascii")
    words = [f"Z:{tmp_path}/store.py", f"Z:{ROOT}", *(f"Z:{file}" for file in files)]
    done = wine("C:/python/python.exe", *words)
    assert done.returncode == 0, done.stderr
    reference = f"certstore:{done.stdout.decode().strip()}"
    (tmp_path / "c.toml").write_text(
        f'[connectors.m365]\ncertificate = "{reference}"\n', encoding="utf-8"
    )
    said = wine(PROGRAM, "secret", "test", "-c", f"Z:{tmp_path}/c.toml", "--lang", "en")
    assert said.returncode == 2
    assert f"{reference} cannot be used for signing on this machine" in said.stdout.decode("utf-8")
    assert "CryptAcquireCertificatePrivateKey" in said.stdout.decode("utf-8")


def test_a_certificate_that_is_not_in_the_store_is_named(tmp_path: Path) -> None:
    reference = "certstore:LocalMachine/My/" + "0" * 40
    (tmp_path / "c.toml").write_text(
        f'[connectors.m365]\ncertificate = "{reference}"\n', encoding="utf-8"
    )
    done = wine(PROGRAM, "secret", "test", "-c", f"Z:{tmp_path}/c.toml", "--lang", "en")
    assert done.returncode == 2
    assert f"{reference} cannot be used for signing on this machine" in done.stdout.decode("utf-8")


def test_the_schedule_is_handed_over_asked_for_and_taken_back(tmp_path: Path) -> None:
    file = f"Z:{tmp_path}/config.toml"
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    assert wine(PROGRAM, "schedule", "export", "-c", file, "--out", f"Z:{tmp_path}").returncode == 0
    assert (tmp_path / "tojimari-audit.xml").read_bytes().startswith(b"\xff\xfe")
    done = wine(PROGRAM, "schedule", "install", "-c", file, "--at", "03:15", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert wine(PROGRAM, "schedule", "remove").returncode == 0
    assert wine(PROGRAM, "schedule", "remove").returncode == 2


def test_an_account_with_a_password_is_not_waited_for_where_nobody_types(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    words = ("schedule", "install", "-c", f"Z:{tmp_path}/config.toml", "--account", "EXAMPLE\\sato")
    done = wine(PROGRAM, *words, "--lang", "en")
    assert done.returncode == 2
    assert b"gMSA" in done.stderr


def test_two_clean_builds_and_two_installers_are_equal() -> None:
    one, two = ((OUT / name / "SHA256SUMS").read_text(encoding="utf-8") for name in ("one", "two"))
    assert one == two
    assert (OUT / "one.msi").read_bytes() == (OUT / "two.msi").read_bytes()


def test_the_bundle_stays_below_fifty_megabytes() -> None:
    files = [p for p in (OUT / "one/tojimari").rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 50_000_000


def test_the_tables_of_the_installer_say_what_they_must() -> None:
    said = subprocess.run(["msiinfo", "suminfo", str(OUT / "one.msi")], capture_output=True)
    assert b"Template: x64;1033" in said.stdout
    properties = {row[0]: row[1] for row in table("Property")}
    assert properties["ALLUSERS"] == "1"
    assert properties["UpgradeCode"] == "{6B0F3D0A-4A52-5A0E-9A55-0A3E5D1F7C21}"
    given = {"ADDPATH": "1", "INSTALLTASK": "0", "TASKTIME": "02:00", "TASKUSER": "SYSTEM"}
    assert {name: properties[name] for name in given} == given
    assert {*properties["SecureCustomProperties"].split(";")} > {*given}
    assert not [name for name in properties if re.search("SECRET|PASSW|TOKEN|KEY", name)]
    assert {row[0]: row[3] for row in table("Component")}["Data"] == str(256 + 16)
    assert table("MsiLockPermissionsEx")[0][3] == "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    assert table("Environment") == [["SearchPath", "=-*PATH", "[~];[INSTALLDIR]", "SearchPath"]]
    sequence = {row[0]: row[2] for row in table("InstallExecuteSequence")}
    assert sequence["WriteEnvironmentStrings"] == "5200"
    assert sequence["RemoveEnvironmentStrings"] == "3300"
    program = next(row[0] for row in table("File") if row[2].endswith("tojimari.exe"))
    within = 18 + 1024 + 2048  # a file of the package, deferred, as SYSTEM
    words = '--config "[DATADIR]config.toml" --at "[TASKTIME]" --account "[TASKUSER]"'
    actions = {row[0]: row[1:4] for row in table("CustomAction")}
    assert actions["InstallTask"] == [str(within), program, f"schedule install {words}"]
    assert actions["RemoveTask"] == [str(within + 64), program, "schedule remove"]
    assert int(sequence["InstallFiles"]) < int(sequence["InstallTask"]) < 6600
    assert int(sequence["RemoveTask"]) < int(sequence["RemoveFiles"])
    conditions = {row[0]: row[1] for row in table("InstallExecuteSequence")}
    assert conditions["InstallTask"] == "INSTALLTASK=1 AND NOT REMOVE"
    assert conditions["RemoveTask"] == 'REMOVE~="ALL" AND NOT UPGRADINGPRODUCTCODE'


def test_the_event_texts_are_there_in_both_languages() -> None:
    library = (OUT / "events/tojimari-events.dll").read_bytes()
    for language in ("en", "ja"):
        words = [sys.executable, "-c", EVENT.format(root=ROOT, language=language)]
        sentence = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
        assert sentence.encode("utf-16-le") in library


EVENT = """\
import sys; sys.path[:0] = ["{root}", "{root}/packaging/windows"]
import events; from agent.host.event_log import FAILED; sys.stdout.reconfigure(encoding="utf-8")
print(events.sentence(FAILED, "{language}"))
"""


@pytest.fixture
def installed() -> Iterator[None]:
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "config.toml").write_text("", encoding="utf-8")  # delivered before the program
    words = ("INSTALLTASK=1", "TASKTIME=03:15")
    assert wine("msiexec", "/i", f"Z:{OUT}/one.msi", "/qn", *words).returncode == 0
    yield
    for name in ("later", "one"):
        wine("msiexec", "/x", f"Z:{OUT}/{name}.msi", "/qn")


def registered(key: str) -> str:
    return wine("reg", "query", key, "/s").stdout.decode(errors="replace")


def test_the_installer_installs_upgrades_refuses_older_ones_and_leaves_the_data(
    installed: None,
) -> None:
    arp = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
    source = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\tojimari"
    search = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"
    done = wine(r"C:\Program Files\tojimari\tojimari.exe", "--version")
    assert done.stdout.startswith(b"tojimari")
    assert {p.name for p in INSTALLED.iterdir()} >= {"LICENSES", "sbom.cdx.json", "lib"}
    assert r"tojimari\tojimari-events.dll" in registered(source)
    assert r"Program Files\tojimari" in registered(search)
    (task,) = (DRIVE / "windows/system32/tasks/tojimari").iterdir()
    assert b"<ExecutionTimeLimit>PT23H<" in task.read_bytes()  # Wine keeps no more of it

    # Wine's removal for an upgrade does not say UPGRADINGPRODUCTCODE: the task goes and comes again
    done = wine("msiexec", "/i", f"Z:{OUT}/later.msi", "/qn", "INSTALLTASK=1")
    assert done.returncode == 0
    versions = re.findall(r"DisplayVersion\s+REG_SZ\s+(\S+)", registered(arp))
    assert versions.count("99.0.0") == 1
    assert "0.1.0" not in versions
    assert wine("msiexec", "/i", f"Z:{OUT}/one.msi", "/qn").returncode != 0
    assert (DATA / "config.toml").exists()
    assert task.exists()

    assert wine("msiexec", "/x", f"Z:{OUT}/later.msi", "/qn").returncode == 0
    assert not INSTALLED.exists()
    assert not task.exists()
    assert "EventMessageFile" not in registered(source)
    assert r"Program Files\tojimari" not in registered(search)
    assert (DATA / "config.toml").exists()


def test_a_task_that_cannot_be_made_is_no_installation() -> None:
    words = ("INSTALLTASK=1", "TASKTIME=25:00")
    done = wine("msiexec", "/i", f"Z:{OUT}/one.msi", "/qn", *words)
    wine("msiexec", "/x", f"Z:{OUT}/one.msi", "/qn")
    assert done.returncode != 0


def test_a_proxy_that_only_the_registry_knows_is_asked(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[agent]\nstate = "state"\n[connectors.m365]\ntenant_id = "t"\nclient_id = "c"\n'
        'client_secret = "env:SECRET"\n',
        encoding="utf-8",
    )
    settings = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[bytes] = []
        Thread(target=answer, args=(server, heard), daemon=True).start()
        here = f"127.0.0.1:{server.getsockname()[1]}"
        wine("reg", "add", settings, "/v", "ProxyServer", "/d", here, "/f")
        wine("reg", "add", settings, "/v", "ProxyEnable", "/t", "REG_DWORD", "/d", "1", "/f")
        try:
            words = ("scan", "-c", f"Z:{tmp_path}/config.toml", "--max-minutes", "0.1")
            wine(PROGRAM, *words, world=NO_PROXY | {"SECRET": "x"})
        finally:
            wine("reg", "delete", settings, "/v", "ProxyEnable", "/f")
            wine("reg", "delete", settings, "/v", "ProxyServer", "/f")
    assert heard
    assert heard[0].startswith(b"CONNECT login.microsoftonline.com:443 ")


NO_PROXY = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "")


def answer(server: socket.socket, heard: list[bytes]) -> None:
    """Refuse whoever asks, and remember what was asked."""
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        with line:
            heard.append(line.recv(4096))
            line.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


SIGN = """\
#!/bin/sh
set -e
osslsigncode sign -certs {folder}/cert.pem -key {folder}/key.pem -in "$1" -out "$1.signed"
mv "$1.signed" "$1"
"""


def test_whoever_has_a_key_signs_program_and_installer(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=tojimari test", "-addext", "extendedKeyUsage=codeSigning"]
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", "-x509", *made, *subject], check=True, capture_output=True)
    script = tmp_path / "sign"
    script.write_text(SIGN.format(folder=tmp_path), encoding="ascii")
    script.chmod(0o755)
    msi = tmp_path / "signed.msi"
    words = [str(ROOT / "packaging/windows/msi.py"), str(OUT / "one/tojimari"), str(msi)]
    environment = os.environ | {"TOJIMARI_SIGN": str(script)}
    subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)
    check = ["osslsigncode", "verify", "-CAfile", str(certificate), "-ignore-crl", "-in", str(msi)]
    said = subprocess.run(check, capture_output=True, text=True)
    assert "Signature verification: ok" in said.stdout, said.stdout + said.stderr
