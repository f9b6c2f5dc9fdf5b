"""axe-core, as the package axe-playwright-python brings it, for what the course itself puts on a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
PROSE, HTML = ".jp-MarkdownOutput", ".jp-OutputArea-output:not(.jp-RenderedText)"  # JupyterLab sets plain text itself

RUN = """async ([places, rules]) => {
  const include = places.map(place => ['.jp-Notebook ' + place]);
  const only = rules.length ? { runOnly: { type: 'rule', values: rules } } : {};
  const found = await axe.run({ include }, { ...only, resultTypes: ['violations'] });
  // That a link within a sentence of Markdown has no underline is JupyterLab's style, which a notebook cannot change.
  const theirs = (rule, node) =>
    rule.id === 'link-in-text-block' && document.querySelector(node.target[0]).closest('.jp-MarkdownOutput');
  const violations = found.violations.filter(rule => ['serious', 'critical'].includes(rule.impact)).flatMap(rule =>
    rule.nodes.filter(node => !theirs(rule, node)).map(node => `${rule.id}: ${node.html}\\n${node.failureSummary}`));
  return { violations, passes: found.passes.map(rule => rule.id) };
}"""

# Colours fade over, from the next frame on.
FADED = """async () => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const fading = document.getAnimations().filter(one => one.effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(fading.map(one => one.finished));
}"""


def look(reader, *rules: str, places: tuple[str, ...] = (PROSE, HTML)) -> list[str]:
    """The serious and critical violations in these places of the reader's notebook, by these rules or by all."""
    if not reader.page.evaluate("'axe' in window"):
        reader.page.evaluate(AXE)
    found = reader.do(RUN, [places, rules])
    assert "color-contrast" in found["passes"], "axe saw no text: something hides the notebook from it"
    return found["violations"]


@contextmanager
def in_theme(reader, name: str) -> Iterator[None]:
    """JupyterLab in its theme of this name, "Light" or "Dark", and afterwards in the light one."""
    _set_theme(reader, name)
    try:
        yield
    finally:
        _set_theme(reader, "Light")


def _set_theme(reader, name: str) -> None:
    theme = f"JupyterLab {name}"
    reader.do("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    reader.page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
    reader.do(FADED)


def look_in_both_themes(reader, dark: tuple[str, ...] = (PROSE, HTML)) -> list[str]:
    """The violations in the reader's whole notebook, and those of contrast in the dark in the places `dark`."""
    reader.unroll()
    found = look(reader)
    reader.shot("light")
    with in_theme(reader, "Dark"):
        found += look(reader, "color-contrast", places=dark)
        reader.shot("dark")
    return found
