"""Finds a libtorch with CUDA and says whether DJL's native code runs on it.

DJL itself never looks at the version of the library that it is pointed to: one that doesn't fit ends the JVM.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

RUNS_ON = ("2.7.1", "2.8.0")  # tried with the JNI of the pom's DJL; TorchLibrary.java holds the same
CUDA = "12.8"  # what the JNI's GPU build is made for
LEAST_DRIVER = 525  # runs every CUDA 12
REMEDY = "environment/ffmerge setup --gpu installs torch 2.8.0 for it into .venv (a download of several GB)"


@dataclass(frozen=True)
class Library:
    """A folder with libtorch_cpu; `version` and `cuda` are None where nothing beside it tells."""

    folder: Path
    source: str
    version: str | None
    cuda: str | None
    has_cuda: bool

    def misfit(self) -> str | None:
        """Why it can't be used with a GPU, or None."""
        if not self.has_cuda:
            return "a build without CUDA"
        if any(self.folder.glob("libdjl_torch.*")):
            return None  # native code built for this very libtorch, which DJL takes before its own
        if self.version is None:
            return f"of unknown version; DJL's native code runs on {' and '.join(RUNS_ON)}"
        if self.version not in RUNS_ON:
            return f"version {self.version}; DJL's native code runs on {' and '.join(RUNS_ON)}"
        if self.cuda is not None and self.cuda != CUDA:
            return f"for CUDA {self.cuda}; DJL's native code is for CUDA {CUDA}"
        return None

    def __str__(self) -> str:
        return f"torch {self.version or 'of unknown version'} at {self.folder} ({self.source})"


def library(folder: Path, source: str) -> Library | None:
    """What lies in a folder, or None if that is no libtorch."""
    if not any(folder.glob("libtorch_cpu.*")):
        return None
    version = cuda = None
    of_pip = folder.parent / "version.py"
    of_libtorch = folder.parent / "build-version"
    of_djl = re.match(r"(\d+\.\d+\.\d+)-.*?cu(\d+)(\d)-", folder.name)
    if of_pip.exists():
        text = of_pip.read_text(encoding="utf-8")
        version = found(r"__version__ = '(\d+\.\d+\.\d+)", text)
        cuda = found(r"^cuda.* = '(\d+\.\d+)'", text)
    elif of_libtorch.exists():
        version = found(r"(\d+\.\d+\.\d+)", of_libtorch.read_text(encoding="utf-8"))
    elif of_djl:
        version, cuda = of_djl[1], f"{of_djl[2]}.{of_djl[3]}"
    return Library(folder, source, version, cuda, any(folder.glob("libtorch_cuda.*")))


def found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.MULTILINE)
    return match and match[1]


def libraries(named: str | None, packages: Iterable[Path], cache: Path) -> list[Library]:
    """All there are, in the order in which they are preferred.

    named: the value of PYTORCH_LIBRARY_PATH; packages: site-packages folders; cache: DJL's.
    """
    if named:
        given = library(Path(named), "PYTORCH_LIBRARY_PATH")
        return [given] if given else []  # the user's word; nothing else counts
    all_found = [library(folder / "torch/lib", "pip") for folder in packages]
    all_found += [library(folder, "DJL's own") for folder in sorted(cache.glob("pytorch/*-cu*"))]
    return [each for each in all_found if each]


def choice(candidates: Iterable[Library]) -> Library | None:
    """The first that fits."""
    return next((each for each in candidates if not each.misfit()), None)


# ---- this machine


def site_packages(home: Path) -> list[Path]:
    """Of the private environment, of an active one, and of this Python."""
    folders = list(home.glob(".venv/lib/python*/site-packages"))
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        folders += Path(active).glob("lib/python*/site-packages")
    return list(dict.fromkeys(folders + [Path(p) for p in sys.path if p.endswith("-packages")]))


def here(home: Path, environment: Mapping[str, str] = os.environ) -> list[Library]:
    cache = environment.get("ENGINE_CACHE_DIR") or environment.get("DJL_CACHE_DIR") or Path.home() / ".djl.ai"
    return libraries(environment.get("PYTORCH_LIBRARY_PATH"), site_packages(home), Path(cache))


@dataclass(frozen=True)
class Driver:
    """What NVIDIA's driver tells: a line a GPU, and its version; None where only the library is there."""

    gpus: list[str]
    version: str | None

    def misfit(self) -> str | None:
        if not self.gpus:
            return "the driver is there but shows no GPU: is this container started with the GPU (--gpus all)?"
        if self.version and int(self.version.split(".")[0]) < LEAST_DRIVER:
            return f"driver {self.version} is too old for CUDA {CUDA}: version {LEAST_DRIVER} or later is needed"
        return None


def driver(
    query: tuple[str, ...] = ("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"),
    places: Iterable[str] = ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib/wsl/lib", "/usr/local/nvidia/lib64"),
) -> Driver | None:
    """None where there is no driver at all."""
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=30)
        lines = done.stdout.strip().splitlines() if done.returncode == 0 else []
    except (OSError, subprocess.TimeoutExpired):
        lines = []
    if lines:
        return Driver(lines, lines[0].split(",")[1].strip())
    if any((Path(place) / "libcuda.so.1").exists() for place in places):
        return Driver([], None)
    return None


def kernel_settings(home: Path) -> dict[str, str]:
    """What the kernel's environment needs so that it finds the GPU; nothing where the user's own setting holds."""
    if os.environ.get("PYTORCH_LIBRARY_PATH"):
        return {}
    gpu = driver()
    fitting = choice(here(home)) if gpu and not gpu.misfit() else None
    return {"PYTORCH_LIBRARY_PATH": str(fitting.folder)} if fitting else {}
