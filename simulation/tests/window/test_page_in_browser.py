"""The report as a reader sees it: drawn by Chromium, wide and narrow, with nothing fetched and nothing broken."""

import base64
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from outcomes import make_outcome, make_progress
from playwright.async_api import Browser, Page, async_playwright
from simulation.window.page import write_page
from simulation.window.report import build_report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
CHARTS = ("Entities in full per day", "CCER handed over per day, t", "Traded volume, t, and close, CNY per t",
          "Entities in full by province")  # fmt: skip
# Counts the pixels of a screenshot by colour; the page's own colours are those of its style sheet.
COUNT_COLOURS = """async (png) => {
  const image = new Image(); image.src = 'data:image/png;base64,' + png; await image.decode();
  const canvas = document.createElement('canvas'); canvas.width = image.width; canvas.height = image.height;
  const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);
  const data = context.getImageData(0, 0, image.width, image.height).data, counts = {};
  for (let i = 0; i < data.length; i += 4) {
    const colour = '#' + [data[i], data[i + 1], data[i + 2]].map(v => v.toString(16).padStart(2, '0')).join('');
    counts[colour] = (counts[colour] || 0) + 1;
  }
  return counts;
}"""


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: `make system` installs it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
def page_path(scenario, tmp_path) -> Path:
    path = tmp_path / "report.html"
    write_page(build_report(scenario, make_progress(), make_outcome(broken=1, unchecked=1)), path)
    return path


async def opened(browser: Browser, path: Path, *, width: int) -> tuple[Page, list[str], list[str]]:
    page = await browser.new_page(viewport={"width": width, "height": 900})
    errors: list[str] = []
    requested: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: requested.append(request.url))
    await page.goto(path.as_uri())
    return page, errors, requested


@pytest.mark.parametrize("width", [1280, 420])
async def test_the_page_fits_its_window_without_an_error_or_a_request(browser, page_path, width):
    page, errors, requested = await opened(browser, page_path, width=width)
    assert errors == []
    assert [url for url in requested if not url.startswith(("file:", "data:"))] == []
    overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0


async def test_every_chart_is_drawn_in_its_colours(browser, page_path, tmp_path):
    page, _, _ = await opened(browser, page_path, width=1280)
    wanted = {
        CHARTS[0]: ["#2f7d6b"], CHARTS[1]: ["#2f7d6b"], CHARTS[2]: ["#2f7d6b", "#9fc9bd", "#c2571a"],
        CHARTS[3]: ["#2f7d6b", "#f4f6f8"],
    }  # fmt: skip
    for title, colours in wanted.items():
        chart = page.locator(f'svg[aria-label="{title}"]')
        png = await chart.screenshot(path=tmp_path / "chart.png")
        counts = await page.evaluate(COUNT_COLOURS, base64.b64encode(png).decode())
        missing = [colour for colour in colours if counts.get(colour, 0) < 20]
        assert missing == [], f"{title} lacks {missing}"
        assert counts["#ffffff"] > sum(counts.values()) / 4


async def test_labels_lie_inside_their_charts(browser, page_path):
    page, _, _ = await opened(browser, page_path, width=1280)
    outside = await page.evaluate(
        """() => [...document.querySelectorAll('svg text')].filter(text => {
            const inner = text.getBoundingClientRect(), outer = text.closest('svg').getBoundingClientRect();
            return inner.left < outer.left - 1 || inner.right > outer.right + 1
                || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
        }).map(text => text.textContent)"""
    )
    assert outside == []


async def test_a_broken_and_an_unchecked_verdict_are_told_apart(browser, page_path):
    page, _, _ = await opened(browser, page_path, width=1280)
    colours = {
        name: await page.locator(f"td.{name}").evaluate("cell => getComputedStyle(cell).color")
        for name in ("Kept", "Broken", "Unchecked")
    }
    assert len(set(colours.values())) == 3
