"""The log of runs through the kernel: asked in SQL, compared, and a run of one kernel done again by another."""

import pytest

TEXT = "All happy families are alike; each unhappy family is unhappy in its own way.\n" * 60


@pytest.fixture(scope="module")
def logged(notebook, tmp_path_factory):
    text = tmp_path_factory.mktemp("data") / "families.txt"
    text.write_text(TEXT, encoding="utf-8")
    notebook.run("%ffmerge load gpt2-novels --as base")
    notebook.run("%ffmerge drop base --window 3-4 --as small")
    outcome = notebook.run(f"%ffmerge eval small --data {text} --limit 1")
    assert outcome.status == "ok", outcome.trace
    return outcome.results[-1]


def test_the_log_is_asked_in_sql(notebook, logged):
    found = notebook.run("%ffmerge runs --where \"command = 'eval' and options['limit'] = '1' and value > 1\"")
    assert [run["command"] for run in found.results[-1]["runs"]] == ["eval"]
    assert found.results[-1]["runs"][0]["result"]["value"] == logged["value"]
    none = notebook.run("%ffmerge runs --where \"value < 1\"")
    assert none.results[-1]["runs"] == []


@pytest.mark.parametrize(
    "sql, said",
    [
        ("DELETE FROM runs", "DELETE is refused"),
        ("1 = 1; COPY runs TO 'runs.csv'", "COPY is refused"),
        ("line in (SELECT content FROM read_text('/etc/hostname'))", "files are not read"),
        ("result->>'value' < 50", "TRY_CAST(result->>'value' AS DOUBLE) < 50"),
        ("valeu > 1", "did you mean 'value'? Columns are id, time"),
    ],
)
def test_what_is_no_question_is_refused_in_a_line(notebook, logged, sql, said):
    outcome = notebook.run(f'%ffmerge runs --where "{sql}"')
    assert outcome.status == "error"
    assert said in outcome.reply["evalue"] and "\n" not in outcome.reply["evalue"].strip(), outcome.reply["evalue"]


def test_a_run_is_done_again_by_another_kernel(notebook, logged, new_notebook, tmp_path):
    file = tmp_path / "run.zip"
    assert notebook.run(f"%ffmerge runs --export {file}").status == "ok"
    other = new_notebook()
    outcome = other.run(f"%ffmerge run {file}")
    assert outcome.status == "ok", outcome.trace
    evaluated = [result for result in outcome.results if result["command"] == "eval"]
    assert [result["value"] for result in evaluated] == [pytest.approx(logged["value"], rel=1e-9)]
    recipe = outcome.results[-1]
    assert recipe["steps"] == 3
    assert [d for d in recipe["again"]["differences"] if d["of"] != "result" or d["name"] == "data"] == []
    diff = other.run("%ffmerge runs --diff last-1 last")
    assert {d["of"] for d in diff.results[-1]["differences"]} >= {"command", "result"}
