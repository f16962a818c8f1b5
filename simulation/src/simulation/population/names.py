"""Made-up names and valid credit codes: no name is that of a real firm, every code passes its check."""

from __future__ import annotations

from random import Random
from typing import Final

from ets_kernel.domain.ids import make_credit_code

_FIRST: Final = "云虚拟幻梦星月霁岚澄煦昭曜珩琅翎澈"
_SECOND: Final = "泽川原岭屿溪渡汀麓浦辰曦野湾棠槐"
_PLANT: Final = ("热电", "发电", "能源", "电力", "热力", "综合能源")
_OWNER: Final = ("风电", "光伏", "水电", "林业", "沼气", "新能源")


class Register:
    """Hands out names and codes, each of them once."""

    def __init__(self, chance: Random, *, prefix: str = "MA") -> None:
        self._chance = chance
        self._prefix = prefix
        self._serial = 0

    def entity(self, *, province_code: str, short_name: str) -> tuple[str, str]:
        """Give the credit code and the name of an entity of a province."""
        return self._make(province_code, short_name, _PLANT)

    def owner(self, *, province_code: str, short_name: str) -> tuple[str, str]:
        """Give the credit code and the name of a project owner of a province."""
        return self._make(province_code, short_name, _OWNER)

    def _make(self, province_code: str, short_name: str, trades: tuple[str, ...]) -> tuple[str, str]:
        self._serial += 1
        division = f"{province_code}{self._chance.randint(1, 12):02}{self._chance.randint(0, 29):02}"
        organisation = (
            f"{self._prefix}{self._serial:05}{self._chance.choice('0123456789ABCDEFGHJKLMNPQRTUWXY')}X"
        )
        code = make_credit_code(f"91{division}{organisation}")
        word = self._chance.choice(_FIRST) + self._chance.choice(_SECOND)
        name = f"{short_name}{word}{self._chance.choice(trades)}有限公司（虚构{self._serial:04}）"
        return code, name
