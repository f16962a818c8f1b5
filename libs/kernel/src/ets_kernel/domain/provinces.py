"""The 32 provincial-level authorities of the market: GB/T 2260 and the Xinjiang Corps."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.errors import ProvinceUnknown
from ets_kernel.domain.ids import ProvinceCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """A province, autonomous region or municipality, or the Xinjiang Production and Construction Corps."""

    code: ProvinceCode
    name_zh: str
    name_en: str


# Source: GB/T 2260-2007, 中华人民共和国行政区划代码, in force since 2008-02-01, first two digits; and
# 新疆生产建设兵团 (the Corps), which has an environmental authority of its own, as 66.
_ROWS: Final = (
    ("11", "北京市", "Beijing"),
    ("12", "天津市", "Tianjin"),
    ("13", "河北省", "Hebei"),
    ("14", "山西省", "Shanxi"),
    ("15", "内蒙古自治区", "Inner Mongolia"),
    ("21", "辽宁省", "Liaoning"),
    ("22", "吉林省", "Jilin"),
    ("23", "黑龙江省", "Heilongjiang"),
    ("31", "上海市", "Shanghai"),
    ("32", "江苏省", "Jiangsu"),
    ("33", "浙江省", "Zhejiang"),
    ("34", "安徽省", "Anhui"),
    ("35", "福建省", "Fujian"),
    ("36", "江西省", "Jiangxi"),
    ("37", "山东省", "Shandong"),
    ("41", "河南省", "Henan"),
    ("42", "湖北省", "Hubei"),
    ("43", "湖南省", "Hunan"),
    ("44", "广东省", "Guangdong"),
    ("45", "广西壮族自治区", "Guangxi"),
    ("46", "海南省", "Hainan"),
    ("50", "重庆市", "Chongqing"),
    ("51", "四川省", "Sichuan"),
    ("52", "贵州省", "Guizhou"),
    ("53", "云南省", "Yunnan"),
    ("54", "西藏自治区", "Tibet"),
    ("61", "陕西省", "Shaanxi"),
    ("62", "甘肃省", "Gansu"),
    ("63", "青海省", "Qinghai"),
    ("64", "宁夏回族自治区", "Ningxia"),
    ("65", "新疆维吾尔自治区", "Xinjiang"),
    ("66", "新疆生产建设兵团", "Xinjiang Production and Construction Corps"),
)

PROVINCES: Final[Mapping[ProvinceCode, Province]] = MappingProxyType(
    {
        ProvinceCode(code): Province(code=ProvinceCode(code), name_zh=name_zh, name_en=name_en)
        for code, name_zh, name_en in _ROWS
    }
)


def parse_province_code(text: str, field: str = "province_code") -> ProvinceCode:
    """Take a two-digit province code; PROVINCE_UNKNOWN for any other text."""
    code = ProvinceCode(text)
    if code not in PROVINCES:
        raise ProvinceUnknown(
            f"{field} {text!r} is no province code of GB/T 2260 or 66.",
            field=field,
            value=text,
            allowed=" ".join(PROVINCES),
        )
    return code
