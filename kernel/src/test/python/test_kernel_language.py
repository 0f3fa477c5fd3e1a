"""The notebook's language through a real Jupyter client. The tests of this file share one kernel, in this order."""

import json
import time

import pytest


@pytest.fixture(scope="module", autouse=True)
def base(notebook):
    """The demo model as `base`."""
    outcome = notebook.run("%ffmerge load gpt2-novels --as base")
    assert outcome.status == "ok", outcome.trace
    return outcome


def value(notebook, java):
    outcome = notebook.run(java)
    assert outcome.status == "ok", outcome.trace
    return outcome.value


# --- commands and their results


def test_load_shows_the_model(base):
    (result,) = base.results
    assert result["command"] == "load"
    assert result["model"]["name"] == "base"
    assert result["model"]["stacks"]["decoder"]["layers"] == 12
    shown = next(m for m in base.messages if m["msg_type"] == "display_data")["content"]["data"]
    assert "text/plain" in shown


def test_eval_takes_options_from_the_line_and_from_the_body(notebook):
    (line,) = notebook.run("%ffmerge eval base --limit 20").results
    (body,) = notebook.run("%%ffmerge eval base --split test\nlimit: 3\nsplit: validation").results
    assert line["metric"] == "perplexity" and line["split"] == "test" and line["examples"] == 20
    assert line["value"] == pytest.approx(85.96, abs=0.01)
    assert body["split"] == "test" and body["examples"] == 3, "the line wins"


def test_merge_binds_a_typed_java_variable(notebook):
    outcome = notebook.run("%ffmerge merge base --window 3-8 --tokens 1000 --as small")
    (result,) = outcome.results
    assert result["result"] == "small"
    assert result["layers"] == {"decoder": [3, 4, 5, 6, 7, 8]}
    assert result["parametersAfter"] < result["parametersBefore"]
    assert value(notebook, "Decoder typed = small;\ntyped.architecture().title()") == "GPT-2"


def test_a_cell_magic_needs_no_body(notebook):
    outcome = notebook.run("%%ffmerge merge base --window 3-4 --tokens 500 --as bare")
    assert outcome.status == "ok", outcome.trace
    assert outcome.results[0]["layers"] == {"decoder": [3, 4]}


def test_java_variables_are_arguments(notebook):
    notebook.run('TransformerModel mine = small; String which = "gpt2-novels"; int few = 2;')
    (info,) = notebook.run("%ffmerge info mine").results
    assert info["model"]["name"] == "mine"
    (evaluation,) = notebook.run("%ffmerge eval mine --limit few").results
    assert evaluation["examples"] == 2
    (load,) = notebook.run("%ffmerge load which --as again").results
    assert load["model"]["name"] == "again"


def test_magics_and_java_mix_in_one_cell(notebook):
    outcome = notebook.run("int layers = 12;\n%ffmerge info base\nlayers + 1")
    assert outcome.value == "13" and len(outcome.results) == 1


@pytest.mark.parametrize(
    "cell",
    [
        "%ffmerge info base // what it is",
        "%ffmerge info base # what it is",
        "// what it is\n%ffmerge info base",
        "%%ffmerge eval base // of a few\nlimit: 1 # example",
    ],
)
def test_comments_are_no_arguments(notebook, cell):
    outcome = notebook.run(cell)
    assert outcome.status == "ok", outcome.trace
    assert len(outcome.results) == 1


def examples(notebook, cell):
    outcome = notebook.run(cell)
    assert outcome.status == "ok", outcome.trace
    return [r["examples"] for r in outcome.results]


def test_magics_see_local_variables(notebook):
    assert examples(notebook, "for (int n : List.of(1, 2)) {\n    %ffmerge eval base --limit n\n}") == [1, 2]
    assert examples(notebook, "List.of(\"base\").forEach(name -> {\n    %ffmerge eval name --limit 1\n});") == [1]
    method = "void score(TransformerModel m, int few) {\n    %ffmerge eval {m} --limit {few + 1}\n}\nscore(base, 1);"
    assert examples(notebook, method) == [2]


def test_expressions_stand_in_any_argument(notebook):
    notebook.run("int two = 2; List<String> names = List.of(\"base\");")
    assert examples(notebook, "%ffmerge eval {names.get(0)} --limit {two - 1} --split {\"te\" + \"st\"}") == [1]
    assert examples(notebook, "%%ffmerge eval base\nlimit: {two - 1}") == [1]
    (merge,) = notebook.run("%ffmerge merge base --window {two + 1}-{two * 2} --tokens 500 --as made").results
    assert merge["layers"] == {"decoder": [3, 4]}


