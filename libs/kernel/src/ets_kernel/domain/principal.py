"""Who calls, and for whom: what a token says after it was checked."""

from dataclasses import dataclass
from typing import Final

EVERY: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller with its roles and with the provinces and entities that it acts for; "*" is all of them."""

    subject: str
    roles: frozenset[str]
    provinces: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()

    def has_role_of(self, roles: frozenset[str]) -> bool:
        """Tell whether the caller has at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    def acts_for_province(self, province_code: str) -> bool:
        """Tell whether the caller acts for the province."""
        return EVERY in self.provinces or province_code in self.provinces

    def acts_for_entity(self, credit_code: str) -> bool:
        """Tell whether the caller acts for the entity."""
        return EVERY in self.entities or credit_code in self.entities
