"""How Sphinx makes a site of the pages: ``tox -e docs``. Nothing is fetched, and every warning is an error there."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for docs._ext, and for what pages take from the tests and benchmarks

import parbench  # noqa: E402 - the path comes first

project = "parbench"
author = "the authors of parbench"
project_copyright = author
version = release = parbench.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "docs._ext.site",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_ext", "__init__.py"]
nitpicky = True
nitpick_ignore_regex = [
    # Single backticks are code that becomes a link where it names something of ours; most of it names an argument.
    ("py:obj", ".*"),
    # Types of other people, and ours that are for parbench itself, are named and not linked. A text that is
    # no name of a type stays an error: it is a sentence that was taken for one.
    ("py:class", r"[\w.]+"),
]

default_role = "py:obj"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autosummary_generate = False  # the pages are written by hand, the tables in them are not
maximum_signature_line_length = 88
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_custom_sections = [("Fields", "params_style"), ("Class attributes", "attributes")]

myst_heading_anchors = 4  # as a code host makes them, so that a link works in both
myst_links_external_new_tab = False

html_theme = "furo"
html_title = "parbench"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_last_updated_fmt = None  # two builds of one commit are the same