@pytest.mark.parametrize(
    "cell, line",
    [
        ("%ffmerge eval base --limit nosuch", "there is no Java variable 'nosuch'"),
        ("%ffmerge eval base --limit {nosuch}", "{nosuch} names no Java variable"),
        ("%ffmerge eval base --limit {nosuch * 2}", "{nosuch * 2} can't be evaluated: cannot find symbol: variable nosuch"),
        (
            "for (int i = 0; i < 2; i++) {\n    %ffmerge eval base --limit {i + nosuch}\n}",
            "cannot find symbol: variable nosuch, in %ffmerge eval base --limit {i + nosuch}",
        ),
        ("%ffmerge merge base --window nosuch --as x", "there is no Java variable 'nosuch'"),
        ("%ffmerge load gpt2-novels --as java", "'java' is the name of a Java class or package"),
        ("%ffmerge load gpt2-novels --as String", "'String' is the name of a Java class or package"),
        ("%ffmerge load gpt2-novels --as class", "'class' cannot be a Java variable's name"),
        ("%%ffmerge\n- load: gpt2-novels\n  as: late\n- merge: late\n  window: 3-4\n  as: org", "'org' is the name of"),
    ],
)
def test_what_cannot_be_resolved_is_said(notebook, cell, line):
    outcome = notebook.run(cell)
    assert outcome.status == "error"
    assert line in outcome.reply["evalue"]
    assert outcome.trace == [outcome.reply["evalue"]]
    assert not outcome.results, "no work was begun"


def test_an_expression_is_not_blamed_for_another_cell(notebook):
    assert notebook.run("int used = undefinedElsewhere + 1;").status == "error"
    outcome = notebook.run("%ffmerge eval base --limit {foo(}")
    assert outcome.reply["evalue"] == "{foo(} can't be evaluated: it is no Java expression"


def test_a_variable_that_is_null_is_there(notebook):
    notebook.run("Integer none = null;")
    outcome = notebook.run("%ffmerge eval base --limit {none}")
    assert outcome.reply["evalue"] == "{none} is null; give it a value first"


# --- a user's mistakes


@pytest.mark.parametrize(
    "cell, line",
    [
        ("%ffmerge", "say what to do"),
        ("%ffmerge lod gpt2-novels", "there is no command 'lod'; did you mean 'load'?"),
        ("%ffmerge eval base --limt 3", "eval has no option --limt; did you mean '--limit'?"),
        ("%ffmerge eval bas", "no model is named 'bas'; did you mean 'base'?"),
        ("%ffmerge load gpt2-novel", "there is no model or folder 'gpt2-novel'; did you mean 'gpt2-novels'?"),
        ("%ffmerge merge base --window 3-8 --anchor frist --as x", "did you mean 'first'?"),
        ("%%ffmerge merge base\nwindow: [3-8\nas: x", "the YAML is broken at line"),
        ("%nosuch 1", "Undefined line magic 'nosuch'"),
    ],
)
def test_a_mistake_gets_one_line(notebook, cell, line):
    outcome = notebook.run(cell)
    assert outcome.status == "error"
    assert line.replace("'--limit'", "'limit'") in outcome.reply["evalue"].replace("'--limit'", "'limit'")
    assert outcome.trace == [outcome.reply["evalue"]]
    assert not outcome.results


def test_broken_yaml_is_named_by_line_and_column(notebook):
    outcome = notebook.run("%%ffmerge merge base\nwindow: 3-8\n\tas: x")
    assert "line 2, column" in outcome.reply["evalue"]


def test_a_compile_error_points_at_its_place(notebook):
    outcome = notebook.run('int fine = 1;\nint wrong = "s";')
    assert outcome.reply["evalue"] == "incompatible types: java.lang.String cannot be converted to int"
    assert any('int wrong = "s";' in line for line in outcome.trace)
    assert value(notebook, "fine") == "1"


def test_an_exception_shows_only_the_frames_of_cells(notebook):
    notebook.run("int parse(String s) {\n    return Integer.parseInt(s);\n}")
    outcome = notebook.run('int before = 1;\nint b =\n    parse("x");')
    assert outcome.reply["ename"] == "NumberFormatException"
    assert outcome.trace[0] == 'NumberFormatException: For input string: "x"'
    assert [line.partition(": ")[2] for line in outcome.trace[1:]] == ["return Integer.parseInt(s);", 'parse("x");']
    assert "parse (cell" in outcome.trace[1] and "line 2)" in outcome.trace[1]
    assert "line 3:" in outcome.trace[2]


