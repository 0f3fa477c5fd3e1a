"""The documentation as it is read: built from what the program knows, whole, and without a network."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import pytest
from conftest import REPOSITORY

EXTERNAL = re.compile(r"(?:[a-z][a-z+.-]*:|//)", re.IGNORECASE)
# what a browser fetches by itself when it shows a page
FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("object", "data")}
SHEETS = {"stylesheet", "icon", "preload"}


class Links(HTMLParser):
    """What a page refers to, what it fetches, and the places within it."""

    def __init__(self, text):
        super().__init__()
        self.links, self.fetched, self.places, self.words = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.places |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "link" and SHEETS & set((given.get("rel") or "").split()):
            self.fetched.append(given["href"])
        self.fetched += [given[name] for t, name in FETCHED if t == tag and given.get(name)]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def pages(site):
    """Our own pages, by path; the Javadoc's are checked by the tool that makes them."""
    found = {p: Links(p.read_text(encoding="utf-8")) for p in site.rglob("*.html") if site / "api" not in p.parents}
    assert len(found) > 20
    return found


def test_every_page_of_the_folder_is_there(site):
    for page in (REPOSITORY / "docs").glob("*.md"):
        assert (site / page.with_suffix(".html").name).exists(), page.name
    assert (site / "api/index.html").exists(), "the Javadoc"
    assert (site / "searchindex.js").exists()


def test_every_command_has_a_page_with_all_that_help_says(pages, site, commands):
    assert len(commands) > 20
    for name, command in commands.items():
        page = pages[site / f"commands/{name}.html"]
        text = re.sub(r"\s+", " ", "".join(page.words))
        for said in [command["usage"], *command["example"].splitlines(), *(n["meaning"] for n in command["notes"])]:
            assert re.sub(r"\s+", " ", said) in text, (name, said)
        for option in command["options"]:
            for said in ["--" + option["name"], option["placeholder"], option["fallback"], option["help"]]:
                assert said in text, (name, option["name"], said)
    overview = "".join(pages[site / "commands/index.html"].words)
    assert all(name in overview for name in commands)


def test_links_lead_somewhere(pages, site):
    lost = []
    for page, found in pages.items():
        for link in found.links:
            path, place = urldefrag(link)
            if EXTERNAL.match(link):
                continue
            target = (page.parent / unquote(path)).resolve() if path else page.resolve()
            if not target.is_file():
                lost.append((page.name, link))
            elif place and target in pages and place not in pages[target].places:
                lost.append((page.name, link))
    assert lost == []


def test_nothing_is_fetched_from_a_network(pages):
    for page, found in pages.items():
        outside = [link for link in found.fetched if EXTERNAL.match(link) and not link.startswith("data:")]
        assert outside == [], page.name
        assert all((page.parent / unquote(link.partition("?")[0])).is_file() for link in found.fetched if not EXTERNAL.match(link))


def test_style_sheets_fetch_nothing_either(site):
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"""(?:url\(|@import)\s*["']?(?:https?:)?//""", text), sheet.name


def test_pictures_say_what_they_show(pages, site):
    for page in pages:
        for picture in re.findall(r"<img\b[^>]*>", page.read_text(encoding="utf-8")):
            assert re.search(r'alt="[^"]{10,}"', picture), (page.name, picture)


def test_no_package_uses_one_above_it(site):
    """The matrix is drawn from the classes: a square above the diagonal would be a circle."""
    picture = next((site / "_images").glob("packages*.svg")).read_text(encoding="utf-8")
    uses = re.findall(r'x="(\d+)" y="(\d+)"[^>]*><title>(\w+|\(root\)) uses (\w+|\(root\))</title>', picture)
    assert len(uses) > 50
    assert all(int(x) - 96 < int(y) - 84 for x, y, _, _ in uses)
    assert ("magic", "shrink") in {(user, used) for _, _, user, used in uses}


def test_search_finds_a_command(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    terms = json.loads(index[index.index("(") + 1 : index.rindex(")")])["terms"]
    assert "ffmerg" in terms or "ffmerge" in terms
