"""JupyterLab in a real browser, as a reader sees it. One server and one page for all tests, which share a notebook.

Skipped where the machine has no browser, or Playwright isn't installed (environment/requirements-browser.txt).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from conftest import REPOSITORY

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
if BROWSER is None:
    pytest.skip("no browser is installed (Debian: apt install chromium)", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright isn't installed: environment/ffmerge test does it")

PATIENCE = 240  # seconds until what hangs is given up; nothing here should come near it
TOKEN = "browser"
NOTEBOOK = "small.ipynb"
CELLS = [
    "%ffmerge load gpt2-novels --as base",
    "%ffmerge sweep base --length 4 --methods none --limit 2 --as windows",
    "%ffmerge explore windows",
    "%ffmerge align base --layers 4,5 --tokens 300",
]
SETTINGS = {
    # no questions over the page, and all cells in it, seen or not
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Of a JupyterLab with one notebook in its folder."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    write(folder / NOTEBOOK, CELLS)
    for name, settings in SETTINGS.items():
        file = home / "settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    environment = os.environ | {
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    options = ["--no-browser", "--allow-root", "--expose-app-in-browser", "--ServerApp.port=0"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options, f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=(home / "server.log").open("w"),
    )
    try:
        yield url(server, home)
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def write(path, cells):
    kernel = {"name": "ffmerge", "display_name": "Java (ffmerge)", "language": "java"}
    cells = [nbformat.v4.new_code_cell(code) for code in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def url(server, home):
    """Where the server answers; it writes that down itself, as it chooses the port."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, (home / "server.log").read_text()
        for file in (home / "runtime").glob("jpserver-*.json"):
            try:
                address = json.loads(file.read_text())["url"]
                urllib.request.urlopen(address + "api", timeout=PATIENCE)
                return address
            except (ValueError, OSError):
                pass  # half written, or not listening yet
        time.sleep(0.2)
    raise TimeoutError((home / "server.log").read_text())


class Lab:
    """A page of JupyterLab with a notebook in it."""

    READY = """() => {
      const session = window.jupyterapp?.shell.currentWidget?.context?.sessionContext;
      return session?.isReady && session.session?.kernel?.status === 'idle';
    }"""

    def __init__(self, page, address):
        self.page = page
        self.address = address
        page.set_default_timeout(1000 * PATIENCE)
        playwright.expect.set_options(timeout=1000 * PATIENCE)
        self.open()

    def open(self):
        self.page.goto(f"{self.address}lab/tree/{NOTEBOOK}?token={TOKEN}&reset")
        self.wait_until_idle()

    def wait_until_idle(self):
        self.page.wait_for_function(self.READY)

    def command(self, name, **arguments):
        """Starts one of JupyterLab's commands, and doesn't wait for its end."""
        self.page.evaluate("([name, args]) => { window.jupyterapp.commands.execute(name, args); }", [name, arguments])

    def save(self):
        self.command("docmanager:save")
        self.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")

    def cell(self, index):
        return self.page.locator(".jp-Notebook > * .jp-Cell").nth(index)

    def wait_until_run(self, index):
        """Waits for a cell's number, which it gets when it has run; none comes behind a cell that failed."""
        self.page.wait_for_function(
            "index => /\\d/.test(document.querySelectorAll('.jp-Notebook .jp-InputArea-prompt')[index]?.textContent ?? '')",
            arg=index,
        )
        return self.cell(index)

    def new_cell(self, code):
        """Writes a cell below the last one; the cursor is at its end."""
        self.page.evaluate(
            """() => {
              const notebook = window.jupyterapp.shell.currentWidget.content;
              notebook.deselectAll();
              notebook.activeCellIndex = notebook.widgets.length - 1;
            }"""
        )
        count = self.page.locator(".jp-Notebook .jp-Cell").count()
        self.command("notebook:insert-cell-below")
        playwright.expect(self.page.locator(".jp-Notebook .jp-Cell")).to_have_count(count + 1)
        editor = self.cell(count).locator(".cm-content")
        editor.click()
        self.page.keyboard.insert_text(code)
        return count

    def drop_last_cell(self):
        self.page.keyboard.press("Escape")
        self.command("notebook:delete-cell")


@pytest.fixture(scope="module")
def lab(address):
    with playwright.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-dev-shm-usage"])
        except playwright.Error as e:
            pytest.skip(f"{BROWSER} doesn't start here: {str(e).splitlines()[0]}")
        lab = Lab(browser.new_page(viewport={"width": 1400, "height": 1200}), address)
        lab.command("notebook:run-all-cells")
        for index in range(len(CELLS)):
            lab.wait_until_run(index)
        lab.wait_until_idle()
        yield lab
        browser.close()


