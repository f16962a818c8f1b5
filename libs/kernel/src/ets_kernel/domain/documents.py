"""Documents of the platforms that anybody can check: what their canonical content says, in words.

The content of a document is canonical rows (`ets_kernel.domain.canonical`): the first begins with the name of the
document's form, one row follows for each line. Its digest is the SHA-256 of the content, and is what is signed. Whoever
writes a document and whoever checks one take the words from here.

DOC-1  What a document shows follows from its content and its proof alone.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.canonical import parse_content
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.errors import Invalid
from ets_kernel.domain.ids import ProvinceCode
from ets_kernel.domain.provinces import PROVINCES

CONTENT_NAME: Final = "content.txt"
PROOF_NAME: Final = "proof.json"
ISSUED: Final = "issued_time"

Show = Callable[[str], str]


class DocumentUnreadable(Invalid):
    """A file is no document of the platforms, or its content is of no known form."""

    reason = "DOCUMENT_UNREADABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What proves a content: the SHA-256 of it, and whose signature over that."""

    digest: bytes
    signature: bytes
    key_id: str

    def statements(self) -> tuple[tuple[str, str], ...]:
        """Give the proof as it stands on the page."""
        return (
            ("摘要 SHA-256", self.digest.hex()),
            ("签名 Signature (Ed25519)", base64.b64encode(self.signature).decode()),
            ("密钥 Key", self.key_id),
        )

    def to_json(self) -> bytes:
        """Write the proof as it is embedded."""
        signature = base64.b64encode(self.signature).decode()
        return json.dumps(
            {"digest": self.digest.hex(), "signature": signature, "key_id": self.key_id}
        ).encode()

    @staticmethod
    def from_json(text: bytes) -> "Proof":
        """Read an embedded proof; DOCUMENT_UNREADABLE."""
        try:
            told = json.loads(text)
            return Proof(
                digest=bytes.fromhex(told["digest"]),
                signature=base64.b64decode(told["signature"], validate=True),
                key_id=str(told["key_id"]),
            )
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise DocumentUnreadable("the proof is not one of a document") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One value of a row: its name, its label for people, and how it is written."""

    name: str
    label: str
    show: Show


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One kind of document: its title, the values of its first row, and those of every row that follows."""

    title: str
    head: tuple[Column, ...]
    line: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A document read: its title, what it says with labels in order, and when it was issued."""

    title: str
    number: str
    statements: tuple[tuple[str, str], ...]
    issued_time: datetime


def read_content(content: bytes) -> Reading:
    """Read a canonical content; DOCUMENT_UNREADABLE for bytes that are no content of a known form."""
    try:
        (name, *head), *lines = parse_content(content)
        form = FORMS[name]
        statements = _labelled(form.head, head)
        for line in lines:
            statements += _labelled(form.line, line)
        values = dict(zip([column.name for column in form.head], head, strict=True))
        return Reading(
            title=form.title,
            number=head[0],
            statements=tuple(statements),
            issued_time=datetime.fromisoformat(values[ISSUED]),
        )
    except (ValueError, KeyError) as error:
        raise DocumentUnreadable("the content is not one of a known document") from error


def _labelled(columns: Sequence[Column], values: Sequence[str]) -> list[tuple[str, str]]:
    return [(column.label, column.show(value)) for column, value in zip(columns, values, strict=True)]


def _text(value: str) -> str:
    return value


def _tonnes(value: str) -> str:
    return f"{int(value):,} tCO2e"


def _percent(value: str) -> str:
    return f"{int(value)} %"


def _province(value: str) -> str:
    province = PROVINCES.get(ProvinceCode(value))
    return f"{value} {province.name_zh}" if province is not None else value


def _moment(value: str) -> str:
    return datetime.fromisoformat(value).astimezone(ZONE).isoformat(sep=" ")


def _day(value: str) -> str:
    return date.fromisoformat(value).isoformat() if value else "—"


def _yes_or_no(value: str) -> str:
    return {"1": "是 yes", "0": "否 no"}[value]


def _purpose(value: str) -> str:
    return {
        "public_good": "公益 public good",
        "event_neutrality": "大型活动碳中和 event neutrality",
        "own_emissions": "自身排放 own emissions",
        "other": "其他 other",
    }[value]


def _by_sector(value: str) -> str:
    """Show "power 1000 50; steel 500 0": owed for a sector, and its limit of CCER."""
    shown = []
    for part in value.split("; "):
        sector, owed, limit = part.split(" ")
        name = {"power": "发电", "steel": "钢铁", "cement": "水泥", "aluminium": "铝冶炼"}[sector]
        shown.append(f"{name} {sector} {_tonnes(owed)} (CCER ≤ {_tonnes(limit)})")
    return "; ".join(shown)


def _serial(value: str) -> str:
    return str(int(value))


def _column(name: str, label: str, show: Show = _text) -> Column:
    return Column(name=name, label=label, show=show)


_ENTITY: Final = (
    _column("credit_code", "统一社会信用代码 Credit code"),
    _column("entity_name", "重点排放单位 Entity"),
    _column("province_code", "省份 Province", _province),
    _column("period", "履约周期 Period"),
)
_NOTICE: Final = (
    _column("notice_no", "编号 Number"),
    *_ENTITY,
    _column("obligation_tco2e", "应清缴量 Obligation", _tonnes),
    _column("offset_percent", "抵销比例上限 Offset at most", _percent),
    _column("offset_limit_tco2e", "抵销量上限 Offset limit", _tonnes),
    _column("offset_registered_after", "CCER 项目登记日期须晚于 Projects registered after", _day),
    _column("deadline_time", "清缴截止时间 Deadline", _moment),
    _column(ISSUED, "签发时间 Issued", _moment),
)
_VINTAGE: Final = (_column("vintage", "可用配额年度 Usable vintage"),)
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "ets-compliance-notice-1": Form(
            title="履约通知书 Compliance notice",
            head=_NOTICE,
            line=_VINTAGE,
        ),
        # Of an obligation for several sectors.
        "ets-compliance-notice-2": Form(
            title="履约通知书 Compliance notice",
            head=(*_NOTICE, _column("sectors", "分行业应清缴量与抵销上限 By sector", _by_sector)),
            line=_VINTAGE,
        ),
        "ets-compliance-certificate-1": Form(
            title="履约证明 Compliance certificate",
            head=(
                _column("certificate_no", "编号 Number"),
                *_ENTITY,
                _column("obligation_tco2e", "应清缴量 Obligation", _tonnes),
                _column("surrendered_tco2e", "配额清缴量 Surrendered", _tonnes),
                _column("offset_tco2e", "CCER 抵销量 Offset", _tonnes),
                _column("is_on_time", "按期完成 On time", _yes_or_no),
                _column("deadline_time", "清缴截止时间 Deadline", _moment),
                _column("completed_time", "完成时间 Completed", _moment),
                _column(ISSUED, "签发时间 Issued", _moment),
            ),
            line=(
                _column("product", "品种 Product"),
                _column("quantity_tco2e", "数量 Quantity", _tonnes),
            ),
        ),
        "ets-cancellation-certificate-1": Form(
            title="自愿注销证明 Cancellation certificate",
            head=(
                _column("certificate_no", "编号 Number"),
                _column("holder_name", "持有人 Holder"),
                _column("product", "品种 Product"),
                _column("quantity_tco2e", "数量 Quantity", _tonnes),
                _column("purpose", "用途 Purpose", _purpose),
                _column("beneficiary", "受益人 Beneficiary"),
                _column(ISSUED, "登记时间 Registered", _moment),
            ),
            line=(
                _column("serial_start", "起始序号 First serial", _serial),
                _column("serial_end", "终止序号 Last serial", _serial),
            ),
        ),
    }
)