def test_causes_and_endless_recursion_stay_short(notebook):
    outcome = notebook.run('try { parse("y"); } catch (Exception e) { throw new IllegalStateException("outer", e); }')
    assert outcome.trace[0] == "IllegalStateException: outer"
    assert 'caused by NumberFormatException: For input string: "y"' in outcome.trace
    outcome = notebook.run("int deep(int n) { return deep(n + 1) + 1; }\ndeep(0)")
    assert outcome.reply["ename"] == "StackOverflowError"
    assert len(outcome.trace) < 10


@pytest.mark.parametrize("code", ["long[] all = new long[Integer.MAX_VALUE - 8];", "new byte[9][Integer.MAX_VALUE]"])
def test_running_out_of_memory_leaves_the_kernel_usable(notebook, code):
    outcome = notebook.run(code)
    assert outcome.reply["ename"] == "OutOfMemoryError"
    assert value(notebook, "1 + 1") == "2"


def test_a_result_that_cannot_be_shown_is_an_error(notebook):
    outcome = notebook.run('new Object() { public String toString() { throw new AssertionError("no text"); } }')
    assert outcome.reply["ename"] == "AssertionError"
    assert value(notebook, "1 + 1") == "2"


# --- what users of other kernels type


@pytest.mark.parametrize(
    "cell, said",
    [
        ("?merge", "%ffmerge merge NAME [--option value]…"),
        ("%ffmerge merge?", "%ffmerge merge NAME [--option value]…"),
        ("??%%ffmerge eval", "%ffmerge eval NAME"),
        ("?ffmerge", "%ffmerge COMMAND [ARG]…"),
        ("Math.max?", "int Math.max(int a, int b)"),
        ("? base", "base"),
    ],
)
def test_a_question_mark_asks_what_something_is(notebook, cell, said):
    assert said in value(notebook, cell)


def test_what_is_not_known_is_said_in_one_line(notebook):
    for about in ["nosuch", "%nosuch", "%ffmerge nosuch"]:
        outcome = notebook.run(f"?{about}")
        assert outcome.reply["ename"] == "UserError" and len(outcome.trace) == 1
        assert f"nothing is known of '{about}'" in outcome.reply["evalue"]


@pytest.mark.parametrize("cell", ["// what is it?", 'String asked = "who?";', "int either = 1 > 2 ? 3\n: 4;"])
def test_a_question_mark_in_java_is_java(notebook, cell):
    assert notebook.run(cell).status == "ok"


@pytest.mark.parametrize("cell", ["!ls", "!ls -la | wc", "int n = 1;\n!pip install numpy", "!cat $HOME/x"])
def test_a_shells_command_is_explained(notebook, cell):
    outcome = notebook.run(cell)
    assert outcome.status == "error" and len(outcome.trace) == 1
    assert "runs no command of a shell; a terminal does" in outcome.reply["evalue"]


def test_an_exclamation_mark_in_java_is_java(notebook):
    assert value(notebook, "boolean ready = false;\n!ready") == "true"
    assert value(notebook, "boolean both = ready ||\n!ready;\nboth") == "true"


def test_magics_are_listed(notebook):
    said = notebook.run("%lsmagic").stdout
    assert "Line magics: %classpath %ffmerge " in said and "Cell magics: %%ffmerge %%time" in said


# --- output


def pictures(outcome):
    return [m["msg_type"] for m in outcome.messages for _ in range(json.dumps(m["content"]).count("iVBORw0KGgo"))]


def test_a_picture_is_stored_once(notebook):
    assert pictures(notebook.run("%ffmerge cka base --tokens 500 --as similarities")) == ["display_data"]
    assert pictures(notebook.run("similarities")) == ["execute_result"]
    assert pictures(notebook.run("display(similarities);")) == ["display_data"]
    alone = notebook.run('display(similarities, "image/png");')
    assert pictures(alone) == ["display_data"]
    assert any("image/png" in m["content"].get("data", {}) for m in alone.messages)


def test_default_imports(notebook):
    java = 'List.of(new Window(3, 7).length(), Stream.of(1, 2).count(), Path.of("a/b").getNameCount())'
    assert value(notebook, java) == "[5, 2, 2]"
    assert value(notebook, "Permutation.identity(3).size()") == "3"


def test_stdout_streams_while_the_cell_runs(notebook):
    msg_id = notebook.send('System.out.println("first"); Thread.sleep(1500); System.out.print("last");')
    notebook.wait_for(msg_id, lambda m: m["content"].get("text") == "first\n")
    seen = time.monotonic()
    notebook.wait_for(msg_id, lambda m: m["content"].get("text") == "last")
    assert time.monotonic() - seen > 0.7
    assert notebook.reply(msg_id)["content"]["status"] == "ok"
    assert notebook.run("1").stdout == "", "a cell's unfinished line does not appear below the next one"


