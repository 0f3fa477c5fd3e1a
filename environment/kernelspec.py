"""Writes the kernelspec `ffmerge`: how Jupyter starts the kernel of this checkout."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import torch_library

HOME = Path(__file__).resolve().parent.parent
ARCHIVE = HOME / "kernel/target/ffmerge.jsa"
MAIN = "ffmerge.kernel.Main"
# GOMP_SPINCOUNT: idle threads that spin for long make a kernel several times slower where another one takes a core
# MALLOC_ARENA_MAX: what one thread has freed another one takes; each having its own, the gaps of all add up
ENVIRONMENT = {"FFMERGE_HOME": str(HOME / "environment"), "GOMP_SPINCOUNT": "2000", "MALLOC_ARENA_MAX": "2"}


def class_path(venv: Path) -> list[Path]:
    jars = sorted(HOME.glob("kernel/target/ffmerge-kernel-*.jar"))
    jars += sorted(HOME.glob("magics/target/ffmerge-magics-*.jar"))
    jars += sorted(HOME.glob("magics/target/lib/*.jar"))
    jars.append(venv / "share/jupyter/kernels/java/jjava.jar")
    return jars


def command(
    java: str, java_version: int, jars: list[Path], archive: list[str], *main: str
) -> list[str]:
    options = [
        "-XX:+UseSerialGC",  # the heap is small: what is large lies in libtorch
        "-XX:MaxRAMPercentage=25",  # of the container, if it has a limit: libtorch and Jupyter want their share
        "-XX:MinHeapFreeRatio=10",  # what a long text took is given back
        "-XX:MaxHeapFreeRatio=30",
        "-XX:ReservedCodeCacheSize=64m",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF-8",  # what a cell says, also where the locale is POSIX; from JDK 18 on it is so anyway
        "--add-opens",
        "jdk.jshell/jdk.jshell=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED",  # from JDK 24 on there is a warning without it
    ]
    if java_version >= 23:  # older ones don't know the option, newer ones warn without it
        options.append("--sun-misc-unsafe-memory-access=allow")
    return [java, *options, *archive, "-cp", ":".join(map(str, jars)), *main]


def make_archive(java: str, java_version: int, jars: list[Path]) -> None:
    """Lets the JVM archive the classes of a start (AppCDS), which later starts then map instead of reading them.

    The JVM ignores the archive of another JDK or of other jars, so a failure here costs no more than time.
    """
    trial = command(java, java_version, jars, [], MAIN)
    stamp = ARCHIVE.with_suffix(".stamp")
    made_of = "\n".join([str(java_version), *trial, *(str(jar.stat().st_mtime_ns) for jar in jars)])
    if stamp.exists() and stamp.read_text() == made_of:
        return
    print("Trying the kernel out, for a faster start …", file=sys.stderr)
    partial = ARCHIVE.with_suffix(".partial")  # a JVM crashes on an archive that was cut off
    partial.unlink(missing_ok=True)
    trial[1:1] = [f"-XX:ArchiveClassesAtExit={partial}", "-Xlog:disable"]
    done = subprocess.run([*trial, "--trial"], env=os.environ | ENVIRONMENT, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"ffmerge: the kernel's trial failed:\n{done.stdout}{done.stderr}", file=sys.stderr)
    if partial.exists():
        partial.replace(ARCHIVE)
    stamp.write_text(made_of)


def kernel_json(java: str, java_version: int, jars: list[Path]) -> dict:
    archive = ["-Xshare:auto", f"-XX:SharedArchiveFile={ARCHIVE}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    return {
        "argv": [*command(java, java_version, jars, archive, MAIN), "{connection_file}"],
        "display_name": "Java (ffmerge)",
        "language": "java",
        "interrupt_mode": "message",
        "env": ENVIRONMENT | torch_library.kernel_settings(HOME),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", required=True, help="the java to start")
    parser.add_argument("--java-version", required=True, help="its version: 17")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--prefix", type=Path, help="a Python environment to put the kernelspec into")
    where.add_argument("--user", action="store_true", help="put it where the user's own Jupyter looks")
    options = parser.parse_args()
    if options.user:
        from jupyter_core.paths import jupyter_data_dir

        folder = Path(jupyter_data_dir()) / "kernels/ffmerge"
    else:
        folder = options.prefix / "share/jupyter/kernels/ffmerge"
    folder.mkdir(parents=True, exist_ok=True)
    java_version = int(options.java_version.partition(".")[0])
    jars = class_path(Path(sys.prefix))
    make_archive(options.java, java_version, jars)
    spec = json.dumps(kernel_json(options.java, java_version, jars), indent=2)
    file = folder / "kernel.json"
    if not file.exists() or file.read_text() != spec:
        file.write_text(spec)
    if options.user:
        print(f"The kernel is in {folder}.")


if __name__ == "__main__":
    main()
