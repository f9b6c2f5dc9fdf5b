"""Sphinx's settings for the web edition."""

import tomllib

from book import ROOT, TITLE
from book.address import address

project, author = TITLE, f"The {TITLE} authors"
version = release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
copyright = f"{author}. Version {version}. Text: CC BY 4.0, code: MIT"
extensions = ["myst_nb", "sphinx.ext.autodoc", "book.extension"]
html_theme = "sphinx_book_theme"
html_title = TITLE
html_favicon = "favicon.svg"
html_css_files = ["views.css", "book.css"]
html_js_files = [("views.js", {"defer": "defer"}), ("book.js", {"defer": "defer"})]
html_show_sphinx = False
html_sourcelink_suffix = ""
exclude_patterns = ["_static"]

nb_execution_mode = "off"
nb_ipywidgets_js = {}  # what is stored are static faces
myst_heading_anchors = 4
default_role = "code"  # what docstrings mean by `this`
autodoc_member_order = "bysource"
autodoc_use_type_comments = False  # there are none, and to look for them takes longer than all else of autodoc
autodoc_typehints = "none"  # the signatures of the source say it, as short as the source has them

repository = address((ROOT / "README.md").read_text(encoding="utf-8"))
html_sidebars = {"**": ["search-button-field.html", "sbt-sidebar-nav.html"]}
html_context = {"default_mode": "auto"}
html_theme_options = {
    "collapse_navbar": True,  # no page is below another; else each page would copy the headings of all, for nothing
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the search stands in the sidebar
    "navigation_with_keys": False,
    "use_fullscreen_button": False,
}
if repository:
    html_theme_options |= {
        "repository_url": repository,
        "repository_branch": "HEAD",
        "path_to_docs": "",
        "use_repository_button": True,
    }
if repository.startswith("https://github.com/"):  # the theme makes links to Binder for no other host
    html_theme_options["launch_buttons"] = {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"}
