"""Files of forms met in public (resources/cases, its README): each gives the right value or is refused in one line."""

import json
import runpy
import shutil
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).resolve().parents[1] / "resources/cases"
ALL = [
    (expected.parent.name, name, case)
    for expected in sorted(CASES.glob("*/expected.json"))
    for name, case in json.loads(expected.read_text(encoding="utf-8")).items()
]


@pytest.fixture(scope="module")
def assembled(tmp_path_factory):
    """The cases laid out by their own script: TARGET/KIND/CASE/model, adapters, data."""
    target = tmp_path_factory.mktemp("cases")
    arguments, path = sys.argv, list(sys.path)
    sys.argv, sys.path[:0] = ["assemble.py", str(target)], [str(CASES)]
    try:
        runpy.run_path(str(CASES / "assemble.py"))
    finally:
        sys.argv, sys.path[:] = arguments, path
    return target


def words(folder, case):
    """What MODEL, ADAPTERS and DATA stand for."""
    data = "text.txt" if "text" in case else Path(case["data"]).name if "data" in case else ""
    return {"MODEL": folder / "model", "ADAPTERS": folder / "adapters", "DATA": folder / data}


def holds(right, outcome, result, case, data):
    """Whether what came of the last command is right."""
    if "any_of" in right:
        return any(holds(one, outcome, result, case, data) for one in right["any_of"])
    if "message_names" in right:
        if outcome.status != "error" or len(outcome.trace) != 1:
            return False
        line = outcome.trace[0]
        named = all(
            any((data.name if word == "FILE" else word) in line for word in some) for some in right["message_names"]
        )
        return named and not any(word in line for word in right.get("message_lacks", ()))
    if outcome.status != "ok":
        return False
    tolerance = case.get("tolerance") if isinstance(case.get("tolerance"), float) else 1e-4
    values = [v for k, v in right.items() if k == "value" or k.startswith("value_")]
    if values and not any(abs(result["value"] / v - 1) <= tolerance for v in values):
        return False
    if "bleu" in right and "texts" not in right and abs(result["value"] - right["bleu"]) > 1e-9:
        return False
    if "texts" in right:
        shown = [sample["translation"] for sample in result["samples"]]
        if sum(a != b for a, b in zip(shown, right["texts"], strict=True)) > (1 if len(shown) > 10 else 0):
            return False
    if "groups" in right and [group["layers"] for group in result["groups"]] != right["groups"]:
        return False
    return True


@pytest.mark.parametrize("kind, name, case", ALL, ids=[f"{kind[0]}-{name}" for kind, name, _ in ALL])
def test_a_file_of_the_world_is_right_or_refused(notebook, assembled, kind, name, case):
    meant = words(assembled / kind / name, case)
    for command in case["commands"]:
        outcome = notebook.run(" ".join(str(meant.get(word, word)) for word in command.split(" ")))
        if outcome.status == "error":
            break
    result = outcome.results[-1] if outcome.results else None
    said = outcome.trace if outcome.status == "error" else result
    assert holds(case["right"], outcome, result, case, meant["DATA"]), f"{case['right']}\n{said}"
