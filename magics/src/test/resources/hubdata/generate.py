"""Writes small Parquet files in the forms that the hub has, and what Python makes of them.

Needs pyarrow, torch and transformers:
    python generate.py REPOSITORY
"""

import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import torch
import transformers

here = pathlib.Path(__file__).parent
environment = pathlib.Path(sys.argv[1]) / "environment"


def write(name, table, features):
    """As Hugging Face's datasets does: the features in the metadata, small groups of rows."""
    meta = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    path = here / name
    path.parent.mkdir(exist_ok=True)
    pq.write_table(table.replace_schema_metadata(meta), path, row_group_size=50, compression="snappy")


# WikiText: a row for each line with its line break, empty rows between; here in two files
novels = (environment / "data" / "novels-test.txt").read_text()[:30000]
rows = [""]
for i, paragraph in enumerate(novels.split("\n")):
    rows += [f" = Chapter {i} = \n", ""] if i % 20 == 0 else []
    rows.append(f" {paragraph} \n" if paragraph.strip() else "")
half = len(rows) // 2
string = {"dtype": "string", "_type": "Value"}
for i, part in enumerate([rows[:half], rows[half:]]):
    write(f"text/test-0000{i}-of-00002.parquet", pa.table({"text": pa.array(part, pa.string())}), {"text": string})

tokenizer = transformers.AutoTokenizer.from_pretrained(environment / "models" / "gpt2-novels")
model = transformers.AutoModelForCausalLM.from_pretrained(environment / "models" / "gpt2-novels", dtype=torch.float32)
ids = tokenizer("\n\n".join(rows), return_tensors="pt").input_ids[0]


def perplexity(limit):
    means, scored = [], 0
    for start in range(0, len(ids), 128):
        end = min(start + 256, len(ids))
        if len(means) == limit:
            break
        target = ids[start:end].clone()
        target[: scored - start] = -100
        with torch.no_grad():
            means.append(model(ids[None, start:end], labels=target[None]).loss.item())
        scored = end
        if end == len(ids):
            break
    return torch.tensor(means, dtype=torch.float64).mean().exp().item()


expected = {"tokens": len(ids), "perplexity": perplexity(10**9), "perplexityOf5": perplexity(5)}

# pairs: a struct with a field for each language, and Tatoeba's columns, the other way round than the model translates
lines = (environment / "data" / "tatoeba-test.tsv").read_text().splitlines()[:40]
pairs = [line.split("\t")[:2] for line in lines]
translation = pa.array([{"en": en, "zh": zh} for zh, en in pairs], pa.struct([("en", pa.string()), ("zh", pa.string())]))
write(
    "pairs/test-00000-of-00001.parquet",
    pa.table({"id": [str(i) for i in range(len(pairs))], "translation": translation}),
    {"id": string, "translation": {"languages": ["en", "zh"], "_type": "Translation"}},
)
write(
    "tatoeba/0000.parquet",
    pa.table(
        {
            "sourceLang": ["eng"] * len(pairs),
            "targetlang": ["cmn_Hans"] * len(pairs),
            "sourceString": [en for _, en in pairs],
            "targetString": [zh for zh, _ in pairs],
        }
    ),
    {name: string for name in ["sourceLang", "targetlang", "sourceString", "targetString"]},
)
tsv = "".join(f"eng\tcmn_Hans\t{en}\t{zh}\n" for zh, en in pairs)
(here / "tatoeba" / "tatoeba-test.eng-zho.tsv").write_text(tsv)

(here / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
print(expected)
