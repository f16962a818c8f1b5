"""Paper: A4 pages in one typeface that has the Chinese characters, the same bytes for the same content.

The libraries are loaded when the first page is made; a service that makes none never carries them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

FAMILY: Final = "NotoSansSC"
PRODUCER: Final = "全国碳排放权注册登记系统"
LABEL_MM: Final = 75.0
LINE_MM: Final = 7.0
TITLE_POINTS: Final = 18
TEXT_POINTS: Final = 10
TABLE_POINTS: Final = 7
HEAD_GREY: Final = 230


class Paper:
    """A document being written; every page has the same typeface."""

    def __init__(self, title: str, *, made_time: datetime, is_wide: bool = False) -> None:
        from fpdf import FPDF  # noqa: PLC0415  # a second and 60 MB that only documents need
        from pylopdf_fonts_zh_cn import sans_path  # noqa: PLC0415

        self._pdf: Any = FPDF(orientation="landscape" if is_wide else "portrait")
        # What the file says of itself comes from its content too: no clock of the machine.
        self._pdf.set_creation_date(made_time)
        self._pdf.set_producer(PRODUCER)
        self._pdf.set_title(title)
        self._pdf.add_font(FAMILY, fname=sans_path())
        self._made_time = made_time
        self._pdf.add_page()
        self._pdf.set_font(FAMILY, size=TITLE_POINTS)
        self._pdf.multi_cell(0, 2 * LINE_MM, title, align="C", new_x="LMARGIN", new_y="NEXT")

    def statements(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write labels with what is said, one below the other."""
        self._pdf.set_font(FAMILY, size=TEXT_POINTS)
        for label, text in rows:
            self._pdf.cell(LABEL_MM, LINE_MM, label)
            self._pdf.multi_cell(0, LINE_MM, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], *, widths: Sequence[int]) -> None:
        """Write a table whose head stands on every page; widths are parts of the page's."""
        self._pdf.ln(LINE_MM / 2)
        self._pdf.set_font(FAMILY, size=TABLE_POINTS)
        from fpdf.fonts import FontFace  # noqa: PLC0415

        with self._pdf.table(
            col_widths=tuple(widths),
            line_height=LINE_MM / 2,
            text_align="LEFT",
            headings_style=FontFace(emphasis="", fill_color=HEAD_GREY),
        ) as table:
            table.row(head)
            for row in rows:
                table.row(row)

    def attach(self, name: str, content: bytes, *, meaning: str) -> None:
        """Embed a file."""
        self._pdf.embed_file(
            bytes=content,
            basename=name,
            desc=meaning,
            creation_date=self._made_time,
            modification_date=self._made_time,
        )

    def written(self) -> bytes:
        """Give the document's bytes."""
        return bytes(self._pdf.output())