def test_silent_cells_are_not_counted(notebook):
    before = notebook.run("1").reply["execution_count"]
    silent = notebook.run("2", silent=True)
    assert [m["msg_type"] for m in silent.messages] == ["status", "status"]
    notebook.run("3", store_history=False)
    assert notebook.run("4").reply["execution_count"] == before + 1


# --- completion and help


def test_completion_is_typed_for_jupyterlab(notebook):
    reply = notebook.complete("%ffmerge merge base --anc|")
    assert reply["matches"] == ["--anchor"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (20, 25)
    assert reply["metadata"]["_jupyter_types_experimental"] == [
        {"text": "--anchor", "type": "option", "start": 20, "end": 25}
    ]


def test_completion_knows_the_session(notebook):
    assert "small" in notebook.complete("%ffmerge eval |")["matches"]
    assert notebook.complete("%%ffmerge merge base\nwindow: 9-|")["matches"] == ["9-10", "9-11"]
    assert notebook.complete("%ffmerge merge base --as |")["matches"] == [], "the shell's words have no place here"


def test_places_are_counted_in_code_points(notebook):
    reply = notebook.complete('String s = "😀😀"; s.isBla|')
    assert reply["matches"] == ["isBlank()"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (19, 24)


def test_java_is_completed_below_a_magic(notebook):
    assert "hypot(" in notebook.complete("%ffmerge info base\nMath.hy|")["matches"]


def test_help_for_the_language_and_for_java(notebook):
    command = notebook.inspect("%ffmerge mer|ge base --window 3-8")
    assert command["found"]
    assert "--anchor first|middle|last" in command["data"]["text/plain"]
    assert "<table>" in command["data"]["text/html"]
    option = notebook.inspect("%%ffmerge merge base\nanchor: first|")
    assert option["data"]["text/plain"].startswith("%ffmerge merge --anchor first|middle|last\n")
    assert "hypot" in notebook.inspect("Math.hypot|")["data"]["text/plain"]
    assert not notebook.inspect("|")["found"]


# --- interrupts and queues


def test_cells_behind_a_failed_one_are_aborted(notebook):
    notebook.run("int ran = 0;")
    ids = [notebook.send(code) for code in ["ran = 1;", "%ffmerge nonsense", "ran = 2;", "ran = 3;"]]
    replies = [notebook.reply(msg_id)["content"] for msg_id in ids]
    assert [r["status"] for r in replies] == ["ok", "error", "aborted", "aborted"]
    notebook.flush()
    assert value(notebook, "ran") == "1"


def test_a_request_among_aborted_cells_is_answered(notebook):
    failing = notebook.send("Thread.sleep(300); throw new Exception();")
    completion = notebook.client.complete("Math.hyp")
    aborted = notebook.send("1 + 1")
    assert notebook.reply(failing)["content"]["status"] == "error"
    assert notebook.reply(completion)["content"]["matches"] == ["hypot("]
    assert notebook.reply(aborted)["content"]["status"] == "aborted"


def test_a_client_may_go_on_after_a_failure(notebook):
    ids = [notebook.send(code, stop_on_error=False) for code in ["%ffmerge nonsense", "ran = 4;"]]
    assert [notebook.reply(msg_id)["content"]["status"] for msg_id in ids] == ["error", "ok"]
    notebook.flush()


def test_an_interrupt_ends_a_command_and_nothing_else(notebook):
    running = notebook.send("%ffmerge eval base")
    queued = notebook.send("1 + 1")
    notebook.wait_for(running, lambda m: m["msg_type"] == "display_data")  # its progress
    notebook.manager.interrupt_kernel()
    outcome = notebook.outcome(running)
    assert outcome.status == "error"
    assert outcome.reply["evalue"].startswith("interrupted")
    assert len(outcome.trace) == 1
    assert notebook.reply(queued)["content"]["status"] == "aborted"
    notebook.flush()
    assert value(notebook, "Thread.currentThread().isInterrupted()") == "false"
    assert notebook.run("%ffmerge eval base --limit 3").status == "ok"


@pytest.mark.parametrize("code", ["Thread.sleep(60_000)", "%%time\nThread.sleep(60_000)", "while (true) {}"])
def test_an_interrupt_ends_java(notebook, code):
    running = notebook.send(code)
    notebook.wait_for(running, lambda m: m["msg_type"] == "execute_input")
    notebook.manager.interrupt_kernel()  # it may still be compiled
    outcome = notebook.outcome(running)
    assert outcome.trace == ["interrupted"]
    assert value(notebook, "1 + 1") == "2"


def test_an_interrupt_of_nothing_is_forgotten(notebook):
    notebook.manager.interrupt_kernel()
    time.sleep(0.2)
    assert value(notebook, "Thread.sleep(1); 1 + 1") == "2"
    assert notebook.run("%ffmerge info base").status == "ok"
