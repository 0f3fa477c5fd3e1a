"""A slider over a sweep's windows, as a front end with widgets sees it: models opened by the kernel, told what a reader does.
The tests share one kernel."""

import re

import pytest
from conftest import RESULT

VIEW = "application/vnd.jupyter.widget-view+json"
SWEEP = "%ffmerge sweep base --length 6 --limit 2 --tokens 300"


@pytest.fixture(scope="module", autouse=True)
def base(notebook):
    assert notebook.run("%ffmerge explore sweep").trace == [
        "nothing has been swept in this session yet: %ffmerge sweep base --length 6 --as windows"
    ]
    assert notebook.run("%ffmerge load gpt2-novels --as base").status == "ok"
    assert notebook.run(f"{SWEEP} --as windows").status == "ok"


class Panel:
    """What a front end knows of a slider: the models by name, and the output that shows them."""

    def __init__(self, notebook, name="sweep"):
        self.notebook = notebook
        outcome = notebook.run(f"%ffmerge explore {name}")
        assert outcome.status == "ok", outcome.trace
        self.outputs = [m["content"]["data"] for m in outcome.messages if m["msg_type"] == "display_data"]
        self.result = self.outputs[0][RESULT]
        opened = [m for m in outcome.messages if m["msg_type"] == "comm_open"]
        assert all(m["content"]["target_name"] == "jupyter.widget" for m in opened)
        assert all(m["metadata"]["version"].startswith("2.") for m in opened)
        self.ids = {m["content"]["data"]["state"]["_model_name"]: m["content"]["comm_id"] for m in opened}
        self.states = {m["content"]["comm_id"]: m["content"]["data"]["state"] for m in opened}

    def state(self, model):
        return self.states[self.ids[model]]

    def tell(self, model, data):
        """Sends a message as a widget does; the messages that answer it, up to idle."""
        client = self.notebook.client
        message = client.session.msg("comm_msg", {"comm_id": self.ids[model], "data": data})
        client.shell_channel.send(message)
        return self.notebook.published(message["header"]["msg_id"])

    def slide(self, value):
        """The states that the kernel changes when the slider goes to a value, by model."""
        answers = self.tell("IntSliderModel", {"method": "update", "state": {"value": value}, "buffer_paths": []})
        names = {id: name for name, id in self.ids.items()}
        return {
            names[m["content"]["comm_id"]]: m["content"]["data"]["state"] for m in answers if m["msg_type"] == "comm_msg"
        }


@pytest.fixture
def panel(notebook):
    return Panel(notebook)


def heading(html):
    return re.search(r"<h4[^>]*>(.*?)</h4>", html).group(1)


def test_a_slider_stands_below_the_static_picture(panel):
    """And in an output of its own: without its kernel a front end shows an error in the place of such an output."""
    picture, table, line, slider = panel.outputs
    assert picture["image/png"] and "0-5" in picture["text/plain"]
    assert panel.result["command"] == "explore"
    assert "<table" in table["text/html"] and "<img" not in table["text/html"]
    assert set(slider) == {VIEW, "text/plain"}
    assert slider["text/plain"] in line["text/html"]
    assert "run the cell again" in slider["text/plain"]
    assert slider[VIEW]["model_id"] == panel.ids["VBoxModel"]
    assert panel.state("VBoxModel")["children"] == [
        f"IPY_MODEL_{panel.ids[name]}" for name in ("IntSliderModel", "HTMLModel")
    ]
    model = panel.state("IntSliderModel")
    assert (model["min"], model["max"]) == (0, 6)


def test_the_slider_begins_at_the_best_window(notebook, panel):
    best = panel.result["best"]["layers"]["decoder"]
    assert panel.state("IntSliderModel")["value"] == best[0]
    assert heading(panel.state("HTMLModel")["value"]) == f"window {best[0]}-{best[-1]}"


