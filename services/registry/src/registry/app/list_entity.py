"""Remember a key emitter that the management platform listed."""

from registry.app.ports import UnitOfWork
from registry.domain.accounts import ListedEntity


async def list_entity(entity: ListedEntity, *, period: str, uow: UnitOfWork) -> None:
    """Put an entity on the registry's copy of the roster."""
    await uow.roster.put(entity, period=period)
