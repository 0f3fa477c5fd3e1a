"""What cells print: fast, in order, and each text with the cell whose code printed it. The tests share one kernel."""

import pytest

LINES = 3000


def printed(notebook, *cells):
    """What each of these cells has printed, until all texts are there that are waited for: (message id, last text)."""
    texts = {cell: "" for cell, _ in cells}
    while not all(texts[cell].endswith(end) for cell, end in cells):
        message = notebook.client.get_iopub_msg(timeout=60)
        cell = message["parent_header"].get("msg_id")
        if message["msg_type"] == "stream" and cell in texts:
            texts[cell] += message["content"]["text"]
    return [texts[cell] for cell, _ in cells]


@pytest.mark.parametrize(
    "loop",
    [
        f"for (int i = 0; i < {LINES}; i++) System.out.println(i);",
        f"for (int i = 0; i < {LINES}; i++) {{ System.out.print(i); System.out.print('\\n'); System.out.flush(); }}",
        f"for (int i = 0; i < {LINES}; i++) System.out.printf(\"%d\\n\", i);",
    ],
)
def test_many_lines_come_in_few_messages(notebook, loop):
    outcome = notebook.run(loop)
    assert outcome.stdout == "".join(f"{i}\n" for i in range(LINES))
    assert len(outcome.messages) < LINES / 3


def test_what_is_printed_and_shown_keeps_its_order(notebook):
    cell = 'System.out.println("1"); System.err.println("2"); display("3"); System.out.print("4"); 5'
    shown = [
        m["content"].get("text") or m["content"]["data"]["text/plain"]
        for m in notebook.run(cell).messages
        if m["msg_type"] in ("stream", "display_data", "execute_result")
    ]
    assert [text.strip() for text in shown] == ["1", "2", "3", "4", "5"]


def test_a_magics_progress_comes_behind_what_was_printed_before(notebook):
    cell = 'System.out.println("before");\n%ffmerge load gpt2-novels --as printed\nSystem.out.println("behind");'
    kinds = [m["content"].get("text", m["msg_type"]) for m in notebook.run(cell).messages]
    kinds = [kind for kind in kinds if kind not in ("status", "execute_input")]
    assert kinds[0] == "before\n" and kinds[-1] == "behind\n"
    assert "display_data" in kinds


def test_late_output_reaches_the_cell_that_started_the_thread(notebook):
    first = notebook.send(
        "var go = new java.util.concurrent.CountDownLatch(1);\n"
        "var told = new java.util.concurrent.CountDownLatch(1);\n"
        "Thread late = new Thread(() -> {\n"
        "    try { go.await(); } catch (InterruptedException e) { return; }\n"
        '    System.out.println("late"); System.err.println("and wrong"); told.countDown();\n'
        "});\n"
        'late.start(); System.out.println("begun");'
    )
    assert notebook.reply(first)["content"]["status"] == "ok"
    second = notebook.send('go.countDown(); told.await(); System.out.println("mine");')
    texts = printed(notebook, (first, "late\nand wrong\n"), (second, "mine\n"))
    assert texts == ["begun\nlate\nand wrong\n", "mine\n"]


def test_output_while_no_cell_runs_reaches_its_cell(notebook, tmp_path):
    signal = tmp_path / "signal"
    notebook.run("int other = 1;")
    cell = notebook.send(
        f'Path signal = Path.of("{signal}");\n'
        "Thread waiting = new Thread(() -> {\n"
        "    while (!Files.exists(signal)) Thread.onSpinWait();\n"
        '    System.out.println("nobody runs");\n'
        "});\n"
        "waiting.start();"
    )
    assert notebook.reply(cell)["content"]["status"] == "ok"
    notebook.wait_for(cell, lambda m: m["content"].get("execution_state") == "idle")
    signal.touch()
    assert printed(notebook, (cell, "nobody runs\n")) == ["nobody runs\n"]


def test_a_thread_of_a_thread_prints_into_their_cell(notebook):
    cell = notebook.send(
        "Thread outer = new Thread(() -> new Thread(() -> System.out.println(\"grandchild\")).start()); outer.start();"
    )
    assert printed(notebook, (cell, "grandchild\n")) == ["grandchild\n"]


def test_the_common_pool_prints_into_the_cell_that_uses_it(notebook):
    loop = 'java.util.stream.IntStream.range(0, 500).parallel().forEach(i -> System.out.println("%s" + i));'
    for cell in ("a", "b"):
        lines = notebook.run(loop % cell).stdout.split()
        assert sorted(lines) == sorted(f"{cell}{i}" for i in range(500))


def test_a_question_comes_behind_what_was_printed_before(notebook):
    asked = notebook.client.execute('System.out.print("name? "); int read = System.in.read(); read', allow_stdin=True)
    notebook.client.get_stdin_msg(timeout=60)
    assert printed(notebook, (asked, "name? ")) == ["name? "]
    notebook.client.input("A")
    assert notebook.outcome(asked).value == "65"
