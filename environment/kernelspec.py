"""Writes the kernelspec `ffmerge`: how Jupyter starts the kernel of this checkout."""

import argparse
import json
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


def class_path(venv: Path) -> str:
    jars = sorted(HOME.glob("kernel/target/ffmerge-kernel-*.jar"))
    jars += sorted(HOME.glob("magics/target/ffmerge-magics-*.jar"))
    jars += sorted(HOME.glob("magics/target/lib/*.jar"))
    jars.append(venv / "share/jupyter/kernels/java/jjava.jar")
    return ":".join(str(jar) for jar in jars)


def kernel_json(java: str, venv: Path) -> dict:
    return {
        "argv": [
            java,
            "-XX:+UseSerialGC",  # the heap is small: what is large lies in libtorch
            "-Djava.awt.headless=true",
            "--add-opens",
            "jdk.jshell/jdk.jshell=ALL-UNNAMED",
            "-cp",
            class_path(venv),
            "ffmerge.kernel.Main",
            "{connection_file}",
        ],
        "display_name": "Java (ffmerge)",
        "language": "java",
        "interrupt_mode": "message",
        "env": {"FFMERGE_HOME": str(HOME / "environment")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", required=True, help="the java to start")
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
    spec = json.dumps(kernel_json(options.java, Path(sys.prefix)), indent=2)
    file = folder / "kernel.json"
    if not file.exists() or file.read_text() != spec:
        file.write_text(spec)
    if options.user:
        print(f"The kernel is in {folder}.")


if __name__ == "__main__":
    main()
