"""A page for each command, from what `help` knows of it."""

from pathlib import Path

GROUPS = {
    "Looking around": ["help", "models", "load", "info", "unload"],
    "Measuring": ["eval", "compare", "mistakes"],
    "Seeing what is alike": ["cka", "align"],
    "Making a model smaller": ["merge", "drop", "prune", "quantize", "sweep", "explore", "choose"],
    "Training and keeping": ["tune", "fold", "save"],
    "Experiments and their log": ["grid", "run", "runs", "scoreboard"],
}
OTHERS = "Others"


def write(commands: list[dict], folder: Path, java_sources: Path) -> None:
    folder.mkdir(parents=True)
    for command in commands:
        (folder / f"{command['name']}.md").write_text(page(command, java_sources), encoding="utf-8")
    (folder / "index.md").write_text(index(commands), encoding="utf-8")


def page(command: dict, java_sources: Path) -> str:
    """Title, usage, meaning, example, options; then what the result is in Java."""
    parts = [
        f"# {command['name']}",
        sentence(command["summary"]),
        block(command["usage"]),
        "## Example",
        block(command["example"]),
    ]
    if command["options"]:
        parts += [
            "## Options",
            "On the line as below; below `%%ffmerge " + command["name"] + "` as YAML, by the same names without hyphens.",
            table(["option", "default", "meaning"], [option(o) for o in command["options"]]),
        ]
    if command["notes"]:
        parts += ["## Good to know", table(["word", "meaning"], [[code(n["word"]), text(n["meaning"])] for n in command["notes"]])]
    return "\n\n".join([*parts, result(command, java_sources)]) + "\n"


def option(told: dict) -> list[str]:
    words = f"--{told['name']} {told['placeholder']}".strip()
    several = "; may be given several times" if told["kind"] == "LIST" and "several" not in told["help"] else ""
    return [code(words), text(told["fallback"]), text(told["help"] + several)]


def result(command: dict, java_sources: Path) -> str:
    """What `--as` gives a name to, with the Javadoc of its class."""
    name = command["result"]
    if command["makes"] == "MODEL":
        says = "`--as NAME` names the new model, which is a Java variable too. What is shown is a "
    else:
        says = "`--as NAME` gives the result to a Java variable of that name: a "
    public = f"public record {name.rpartition('.')[2]}(" in (java_sources / (name.replace(".", "/") + ".java")).read_text("utf-8")
    short = name.rpartition(".")[2]
    path = "../api/" + name.replace(".", "/") + ".html"
    return "## Result\n\n" + says + (f'<a href="{path}"><code>{short}</code></a>.' if public else f"`{short}`.")


def index(commands: list[dict]) -> str:
    by_name = {command["name"]: command for command in commands}
    grouped = [name for names in GROUPS.values() for name in names]
    groups = GROUPS | {OTHERS: [name for name in by_name if name not in grouped]}
    parts = [
        "# Commands",
        "A line `%ffmerge COMMAND …` in a cell runs a command; `%%ffmerge COMMAND …` takes its options as YAML below the line,"
        " and `%%ffmerge` alone a list of steps. `%ffmerge help COMMAND` shows in the notebook what stands on these pages: both"
        " are made from the same words.",
    ]
    for group, names in groups.items():
        rows = [[f"[{n}]({n}.md)", text(by_name[n]["summary"])] for n in names if n in by_name]
        if rows:
            parts += [f"## {group}", table(["command", "does"], rows)]
    return "\n\n".join([*parts, "```{toctree}\n:hidden:\n\n" + "\n".join(by_name) + "\n```"]) + "\n"


def sentence(words: str) -> str:
    return text(words[0].upper() + words[1:]) + "."


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def block(line: str) -> str:
    return f"```none\n{line}\n```"


def code(words: str) -> str:
    return "`" + words.replace("|", "\\|") + "`"


def text(words: str) -> str:
    """Words as they stand, whatever Markdown would make of them."""
    return "".join("\\" + c if c in "\\`*_{}[]<>#|$~" else c for c in words)
