"""Paper: Chinese text to be read again, the same bytes for the same content, no weight before the first page."""

import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO

from pypdf import PdfReader
from registry.adapters.paper import Paper

MADE = datetime(2021, 12, 15, 9, tzinfo=UTC)


def written(*, made_time=MADE) -> bytes:
    paper = Paper("履约证明", made_time=made_time)
    paper.statements([("重点排放单位", "发电企业1"), ("数量", "1,000 tCO2e")])
    paper.table(("品种", "变动"), [(f"CEA-{number}", str(-number)) for number in range(200)], widths=(1, 1))
    paper.attach("content.txt", b"words", meaning="what it says")
    return paper.written()


def test_chinese_text_is_there_to_be_read():
    pdf = PdfReader(BytesIO(written()))
    text = "".join("".join(filter(str.isprintable, page.extract_text())) for page in pdf.pages)
    for shown in ("履约证明", "重点排放单位", "发电企业1", "CEA-199"):
        assert shown in text
    assert text.count("品种") == len(pdf.pages) > 1
    assert pdf.attachments["content.txt"] == [b"words"]


def test_the_same_content_makes_the_same_file_whatever_the_clock():
    assert written() == written()
    assert written(made_time=datetime(2021, 12, 16, tzinfo=UTC)) != written()


def test_a_service_starts_without_what_writes_files():
    heavy = {"fpdf", "fontTools", "openpyxl", "PIL", "pypdf"}
    code = f"import sys, registry.main; print(sorted({heavy!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"
