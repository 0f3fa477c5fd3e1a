"""Runs a recipe or a grid without a notebook, as the kernel would."""

import argparse
import os
import sys
from pathlib import Path

import kernelspec
import torch_library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", required=True, help="the java to start")
    parser.add_argument("--java-version", required=True, help="its version: 17")
    parser.add_argument("file", help="a YAML file: the steps of a recipe, or what a grid is of")
    parser.add_argument("--against", metavar="JSON", help="of a grid: how many cells lie inside an earlier one's intervals")
    options = parser.parse_args()
    version = int(options.java_version.partition(".")[0])
    jars = kernelspec.class_path(Path(sys.prefix))
    start = kernelspec.command(options.java, version, jars, [], "ffmerge.magic.Exec")
    settings = kernelspec.ENVIRONMENT | torch_library.kernel_settings(kernelspec.HOME)
    more = [] if options.against is None else ["--against", options.against]
    os.execve(start[0], [*start, options.file, *more], os.environ | settings)


if __name__ == "__main__":
    main()
