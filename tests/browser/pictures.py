"""Takes the pictures that README shows, of the course as it is, in a browser. By hand, when a view has changed:

    python -m tests.browser.pictures

It needs Chromium, and Pillow, which only this needs: `pip install pillow` in the environment that start.py made.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Locator, sync_playwright

from tests.browser.conftest import PATIENCE, Reader, chromium
from tests.setup.conftest import ROOT
from tests.setup.installed import served

IMAGES = ROOT / "notebooks/images"
MOST = 2_000_000  # octets, all together
STEP, STANDS = 100, 4000  # milliseconds: between two pictures of the journey, and the last one
MOVES = "(document.querySelector('.journey svg')?.getAnimations({ subtree: true }) ?? [])"
ENDS = f"Math.max(...{MOVES}.map(one => (one.pause(), one.effect.getComputedTiming().endTime)))"
COLOURS = 128
SAID = ("EHLO laptop.learner.test", "MAIL FROM:<ada@gmail.test>", "RCPT TO:<suport@outlook.test>")


def run(reader: Reader, notebook: str, text: str) -> None:
    """Run a notebook as far as the cell with this text, and show that."""
    reader.open(notebook)
    reader.go_to(reader.find(text))
    reader.do("() => jupyterapp.commands.execute('notebook:run-all-above')")
    reader.run(text)


def journey(reader: Reader) -> Path:
    """A letter crosses, at the pace at which the learner sees it."""
    reader.open("00_first_letter.ipynb")
    reader.go_to(reader.find("journey(delivery)"))
    reader.do("async () => { jupyterapp.commands.execute('notebook:run-cell'); }")
    view = reader.page.locator(".journey-top").first
    reader.wait_for(f"{MOVES}.length > 0")
    lasts = reader.page.evaluate(ENDS)
    frames = []
    for at in range(0, int(lasts), STEP):  # however slow this machine is
        reader.page.evaluate(f"{MOVES}.forEach(one => one.currentTime = {at})")
        frames.append(Image.open(io.BytesIO(view.screenshot())).convert("RGB"))
    reader.page.evaluate(f"{MOVES}.forEach(one => one.finish())")
    reader.page.get_by_text("delivered").last.wait_for()
    frames.append(Image.open(io.BytesIO(view.screenshot())).convert("RGB"))
    whole = [Image.new("RGB", frames[-1].size, "white") for _ in frames]
    for page, frame in zip(whole, frames, strict=True):
        page.paste(frame)
    ground = Image.new("RGB", whole[-1].size, whole[-1].getpixel((whole[-1].width - 1, 0)))
    _, _, right, bottom = ImageChops.difference(whole[-1], ground).getbbox()
    whole = [page.crop((0, 0, right + 8, min(bottom + 8, page.height))) for page in whole]
    palette = whole[-1].quantize(COLOURS)
    frames = [page.quantize(palette=palette, dither=Image.Dither.NONE) for page in whole]
    shown = [STEP] * (len(frames) - 1) + [STANDS]
    path = IMAGES / "seen_journey.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=shown, loop=0, optimize=True)
    return path


def console(reader: Reader) -> Path:
    """SMTP, typed."""
    run(reader, "03_smtp_by_hand.ipynb", "Console(lab")
    view = reader.page.get_by_role("region", name="Console to mx1.outlook.test, port 25")
    for line in SAID:
        view.get_by_role("textbox").fill(line)
        view.get_by_role("textbox").press("Enter")
        view.get_by_text(line).first.wait_for()
        reader.page.wait_for_timeout(300)
    view.get_by_role("textbox").fill("RCPT TO:<support@outlook.test>")
    return shot(view, "seen_console")


def packet(reader: Reader) -> Path:
    """The octets of a question, and what they mean."""
    run(reader, "06_dns_on_the_wire.ipynb", "Packet(question)")
    view = reader.page.get_by_role("region", name="Packet", exact=True).first
    view.get_by_role("option").filter(has_text="outlook.test").first.click()
    return shot(view, "seen_packet")


def vouching(reader: Reader) -> Path:
    """The bank's letter, sent on by a list."""
    run(reader, "09_dkim_dmarc.ipynb", "Vouching(")
    view = reader.page.get_by_role("region", name="Who vouches for whom")
    view.get_by_role("combobox", name="The letter comes").select_option("list")
    view.get_by_role("button", name="It fails", exact=True).click()
    reader.page.wait_for_timeout(1500)
    return shot(view, "seen_vouching")


def shot(view: Locator, name: str) -> Path:
    """Keep a picture of a view, with few colours, which is all that it has."""
    view.scroll_into_view_if_needed()
    path = IMAGES / f"{name}.png"
    picture = Image.open(io.BytesIO(view.screenshot(animations="disabled")))
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as runtime,
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), runtime) as course,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        paths = []
        for take in (journey, console, packet, vouching):
            with browser.new_context(viewport={"width": 1200, "height": 1000}) as context:
                context.set_default_timeout(PATIENCE * 1000)
                paths.append(take(Reader(context.new_page(), course, Path(folder))))
            print(f"{paths[-1].relative_to(ROOT)}: {paths[-1].stat().st_size:,} octets", flush=True)
    if (size := sum(path.stat().st_size for path in paths)) > MOST:
        sys.exit(f"Together they have {size:,} octets, and at most {MOST:,} is good for a page.")


if __name__ == "__main__":
    main()
