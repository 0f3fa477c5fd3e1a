"""Writes small invented items of each known task, and what EleutherAI's lm-evaluation-harness (lm_eval 0.4.13) makes of them.

    python generate.py ../../../../../environment/models

needs lm_eval, torch and transformers. The definitions are the harness' own YAML files; only the data comes from here.
What it makes of them behind examples is in shots/, beside the rows that the examples come from.
"""

import json
import sys
from pathlib import Path

import lm_eval
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from lm_eval.tasks._yaml_loader import load_yaml

HERE = Path(__file__).resolve().parent
MODELS = ["gpt2-novels", "olmo-dialogues"]
LONG = " ".join(["The prince entered the room, bowed to the countess and sat down by the window."] * 24)

ITEMS = {
    "hellaswag": [
        {"activity_label": "Riding a horse", "ctx_a": "A man sits on a horse.", "ctx_b": "he TAKES the reins and",
         "endings": ["rides away over the field.", "[substeps] eats the  horse.", "sings [title] Coda.", "is a window."], "label": "0"},
        {"activity_label": "Making tea", "ctx_a": "[header] How to make tea [title] Boil water.", "ctx_b": "",
         "endings": ["Pour it over the leaves.", "Throw the cup out of the window.", "Call the prince.", "Sleep."], "label": "2"},
        {"activity_label": "Writing", "ctx_a": "She wrote a letter to her father.", "ctx_b": "éric read it. Then",
         "endings": ["he wept.", "the letter wrote him.", "he answered at once, for he loved her.", "no."], "label": "3"},
    ],
    "piqa": [
        {"goal": "How to warm a room?", "sol1": "Light the stove.", "sol2": "Open the windows in winter and wait for the snow.", "label": 0},
        {"goal": "To call a servant, ", "sol1": "ring the bell", "sol2": "ring the table", "label": 1},
        {"goal": "Zum Öffnen einer Tür", "sol1": "die Klinke drücken", "sol2": "drücken die Klinke 🙂", "label": 0},
    ],
    "arc-easy": [
        {"question": "Which of these is an animal?", "choices": {"text": ["stone", "horse", "window", "letter"], "label": ["A", "B", "C", "D"]}, "answerKey": "B"},
        {"question": "What is colder?", "choices": {"text": ["ice", "fire", "the sun in the south"], "label": ["1", "2", "3"]}, "answerKey": "1"},
        {"question": "Who writes books?", "choices": {"text": ["a writer", "a book", "ink", "paper", "a pen"], "label": ["A", "B", "C", "D", "E"]}, "answerKey": "E"},
    ],
    "winogrande": [
        {"sentence": "The prince thanked the count because _ had been kind.", "option1": "the prince", "option2": "the count", "answer": "2"},
        {"sentence": "Anna gave Sonya the letter, and _ read it at once. ", "option1": "Anna", "option2": "Sonya", "answer": "1"},
        {"sentence": "The cup didn't fit into the box, as the _  was too large.", "option1": "cup", "option2": "box", "answer": "1"},
    ],
    "openbookqa": [
        {"question_stem": "Snow falls in", "choices": {"text": ["winter", "the kitchen", "summer", "a letter"], "label": ["A", "B", "C", "D"]}, "answerKey": "A"},
        {"question_stem": "A man who is hungry will", "choices": {"text": ["sleep", "eat", "write", "be a general of the army"], "label": ["A", "B", "C", "D"]}, "answerKey": " B"},
    ],
    "boolq": [
        {"passage": "The general came to Moscow in autumn.", "question": "did the general come to moscow", "label": 1},
        {"passage": LONG, "question": "did the prince bow to the countess", "label": 0},
    ],
    "lambada": [
        {"text": "He went up to the window and looked out of the"},
        {"text": "“What is it?” said Prince Andrew, “what do you want of me, and who are you, my dear"},
        {"text": "It was a long time before he could speak, and when he did, he said that he did not know what to"},
    ],
    "mmlu": [
        {"question": " What is two and two?\n", "subject": "abstract_algebra", "choices": ["three", "four", "five", "six"], "answer": 1},
        {"question": "Who commands an army?", "subject": "abstract_algebra", "choices": ["a general", "a cook", "a child", "nobody"], "answer": 0},
    ],
}
ITEMS["arc-challenge"] = list(reversed(ITEMS["arc-easy"]))

