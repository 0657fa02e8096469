"""How Sphinx makes one book of these documents: ``make docs``. (No conf.py of the server.)"""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import sdhcp  # noqa: E402

project = "sdhcp"
author = "the authors of sdhcp"
version = release = sdhcp.__version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
html_theme = "furo"
html_title = f"sdhcp {release}"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_show_copyright = False
smartquotes = False
nitpicky = True
# The anchors that GitHub gives to headings.
myst_heading_anchors = 4

_NAMED_FOR_ITS_FILE = re.compile(r"\[[a-z]+\.md\]\((?=[a-z]+\.md[)#])")
_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)#]+)\)")


def with_links_of_a_book(app: Any, document: str, source: list[str]) -> None:
    """Call documents by their titles instead of their files.

    Of a link to a folder of the clone, or to a document elsewhere in it, the words are left; other files become
    downloads.
    """

    def shown(link: re.Match[str]) -> str:
        words, path = link.groups()
        return words if (ROOT / path).is_dir() or path.endswith(".md") else link[0]

    source[0] = _OUTSIDE.sub(shown, _NAMED_FOR_ITS_FILE.sub("[](", source[0]))


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("source-read", with_links_of_a_book)
    return {"parallel_read_safe": True}
