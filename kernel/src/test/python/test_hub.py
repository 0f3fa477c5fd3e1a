"""One cache for the notebook and for Python's own huggingface_hub: what one has fetched the other finds."""

import json
import os
import subprocess
import sys

import pytest
from conftest import REPOSITORY
from hub_server import COMMIT, HubServer, etag

DEMO = REPOSITORY / "environment/models/gpt2-novels"
LOADED = ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]


@pytest.fixture
def hub():
    hub = HubServer()
    hub.repositories["models/tiny/novels"] = {
        file.name: file.read_bytes() for file in DEMO.iterdir()
    } | {"README.md": b"# Novels", "onnx/model.onnx": b"o" * 20_000}
    yield hub
    hub.close()


@pytest.fixture
def environment(hub, tmp_path):
    """As a user sets it; nothing of this machine's own cache or token is seen."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    return own | {"HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1"}


def python(code, environment, **more):
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment | more, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tree(cache):
    """Every file and link but locks, what marks the cache as one, and newer Pythons' lists of what a repository has."""
    others = {".locks", "trees", "CACHEDIR.TAG"}
    return {
        str(path.relative_to(cache)): os.readlink(path) if path.is_symlink() else path.stat().st_size
        for path in cache.rglob("*")
        if (path.is_symlink() or path.is_file()) and not others & set(path.parts)
    }


SNAPSHOT = (
    "import json, os; from huggingface_hub import snapshot_download, hf_hub_download, scan_cache_dir;"
    "folder = snapshot_download('tiny/novels', allow_patterns=%s);"
    "print(json.dumps({'folder': folder, 'files': sorted(os.listdir(folder)),"
    " 'warnings': [str(w) for w in scan_cache_dir().warnings]}))" % json.dumps(LOADED)
)


def test_what_python_fetched_loads_in_the_notebook_offline(hub, environment, new_notebook):
    folder = json.loads(python(SNAPSHOT, environment))["folder"]
    hub.asked.clear()
    notebook = new_notebook(env=environment | {"HF_HUB_OFFLINE": "1"})
    outcome = notebook.run("%ffmerge load tiny/novels --as base")
    assert outcome.status == "ok", outcome.trace
    assert outcome.results[0]["model"]["parameters"] > 2_000_000
    assert "tiny/novels" in notebook.complete("%ffmerge load tin|")["matches"]
    assert hub.asked == []
    assert COMMIT in folder


def test_what_the_notebook_fetched_python_finds_offline(hub, environment, new_notebook, tmp_path):
    assert new_notebook(env=environment).run("%ffmerge load tiny/novels --as base").status == "ok"
    assert len(hub.downloads()) == len({path for path in hub.downloads()})
    ours = tree(tmp_path / "hf/hub")
    hub.asked.clear()
    found = json.loads(python(SNAPSHOT, environment, HF_HUB_OFFLINE="1"))
    assert set(LOADED) <= set(found["files"])
    assert found["warnings"] == []
    assert hub.asked == []
    # and online, Python downloads nothing again and leaves the cache as it was
    python(SNAPSHOT, environment)
    assert hub.downloads() == []
    assert tree(tmp_path / "hf/hub") == ours
    # from nothing, Python leaves the same
    names = json.dumps(sorted(path.rsplit("/")[-1] for path in ours if "/snapshots/" in path))
    every = "from huggingface_hub import hf_hub_download; [hf_hub_download('tiny/novels', n) for n in %s]" % names
    python(every, environment, HF_HOME=str(tmp_path / "other"))
    assert tree(tmp_path / "other/hub") == ours


def test_half_a_download_of_one_does_not_disturb_the_other(hub, environment, new_notebook, tmp_path):
    weights = hub.repositories["models/tiny/novels"]["model.safetensors"]
    blobs = tmp_path / "hf/hub/models--tiny--novels/blobs"
    blobs.mkdir(parents=True)
    # as older Pythons and killed ones leave them
    (blobs / f"{etag(weights)}.incomplete").write_bytes(b"x" * 1000)
    (blobs / f"{etag(weights)}.0123abcd.incomplete").write_bytes(weights[:1000])
    hub.cut_next = 1_000_000
    assert new_notebook(env=environment).run("%ffmerge load tiny/novels --as base").status == "ok"
    ranges = [headers["Range"] for _, path, headers in hub.asked if path.endswith("model.safetensors") and "Range" in headers]
    assert ranges == ["bytes=1000000-"]
    assert (blobs / etag(weights)).read_bytes() == weights
    python(SNAPSHOT, environment, HF_HUB_OFFLINE="1")

    # the other way round: what the notebook left of a download is no hindrance to Python
    own = blobs / f"{etag(weights)}.ffmerge.incomplete"
    (blobs / etag(weights)).rename(own)
    own.write_bytes(weights[:5000])
    (tmp_path / f"hf/hub/models--tiny--novels/snapshots/{COMMIT}/model.safetensors").unlink()
    python(SNAPSHOT, environment)
    assert (blobs / etag(weights)).read_bytes() == weights


def test_data_of_the_hub_in_both_directions(hub, environment, new_notebook):
    text = (REPOSITORY / "magics/src/test/resources/hubdata/text/test-00000-of-00002.parquet").read_bytes()
    hub.repositories["datasets/tiny/wiki"] = {"raw/test-00000-of-00001.parquet": text, "raw/train-0.parquet": b"t" * 20_000}
    notebook = new_notebook(env=environment)
    notebook.run("%ffmerge load gpt2-novels --as base")
    outcome = notebook.run("%ffmerge eval base --data tiny/wiki:raw --limit 3")
    assert outcome.status == "ok", outcome.trace
    assert outcome.results[0]["value"] > 1
    assert [path.rsplit("/")[-1] for path in hub.downloads()] == ["test-00000-of-00001.parquet"]
    hub.asked.clear()
    fetch = (
        "from huggingface_hub import hf_hub_download;"
        "print(hf_hub_download('tiny/wiki', 'raw/test-00000-of-00001.parquet', repo_type='dataset'))"
    )
    assert COMMIT in python(fetch, environment, HF_HUB_OFFLINE="1")
    assert hub.asked == []
    gone = notebook.run("%ffmerge eval base --data tiny/wiki:raw --split validation")
    assert gone.reply["evalue"] == "the data set tiny/wiki:raw has no split 'validation'; it has test, train"