def test_all_cells_run_and_show_what_they_found(lab):
    assert lab.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    playwright.expect(lab.cell(0)).to_contain_text("2,936,576")
    playwright.expect(lab.cell(1).locator("table").first).to_be_visible()
    playwright.expect(lab.cell(1).locator("img")).to_be_visible()
    playwright.expect(lab.cell(3).locator("img")).to_be_visible()


def test_every_picture_has_a_text_in_its_place(lab):
    images = lab.page.locator(".jp-OutputArea img")
    playwright.expect(images).to_have_count(4)  # the slider has its own beside the static one
    for i in range(4):
        playwright.expect(images.nth(i)).to_have_attribute("alt", re.compile(".{40}"))


def test_a_mark_of_a_picture_says_its_value_to_the_pointer(lab):
    image = lab.cell(1).locator("img")
    image.scroll_into_view_if_needed()
    told = set()
    box = image.bounding_box()
    for down in (0.3, 0.4, 0.5, 0.6, 0.7):
        for across in range(0, 101, 2):
            lab.page.mouse.move(box["x"] + box["width"] * across / 100, box["y"] + box["height"] * down)
            told.update(lab.page.locator(".ffmerge-hover:visible").all_inner_texts())
    assert any(text.startswith("vanilla ") for text in told), told


def test_tables_sort_by_a_click(lab):
    table = lab.cell(1).locator("table")
    head = table.locator("thead th").nth(1)
    values = lambda: [float(v.replace(",", "")) for v in table.locator("tbody td:nth-child(2)").all_inner_texts()]
    before = values()
    head.click()
    assert values() == sorted(before)
    assert head.get_attribute("aria-sort") == "ascending"
    head.click()
    assert values() == sorted(before, reverse=True)


SORTED = [
    ["75.3 to 80", "1,234.5 to 1,400", "12,000 to 1"],
    ["-1.2 to 0.1", "-0.5 to 0.3", "0.1 to 0.2"],
    ["900 bytes", "960 kB", "2.2 MB", "1.1 GB"],
    ["0.050 s", "9.5 s", "80 s", "2 min", "1 h 5 min", "1 h 30 min"],
    ["≥ 0.125", "0.25", "≥ 1"],
    ["−7 %", "+3.5 %", "12.5 %", "100 %"],
    ["1e-05", "0.002", "1.5e+03"],
    ["2-5", "2-10", "10-13"],
    ["0,1,2", "4,5", "12"],
    ["2026-09-30 17:48", "2026-11-26 9:05", "2026-11-26 10:00"],
    ["3 layers", "12 layers", "none"],
    ["layer 2", "layer 10", "layer 11"],
    ["-2", "10", ""],
    ["0.5 %", "1 %", "NaN"],
]


@pytest.mark.parametrize("cells", SORTED, ids=lambda cells: cells[0])
def test_cells_that_begin_with_a_number_sort_by_it(lab, cells):
    """Whatever follows it: another number, a unit. Empty cells stay last."""
    page = lab.page.context.browser.new_page()
    try:
        rows = "".join(f"<tr><td>{cell}</td></tr>" for cell in sorted(cells, reverse=True))
        script = (REPOSITORY / "magics/src/main/resources/ffmerge/view/table.js").read_text(encoding="utf-8")
        table = f"<table><thead><tr><th>column</th></tr></thead><tbody>{rows}</tbody></table>"
        page.set_content(f"<div>{table}<script>{script}</script></div>")
        head = page.locator("th")
        head.click()
        assert page.locator("td").all_inner_texts() == cells
        head.click()
        empty = [cell for cell in cells if cell in ("", "NaN")]
        assert page.locator("td").all_inner_texts() == cells[: len(cells) - len(empty)][::-1] + empty
    finally:
        page.close()


def test_a_long_table_is_searched(lab):
    search = lab.cell(1).locator("input[type=search]")
    search.fill("2-5")
    playwright.expect(lab.cell(1).locator("tbody tr:visible")).to_have_count(1)
    search.fill("")
    playwright.expect(lab.cell(1).locator("tbody tr:visible")).to_have_count(9)


def test_tab_completes(lab):
    lab.new_cell("%ffmerge s")
    lab.page.keyboard.press("Tab")
    menu = lab.page.locator(".jp-Completer")
    playwright.expect(menu).to_be_visible()
    playwright.expect(menu).to_contain_text("scoreboard")
    playwright.expect(menu).to_contain_text("sweep")
    lab.page.keyboard.press("Escape")
    lab.drop_last_cell()


def test_shift_tab_explains(lab):
    lab.new_cell("%ffmerge eval base")
    lab.page.keyboard.press("Home")
    for _ in range(len("%ffmerge ev")):
        lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("Shift+Tab")
    tooltip = lab.page.locator(".jp-Tooltip")
    playwright.expect(tooltip).to_be_visible()
    playwright.expect(tooltip).to_contain_text("--limit")
    lab.page.keyboard.press("Escape")
    lab.drop_last_cell()


