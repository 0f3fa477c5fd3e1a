"""Runs a notebook to its end, prints its results, and writes it and an HTML page to target/."""

import argparse
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

HOME = Path(__file__).resolve().parent.parent
TARGET = HOME / "target"


def java_literal(value: str) -> str:
    """A parameter as Java: numbers and booleans as they are, everything else as a string."""
    if value in ("true", "false"):
        return value
    try:
        float(value)
        return value
    except ValueError:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def set_parameters(notebook, parameters) -> None:
    """Adds a cell that assigns the parameters behind the cell tagged `parameters`, which declares them."""
    if not parameters:
        return
    for index, cell in enumerate(notebook.cells):
        if "parameters" in cell.metadata.get("tags", []):
            declared = cell.source
            break
    else:
        sys.exit("ffmerge: the notebook has no cell tagged 'parameters'")
    for name, _ in parameters:
        if f" {name} =" not in declared:
            sys.exit(f"ffmerge: the notebook has no parameter '{name}'; its parameters are:\n{declared}")
    lines = [f"{name} = {java_literal(value)};" for name, value in parameters]
    cell = nbformat.v4.new_code_cell("\n".join(lines))
    cell.metadata["tags"] = ["injected-parameters"]
    notebook.cells.insert(index + 1, cell)


def print_results(cell) -> None:
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            print(output.text, end="", flush=True)
        elif output.output_type in ("display_data", "execute_result"):
            # progress has no result type of ours; only results and plain values are worth a terminal's lines
            if "application/vnd.ffmerge+json" in output.data or output.output_type == "execute_result":
                print(output.data.get("text/plain", ""), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="environment/ffmerge run", description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("-p", dest="parameters", nargs=2, action="append", metavar=("NAME", "VALUE"), default=[],
                        help="give a variable of the cell tagged 'parameters' another value")
    options = parser.parse_args()
    if not options.notebook.is_file():
        sys.exit(f"ffmerge: there is no notebook {options.notebook}")
    notebook = nbformat.read(options.notebook, as_version=4)
    set_parameters(notebook, options.parameters)
    notebook.metadata.pop("widgets", None)  # as they stood in JupyterLab: the page shows pictures in their place
    client = NotebookClient(
        notebook,
        kernel_name="ffmerge",
        timeout=None,
        resources={"metadata": {"path": str(options.notebook.resolve().parent)}},
        store_widget_state=False,
        on_cell_executed=lambda cell, cell_index, execute_reply: print_results(cell),
    )
    start = time.time()
    failure = None
    try:
        client.execute()
    except CellExecutionError as error:
        failure = error
    TARGET.mkdir(exist_ok=True)
    executed = TARGET / options.notebook.name
    page = executed.with_suffix(".html")
    nbformat.write(notebook, executed)
    body, _ = HTMLExporter().from_notebook_node(notebook)
    page.write_text(body, encoding="utf-8")
    if failure:
        sys.exit(f"ffmerge: a cell of {options.notebook} failed: {failure.evalue}\nThe notebook as far as it came: {page}")
    print(f"\n{options.notebook.name} ran in {time.time() - start:.0f} s: {executed}, {page}")


if __name__ == "__main__":
    main()
