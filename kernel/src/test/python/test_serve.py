"""
The endpoint for completions as its clients meet it: a process of its own, and lm-evaluation-harness. The latter needs lm_eval
with its extra `api`, PyTorch and transformers in a Python that FFMERGE_LM_EVAL_PYTHON names.
"""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import PATIENCE, REPOSITORY

LAUNCHER = REPOSITORY / "environment/ffmerge"
TASKS = REPOSITORY / "magics/src/test/resources/task"
MODEL = "olmo-dialogues"
FOLDER = REPOSITORY / "environment/models" / MODEL
# longer than the context: of a prompt that is sent, the harness cuts off one token more than of one that it runs itself
LONG = ("boolq", 1)
PYTHON = Path(os.environ.get("FFMERGE_LM_EVAL_PYTHON", REPOSITORY / ".bench-venv/bin/python"))

# runs in the other Python; the definitions of the tasks are the harness' own, the items those beside generate.py
JUDGE = """
import json, sys
from lm_eval.models.openai_completions import LocalCompletionsAPI
from lm_eval.tasks import TaskManager

sys.path.insert(0, sys.argv[1])
import generate

length = json.load(open(f"{sys.argv[3]}/config.json"))["max_position_embeddings"]
manager = TaskManager()
found = {}
for tokens in (True, False):
    lm = LocalCompletionsAPI(base_url=sys.argv[2], model=sys.argv[4], tokenizer=sys.argv[3], batch_size=3,
                             max_length=length + 1, tokenized_requests=tokens)
    found[str(tokens)] = {name: generate.found(lm, name, generate.local(name, manager)) for name in generate.ITEMS}
json.dump(found, open(sys.argv[5], "w"))
"""


def has_harness():
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", "import lm_eval, torch"], capture_output=True).returncode == 0


class Served:
    """A server in a process of its own."""

    def __init__(self, *arguments):
        # what a shell runs in the background ignores interrupts, and so would all that it starts
        self.process = subprocess.Popen(
            [LAUNCHER, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        line = self.process.stdout.readline()
        assert " is served at http://127.0.0.1:" in line, line + self.process.stderr.read()
        self.url = line.split()[-1]

    def ask(self, **request):
        body = json.dumps(request).encode()
        asked = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return json.load(answer)

    def end(self, how):
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@pytest.fixture
def served():
    server = Served(MODEL, "--port", "0")
    yield server
    if server.process.poll() is None:
        server.process.kill()
        server.process.communicate()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_process_answers_until_it_is_told_to_end(served, how):
    answer = served.ask(prompt=["Hello", "Anna: Hi"], max_tokens=1, echo=True, logprobs=1, temperature=0)
    first, second = answer["choices"]
    assert first["text"].startswith("Hello") and second["text"].startswith("Anna: Hi")
    assert first["logprobs"]["token_logprobs"][0] is None
    with pytest.raises(urllib.error.HTTPError) as refused:
        served.ask(prompt="Hello", temperature=1)
    assert refused.value.code == 400
    assert "'temperature'" in json.load(refused.value)["error"]["message"]
    taken = served.url.split(":")[2].split("/")[0]
    second = subprocess.run([LAUNCHER, "serve", MODEL, "--port", taken], capture_output=True, text=True, timeout=PATIENCE)
    assert second.returncode == 1
    assert second.stderr.startswith(f"ffmerge: port {taken} can't be listened at") and len(second.stderr.splitlines()) == 1
    status, out, err = served.end(how)
    assert (status, out, err) == (0, "", "")


@pytest.mark.skipif(not has_harness(), reason="needs lm_eval[api], PyTorch and transformers: FFMERGE_LM_EVAL_PYTHON")
def test_the_harness_judges_through_it_as_it_judges_the_model(served, tmp_path):
    found = tmp_path / "found.json"
    judged = subprocess.run(
        [PYTHON, "-c", JUDGE, TASKS, served.url, FOLDER, MODEL, found],
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
        timeout=1200,
    )
    assert judged.returncode == 0, judged.stderr[-3000:]
    expected = json.loads((TASKS / "expected.json").read_text())[MODEL]
    for kind, tasks in json.loads(found.read_text()).items():
        assert set(tasks) == set(expected)
        for task, items in tasks.items():
            assert len(items) == len(expected[task])
            for i, (item, wanted) in enumerate(zip(items, expected[task])):
                if (task, i) == LONG:
                    continue
                assert item["logLikelihoods"] == pytest.approx(wanted["logLikelihoods"], abs=1e-3), (kind, task)
                assert item["right"] == wanted["right"]