def test_each_window_has_its_picture_its_sizes_and_its_matched_correlations(notebook, panel):
    rows = panel.result["rows"]
    pictures = set()
    for first in (0, 6, 2):
        page = panel.slide(first)["HTMLModel"]["value"]
        assert heading(page) == f"window {first}-{first + 5}"
        own = [r for r in rows if r["layers"]["decoder"][0] == first]
        for row in own:
            assert f"{row['parametersRemoved']:,}" in page
            assert f"{row['value']:,.2f}" in page
        matched = next(r["matchedCorrelation"]["decoder"] for r in own if r["method"] == "permute")
        assert len(matched) == 5
        for layer, value in matched.items():
            assert f"{value:,.2f}" in page
        pictures.add(re.search(r"base64,([^\"]+)", page).group(1))
    assert len(pictures) == 3, "the window that is meant is marked"


def test_a_value_beyond_the_windows_is_the_last_one(panel):
    assert heading(panel.slide(99)["HTMLModel"]["value"]) == "window 6-11"
    assert heading(panel.slide(-1)["HTMLModel"]["value"]) == "window 0-5"


def test_what_isnt_a_new_window_changes_nothing(panel):
    at = panel.state("IntSliderModel")["value"]
    assert panel.slide(at) == {}
    assert panel.slide("three") == {}
    assert panel.tell("IntSliderModel", {"method": "custom", "content": {}})[-1]["content"]["execution_state"] == "idle"


def test_a_page_that_is_opened_anew_finds_the_widgets_as_they_stand(notebook, panel):
    panel.slide(6)
    asked = notebook.client.comm_info(target_name="jupyter.widget")
    reply = notebook.reply(asked)["content"]
    assert reply["status"] == "ok"
    assert set(panel.ids.values()) <= set(reply["comms"])
    assert reply["comms"][panel.ids["HTMLModel"]] == {"target_name": "jupyter.widget"}
    states = {}
    for model in panel.ids:
        answers = panel.tell(model, {"method": "request_state"})
        states[model] = next(m["content"]["data"]["state"] for m in answers if m["msg_type"] == "comm_msg")
        assert states[model]["_model_name"] == model
    assert states["IntSliderModel"]["value"] == 6
    assert heading(states["HTMLModel"]["value"]) == "window 6-11"


def test_a_slider_moves_while_a_cell_runs(notebook, panel):
    at = panel.state("IntSliderModel")["value"]
    cell = notebook.send("Object stop = new Object(); synchronized (stop) { stop.wait(); }")
    notebook.wait_for(cell, lambda m: m["msg_type"] == "execute_input")
    other = 0 if at else 1
    assert heading(panel.slide(other)["HTMLModel"]["value"]) == f"window {other}-{other + 5}"
    notebook.manager.interrupt_kernel()
    assert notebook.reply(cell)["content"]["status"] == "error"
    notebook.flush()


def test_a_sweep_is_found_by_the_name_that_it_was_given(notebook):
    windows = notebook.run("windows.baseline()").value
    assert str(Panel(notebook, "windows").result["baseline"]) == windows
    assert notebook.complete("%ffmerge explore |")["matches"] == ["sweep", "windows"]
    assert notebook.run("%ffmerge explore window").trace == [
        "no sweep is named 'window'; did you mean 'windows'? There are sweep, windows"
    ]
    assert notebook.run("int three = 3;\n%ffmerge explore three").trace == [
        "the Java variable 'three' holds no sweep; it is of type Integer"
    ]


def test_windows_of_several_lengths_are_marked_in_their_maps(notebook):
    assert notebook.run(SWEEP.replace("--length 6", "--length 5,6") + " --methods none").status == "ok"
    panel = Panel(notebook)
    assert panel.state("IntSliderModel")["max"] == 14
    assert heading(panel.slide(0)["HTMLModel"]["value"]) == "window 0-4"
    assert heading(panel.slide(14)["HTMLModel"]["value"]) == "window 6-11"
