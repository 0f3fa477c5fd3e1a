"""Takes out of the jars what this machine's image never reads: native libraries of other systems, and libtorch, which the
kernel's trial has unpacked into DJL's cache.

    slim.py LIBRARIES CACHE
"""

import platform
import re
import sys
import zipfile
from pathlib import Path

NATIVE = re.compile(r"\.(so|dll|dylib|jnilib)([._]|$)")
OTHER_SYSTEM = re.compile(r"(?<![a-z])(osx|macos|darwin|win|windows|linux[-_](aarch64|arm64|ppc64le|s390x))(?![a-z0-9])")


def slim(jar: Path, unneeded) -> int:
    """Bytes that went."""
    before = jar.stat().st_size
    with zipfile.ZipFile(jar) as old:
        kept = [entry for entry in old.infolist() if not unneeded(entry.filename)]
        if len(kept) == len(old.infolist()):
            return 0
        partial = jar.with_suffix(".partial")
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in kept:
                new.writestr(entry, old.read(entry))
    partial.replace(jar)
    return before - jar.stat().st_size


def is_of_another_system(name: str) -> bool:
    return bool(NATIVE.search(name) and OTHER_SYSTEM.search(name))


def main() -> None:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        sys.exit("ffmerge: this slims jars for Binder's machines, Linux on x86_64")
    libraries, cache = map(Path, sys.argv[1:])
    went = 0
    for jar in sorted(libraries.glob("*.jar")):
        unpacked = set()
        if jar.name.startswith("pytorch-native-"):
            unpacked = {file.name for file in cache.glob("pytorch/*/*")}
        went += slim(jar, lambda name, unpacked=unpacked: is_of_another_system(name) or Path(name).name in unpacked)
    print(f"{went / 1e6:.0f} MB taken out of jars")


if __name__ == "__main__":
    main()
