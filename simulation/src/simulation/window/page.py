"""The report as one self-contained page: figures, charts and verdicts, nothing fetched from anywhere."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from simulation.window.charts import Series, bars_and_line, line, shares, stacked_bars

TARGET_PERCENT: Final = 95
MONTH_DAY: Final = slice(5, 10)


def write_page(report: Mapping[str, Any], path: Path) -> None:
    """Write the page of a report."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(
        files("simulation.window").joinpath("report.html.j2").read_text(encoding="utf-8")
    )
    path.write_text(template.render(report=report, charts=_charts(report)), encoding="utf-8")


def _charts(report: Mapping[str, Any]) -> dict[str, Markup]:
    days = report["completion"]
    labels = [day["date"][MONTH_DAY] for day in days]
    sessions = [day for day in days if day["close_fen"]]
    handed_over = [day["handed_over_t"] for day in days]
    completed = [day["completed_entities"] for day in days]
    target = -(-report["entities"] * TARGET_PERCENT // 100)
    drawn = {
        "cancellations": stacked_bars(
            labels,
            [Series(name="handed over, t", style="a", values=handed_over)],
            "CCER handed over per day, t",
        ),
        "completion": line(
            labels,
            Series(name="entities in full", style="line-a", values=completed),
            "Entities in full per day",
            mark=target,
            mark_name=f"95 % of {report['entities']:,} = {target:,}",
        ),
        "market": bars_and_line(
            [day["date"][MONTH_DAY] for day in sessions],
            [
                Series(name="block, t", style="b", values=[day["block_t"] for day in sessions]),
                Series(name="listed, t", style="a", values=[day["listed_t"] for day in sessions]),
            ],
            Series(name="close, fen per t", style="line-c", values=[day["close_fen"] for day in sessions]),
            "Traded volume, t, and close, CNY per t",
        ),
        "provinces": shares(
            [(one["name"], one["completed"], one["entities"]) for one in report["provinces"]],
            "Entities in full by province",
            mark_percent=TARGET_PERCENT,
        ),
    }
    # The charts are our own text with every name escaped.
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704