def test_progress_is_seen_and_a_long_command_is_stopped(lab):
    """The training split takes minutes, of which tokenizing it is the first part."""
    index = lab.new_cell("%ffmerge eval base --split train")
    lab.page.keyboard.press("Shift+Enter")
    playwright.expect(lab.cell(index).locator("progress, [role=progressbar]").first).to_be_visible()
    playwright.expect(lab.cell(index)).to_contain_text("of 5,718,978 characters")
    lab.command("notebook:interrupt-kernel")
    playwright.expect(lab.cell(index)).to_contain_text("interrupted")
    lab.wait_until_idle()
    after = lab.new_cell("6 * 7")
    lab.page.keyboard.press("Shift+Enter")
    playwright.expect(lab.cell(after).locator(".jp-OutputArea-output")).to_contain_text("42")


def test_the_slider_shows_each_window(lab):
    panel = lab.cell(2)
    handle = panel.locator(".noUi-handle")
    heading = panel.locator("h4")
    handle.focus()
    handle.press("Home")
    playwright.expect(heading).to_have_text("window 0-3")
    picture = panel.locator(".widget-html img")
    first = picture.get_attribute("src")
    handle.press("ArrowRight")
    playwright.expect(heading).to_have_text("window 1-4")
    playwright.expect(picture).not_to_have_attribute("src", first)
    handle.press("End")
    playwright.expect(heading).to_have_text("window 8-11")
    playwright.expect(panel.locator(".widget-html table").first).to_contain_text("vanilla")


def test_the_slider_lives_on_when_the_page_is_loaded_anew(lab):
    lab.save()
    lab.open()
    heading = lab.cell(2).locator("h4")
    playwright.expect(heading).to_have_text("window 8-11")
    handle = lab.cell(2).locator(".noUi-handle")
    handle.focus()
    handle.press("ArrowLeft")
    playwright.expect(heading).to_have_text("window 7-10")


def luminance(color):
    """Of a colour in sRGB, by WCAG."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (channel / 255 for channel in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


SEEN_COLORS = """element => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  let ground = element;
  while (ground && (parse(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
  return [parse(getComputedStyle(element).color).slice(0, 3), parse(getComputedStyle(ground).backgroundColor).slice(0, 3)];
}"""

PICTURE_COLORS = """image => {
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let darkest = [255, 255, 255];
  let clear = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] < 255) clear++;
    if (pixels[i] + pixels[i + 1] + pixels[i + 2] < darkest[0] + darkest[1] + darkest[2])
      darkest = [pixels[i], pixels[i + 1], pixels[i + 2]];
  }
  return {ground: [...pixels.slice(0, 3)], ink: darkest, clear};
}"""

READABLE = 4.5  # WCAG's contrast of text


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_tables_and_pictures_are_read_in_every_theme(lab, theme):
    lab.command("apputils:change-theme", theme=theme)
    lab.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    is_dark = theme.endswith("Dark")
    for cell in (1, 2):
        for part in ("thead th", "tbody tr:nth-child(1) td", "tbody tr:nth-child(2) td"):
            for text in lab.cell(cell).locator(f"table {part}").all()[:2]:
                ink, ground = text.evaluate(SEEN_COLORS)
                assert contrast(ink, ground) >= READABLE, (theme, cell, part, ink, ground)
                assert (luminance(ground) < 0.2) == is_dark, (theme, part, ground)
        for image in lab.cell(cell).locator("img").all():
            colors = image.evaluate(PICTURE_COLORS)
            assert colors["clear"] == 0, "its ground is its own"
            assert contrast(colors["ink"], colors["ground"]) >= READABLE


def test_the_static_picture_outlives_the_slider(lab):
    """A notebook that is opened with another kernel than the one that it ran in."""
    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()")
    lab.wait_until_idle()
    lab.save()
    lab.open()
    explored = lab.cell(2)
    playwright.expect(explored).to_contain_text("model not found")
    playwright.expect(explored).to_contain_text("run the cell again")
    picture = explored.locator("img")
    playwright.expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    playwright.expect(explored.locator("table")).to_be_visible()


def test_restart_and_run_all(lab):
    lab.command("notebook:clear-all-cell-outputs")  # so that a cell's number says that it has run again
    playwright.expect(lab.cell(0).locator(".jp-InputArea-prompt").first).to_have_text("[ ]:")
    lab.command("runmenu:restart-and-run-all")
    lab.page.locator(".jp-Dialog .jp-mod-accept").click()
    for index in range(len(CELLS)):
        assert lab.wait_until_run(index).locator(".jp-InputArea-prompt").first.inner_text().strip() == f"[{index + 1}]:"
    playwright.expect(lab.cell(2).locator(".noUi-handle")).to_be_visible()
