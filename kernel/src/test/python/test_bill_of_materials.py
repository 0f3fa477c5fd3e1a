"""The bill of materials tells the jars that are shipped, and none of them has a known hole that SECURITY.md doesn't explain."""

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest
from conftest import REPOSITORY

LIBRARIES = REPOSITORY / "magics/target/lib"
BILL = REPOSITORY / "magics/target/bom.json"
SECURITY = REPOSITORY / "SECURITY.md"

# the first version that is free of them; looked up when a version changes, as no network is asked here
FREE_OF_HOLES = {
    "commons-codec": ("1.13", "WS-2019-0379"),
    "commons-collections4": ("4.1", "CVE-2015-7501"),
    "commons-compress": ("1.26.0", "CVE-2024-25710"),
    "commons-io": ("2.14.0", "CVE-2024-47554"),
    "commons-lang3": ("3.18.0", "CVE-2025-48924"),
    "commons-net": ("3.9.0", "CVE-2021-37533"),
    "gson": ("2.8.9", "CVE-2022-25647"),
    "guava": ("32.0.0", "CVE-2023-2976"),
    "jackson-core": ("2.15.0", "CVE-2025-52999"),
    "jackson-databind": ("2.14.0", "CVE-2022-42003"),
    "jsoup": ("1.15.3", "CVE-2022-36033"),
    "log4j-core": ("2.17.1", "CVE-2021-44832"),
    "pdfbox": ("2.0.24", "CVE-2021-31812"),
    "protobuf-java": ("3.25.5", "CVE-2024-7254"),
    "snakeyaml": ("2.0", "CVE-2022-1471"),
    "woodstox-core": ("5.4.0", "CVE-2022-40152"),
    "xmlgraphics-commons": ("2.6", "CVE-2020-11988"),
}


def numbers(version):
    return [int(part) for part in re.match(r"\d+(\.\d+)*", version).group().split(".")]


def has_hole(name, version):
    return name in FREE_OF_HOLES and numbers(version) < numbers(FREE_OF_HOLES[name][0])


@pytest.fixture(scope="module")
def components():
    assert BILL.exists(), "the bill is written by mvn package, but not by mvn --offline"
    return json.loads(BILL.read_text())["components"]


@pytest.fixture(scope="module")
def jars():
    found = sorted(LIBRARIES.glob("*.jar"))
    assert found, "environment/ffmerge setup puts them there"
    return found


def copies(jar: Path):
    """What a jar carries of others, as Maven notes it: name and version."""
    with zipfile.ZipFile(jar) as archive:
        for entry in archive.namelist():
            # ND4J's own wrappers have the names of what they carry
            if re.fullmatch(r"META-INF/maven/(?!org\.nd4j/)[^/]+/[^/]+/pom\.properties", entry):
                noted = dict(re.findall(r"^(\w+)=(.*?)\s*$", archive.read(entry).decode(), re.MULTILINE))
                yield noted["artifactId"], noted["version"]


def test_every_jar_is_in_the_bill_and_nothing_else(components, jars):
    told = {h["content"]: c["purl"] for c in components for h in c["hashes"] if h["alg"] == "SHA-256"}
    there = {hashlib.sha256(jar.read_bytes()).hexdigest(): jar.name for jar in jars}
    strangers = sorted(name for digest, name in there.items() if digest not in told)
    assert not strangers, "not in the bill; an earlier build's: delete magics/target/lib, then mvn package, not --offline"
    assert not sorted(purl for digest, purl in told.items() if digest not in there), "in the bill, but not there"


def test_each_component_says_its_licence(components):
    # its pom names none; RoaringBitmap and its like are checked by hand when they come
    silent = {c["name"] for c in components if not c.get("licenses")}
    assert silent <= {"neoitertools"}


def test_no_component_has_a_known_hole(components):
    assert not [f"{c['name']} {c['version']}" for c in components if c["group"] != "org.nd4j" and has_hole(c["name"], c["version"])]


def test_holes_in_copies_that_jars_carry_are_explained(jars):
    found = {f"{name} {version}" for jar in jars for name, version in copies(jar) if has_hole(name, version)}
    explained = set(re.findall(r"^\| (\S+ \S+) \| org\.nd4j:", SECURITY.read_text(), re.MULTILINE))
    assert found == explained


def test_a_version_is_older_by_its_numbers():
    assert has_hole("commons-net", "3.1") and has_hole("commons-lang3", "3.11") and has_hole("guava", "30.1.1-jre")
    assert not has_hole("commons-net", "3.12.0") and not has_hole("snakeyaml", "2.5") and not has_hole("unheard-of", "1")
