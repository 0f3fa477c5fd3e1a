"""Says what ffmerge finds on this machine, what is missing, and what to do about it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import torch_library

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
    driver = torch_library.driver()
    candidates = torch_library.here(HOME)
    for level, what, said in gpu_findings(driver, candidates, os.environ):
        {"ok": ok, "missing": missing, "-": note}[level](what, said)


def gpu_findings(driver, candidates, environment) -> list[tuple[str, str, str]]:
    """What is to be said of the GPU: level, what, in words."""
    named = environment.get("PYTORCH_LIBRARY_PATH")
    found = []
    if driver is None:
        found.append(("-", "GPU", "none found (no NVIDIA driver); everything runs on the processor"))
    elif driver.misfit():
        found.append(("missing", "GPU", driver.misfit()))
    else:
        found += [("ok", f"gpu:{index}", line) for index, line in enumerate(driver.gpus)]
    if environment.get("PYTORCH_VERSION"):
        found.append(("missing", "PYTORCH_VERSION", "makes DJL look for native code that it would have to download: unset it"))
    if named and not candidates:
        found.append(("missing", "libtorch", f"PYTORCH_LIBRARY_PATH={named} holds no libtorch: of a pip torch it is the "
                      "folder torch/lib; unset it to use the one that comes with ffmerge"))
    fitting = torch_library.choice(candidates)
    wanted = driver is not None and not driver.misfit()
    for each in candidates:
        if named and each.has_cuda and driver is None:
            found.append(("missing", "libtorch", f"{each} is for CUDA and doesn't start without NVIDIA's driver; "
                          "unset PYTORCH_LIBRARY_PATH to use the one that comes with ffmerge"))
        elif each == fitting:
            found.append(("ok", "CUDA torch", str(each) if named or not wanted else f"{each}; the kernel is told of it by set-up"))
        elif named and each.has_cuda or named and each.version not in torch_library.RUNS_ON:
            found.append(("missing", "libtorch", f"{each} is {each.misfit()}; unset PYTORCH_LIBRARY_PATH, or name another"))
        elif each.misfit():
            found.append(("-", "torch", f"{each} is left alone: {each.misfit()}"))
        else:
            found.append(("-", "CUDA torch", f"{each} would do as well"))
    if wanted and not fitting:
        found.append(("missing", "CUDA torch", torch_library.REMEDY))
    return found


def main() -> None:
    sections = {"Programs": programs, "Set-up": set_up, "Machine": machine, "GPU": gpu}
    if sys.argv[1:2] == ["--only"]:
        sections = {title: sections[title] for title in sys.argv[2:]}
    for title, check in sections.items():
        print(title)
        check()
    if problems:
        sys.exit(f"ffmerge: {problems} thing{'s are' if problems > 1 else ' is'} missing")


if __name__ == "__main__":
    main()