DEFINITIONS = {
    "hellaswag": "hellaswag", "piqa": "piqa", "arc-easy": "arc_easy", "arc-challenge": "arc_challenge", "winogrande": "winogrande",
    "openbookqa": "openbookqa", "boolq": "boolq", "lambada": "lambada_openai", "mmlu": "mmlu_abstract_algebra",
}


def pool(name: str) -> list:
    """Rows to draw examples from: the questions themselves, one of them twice, and others."""
    items = ITEMS[name]
    others = []
    for i in range(19):
        row = json.loads(json.dumps(items[i % len(items)]))
        for key in ("ctx_a", "goal", "question", "question_stem", "passage"):
            if key in row:
                row[key] = f"No. {i + 1}. " + row[key][:60]
                break
        else:
            key = "sentence" if name == "winogrande" else "text"
            row[key] = f"No. {i + 1}: " + row[key]
        others.append(row)
    return others[:9] + items + others[9:] + items[:1]


def behind_examples(name: str, manager: TaskManager, shots: int) -> ConfigurableTask:
    """The harness' own task with examples, from the splits that it names."""
    config = load_yaml(manager.task_index[DEFINITIONS[name]].yaml_path)
    for key in ("dataset_name", "include", "tag"):
        config.pop(key, None)
    questions, examples = str(HERE / f"{name}.jsonl"), str(HERE / "shots" / f"{name}.jsonl")
    splits = {"train": examples, "validation": questions, "test": questions, "dev": examples}
    if name == "lambada":  # it draws from what it asks
        splits["test"] = examples
    config |= {"task": name, "dataset_path": "json", "dataset_kwargs": {"data_files": splits}}
    task = ConfigurableTask(config=config)
    task.set_config("num_fewshot", shots)
    task.set_fewshot_seed(1234)
    return task


def found(lm: HFLM, name: str, task: ConfigurableTask) -> list:
    result = lm_eval.evaluate(lm=lm, task_dict={name: task}, log_samples=True, bootstrap_iters=0)
    samples = sorted(result["samples"][name], key=lambda s: s["doc_id"])
    return [
        {
            "logLikelihoods": [float(r[0]) for r in s["filtered_resps"]],
            "right": bool(s["acc"]),
        } | ({"rightNorm": bool(s["acc_norm"])} if "acc_norm" in s else {})
        for s in samples
    ]


def local(name: str, manager: TaskManager) -> ConfigurableTask:
    """The harness' own task, over the items beside this file."""
    config = load_yaml(manager.task_index[DEFINITIONS[name]].yaml_path)
    for key in ("dataset_name", "training_split", "test_split", "fewshot_split", "fewshot_config", "include", "tag"):
        config.pop(key, None)
    config |= {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"validation": str(HERE / f"{name}.jsonl")}},
        "validation_split": "validation",
    }
    return ConfigurableTask(config=config)


def main() -> None:
    models = Path(sys.argv[1]).resolve()
    for name, items in ITEMS.items():
        lines = [json.dumps(item, ensure_ascii=False) + "\n" for item in items]
        (HERE / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
        rows = [json.dumps(row, ensure_ascii=False) + "\n" for row in pool(name)]
        (HERE / "shots" / f"{name}.jsonl").write_text("".join(rows), encoding="utf-8")
    manager = TaskManager()
    expected, shots = {}, {}
    for model in MODELS:
        lm = HFLM(pretrained=str(models / model), dtype="float32", device="cpu", batch_size=1)
        expected[model] = {name: found(lm, name, local(name, manager)) for name in ITEMS}
        shots[model] = {
            name: {str(n): found(lm, name, behind_examples(name, manager, n)) for n in (2, 5)} for name in ITEMS
        }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    (HERE / "shots" / "expected.json").write_text(json.dumps(shots, indent=1) + "\n")


if __name__ == "__main__":
    main()
