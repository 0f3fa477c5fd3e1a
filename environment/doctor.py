"""Says what ffmerge finds on this machine, what is missing, and what to do about it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
NEEDED_DISK = 3 * 2**30  # what set-up writes: Jupyter, the jars, libtorch
LEAST_MEMORY = 2**30

problems = 0


def ok(what: str, found: str) -> None:
    print(f"  ok       {what:12} {found}")


def missing(what: str, remedy: str) -> None:
    global problems
    problems += 1
    print(f"  missing  {what:12} {remedy}")


def note(what: str, found: str) -> None:
    print(f"  -        {what:12} {found}")


def output(*command: str) -> str | None:
    """What a program prints, or None if it isn't there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout + done.stderr if done.returncode == 0 else None


def pinned(name: str) -> str:
    """A version of the parent pom."""
    return re.search(rf"<{name}>(.*?)</{name}>", (HOME / "pom.xml").read_text(encoding="utf-8")).group(1)


def programs() -> None:
    java = shutil.which("java", path=f"{os.environ.get('JAVA_HOME', '')}/bin{os.pathsep}{os.environ['PATH']}")
    javac = java and Path(java).resolve().with_name("javac")
    told = java and output(java, "-XshowSettings:properties", "-version")
    version = told and re.search(r"java\.specification\.version = (\d+)", told)
    if version and int(version[1]) >= 17 and javac.exists():
        ok("JDK", f"{version[1]} at {Path(java).resolve()}")
    else:
        missing("JDK", "version 17 or later: apt install openjdk-17-jdk-headless, or set JAVA_HOME")
    maven = output("mvn", "--version")
    if maven:
        ok("Maven", re.search(r"Apache Maven ([\d.]+)", maven)[1])
    else:
        missing("Maven", "apt install maven")
    ok("Python", f"{sys.version.split()[0]} at {sys.executable}")
    fonts = output("fc-list")
    if fonts:
        ok("fonts", f"{len(fonts.splitlines())} for the charts")
    else:
        missing("fonts", "charts need fontconfig and a font: apt install fontconfig fonts-dejavu-core")


def set_up() -> None:
    """What `environment/ffmerge setup` makes; any command makes it where it lacks."""
    python = HOME / ".venv/bin/python"
    jupyter = python.exists() and output(str(python), "-c", "import jupyterlab; print(jupyterlab.__version__)")
    if jupyter:
        ok("JupyterLab", f"{jupyter.strip()} in .venv")
    else:
        missing("JupyterLab", "environment/ffmerge setup")
    jars = list(HOME.glob("kernel/target/ffmerge-kernel-*.jar")) + list(HOME.glob("magics/target/ffmerge-magics-*.jar"))
    if len(jars) >= 2:
        ok("jars", "built")
    else:
        missing("jars", "environment/ffmerge setup")
    if (HOME / ".venv/share/jupyter/kernels/ffmerge/kernel.json").exists():
        ok("kernel", "Java (ffmerge)")
    else:
        missing("kernel", "environment/ffmerge setup")
    models = sorted(p.name for p in (HOME / "environment/models").glob("*") if (p / "config.json").exists())
    if models:
        ok("demo models", ", ".join(models))
    else:
        missing("demo models", "this checkout is not whole: git checkout environment/models")


def machine() -> None:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    note("processor", f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores")
    if memory >= LEAST_MEMORY:
        ok("memory", f"{memory / 2**30:.1f} GiB")
    else:
        missing("memory", f"{memory / 2**30:.1f} GiB; the demo models need 1 GiB")
    free = shutil.disk_usage(HOME).free
    if free >= NEEDED_DISK or (HOME / "magics/target/lib").exists():
        ok("disk", f"{free / 2**30:.1f} GiB free")
    else:
        missing("disk", f"{free / 2**30:.1f} GiB free; set-up needs 3 GiB")


def gpu() -> None:
    torch = pinned("djl.pytorch.version")
    driver = output("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
    if not driver:
        note("GPU", "none found (no nvidia-smi); everything runs on the processor")
        return
    for index, line in enumerate(driver.strip().splitlines()):
        ok(f"gpu:{index}", line)
    path = os.environ.get("PYTORCH_LIBRARY_PATH")
    if not path:
        missing("CUDA torch", f"set PYTORCH_LIBRARY_PATH to the lib folder of a CUDA build of libtorch {torch} "
                f"(of pip's torch: torch/lib) and PYTORCH_VERSION={torch}")
        return
    if not list(Path(path).glob("libtorch_cuda*")):
        missing("CUDA torch", f"PYTORCH_LIBRARY_PATH={path} holds no libtorch_cuda: it is a build without CUDA")
        return
    version = Path(path).parent / "version.py"
    found = re.search(r"__version__ = '([\d.]+)", version.read_text()) if version.exists() else None
    if found and found[1] != torch:
        missing("CUDA torch", f"{path} is version {found[1]}; DJL's native code fits {torch} only")
    else:
        ok("CUDA torch", f"{found[1] if found else 'of unknown version'} at {path}")


def main() -> None:
    for title, check in {"Programs": programs, "Set-up": set_up, "Machine": machine, "GPU": gpu}.items():
        print(title)
        check()
    if problems:
        sys.exit(f"ffmerge: {problems} thing{'s are' if problems > 1 else ' is'} missing")


if __name__ == "__main__":
    main()
