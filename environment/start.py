"""Starts a program of ffmerge's in the place of this one, as the kernel is started."""

import os
import sys
from pathlib import Path

import kernelspec
import torch_library


def start(java: str, java_version: str, *main: str) -> None:
    """`main` is its class, then what it is given."""
    version = int(java_version.partition(".")[0])
    command = kernelspec.command(java, version, kernelspec.class_path(Path(sys.prefix)), [], *main)
    settings = kernelspec.ENVIRONMENT | torch_library.kernel_settings(kernelspec.HOME)
    os.execve(command[0], command, os.environ | settings)


if __name__ == "__main__":
    start(*sys.argv[1:])
