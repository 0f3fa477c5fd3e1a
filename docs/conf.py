"""How Sphinx makes the site. `environment/ffmerge docs` calls it through build.py, which writes the generated pages first."""

project = "ffmerge"
author = "the authors of ffmerge"
copyright = "the authors of ffmerge, Apache License 2.0"

extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["extra"]

smartquotes = False  # they make one dash of an option's two

html_theme = "furo"
html_title = "ffmerge"
html_extra_path = ["../target/docs/extra"]  # the Javadoc, below api/
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
highlight_language = "none"  # of blocks that name no language
pygments_style = "friendly"
pygments_dark_style = "monokai"
# magics stand in blocks of Java; the lexer marks what it doesn't know and goes on
suppress_warnings = ["misc.highlighting_failure"]
