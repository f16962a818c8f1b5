"""What had happened before the window opened: roster, verified years, allocation, accounts, projects."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from ets.ccer.v1.ccer_service_pb2 import (
    AccountApplication,
    AccountReview,
    ApplyForAccountsRequest,
    FirstReviewAccountsRequest,
    RegisterProjectsRequest,
    SecondReviewAccountsRequest,
)
from ets.ccer.v1.ccer_types_pb2 import Project
from ets.common.v1.page_pb2 import PageRequest
from ets.common.v1.seal_pb2 import Seal
from ets.mrv.v1.mrv_service_pb2 import (
    ComputeAllocationTableRequest,
    ListAllocationRowsRequest,
    RecordVerifiedYearsRequest,
    RegisterEntitiesRequest,
    RegisterUnitsRequest,
    SealAllocationTableRequest,
    TransmitAllocationTableRequest,
)
from ets.mrv.v1.mrv_types_pb2 import (
    AllocationEntityRow,
    AllocationKind,
    CoolingMode,
    Entity,
    ProductClass,
    Unit,
    UnitCategory,
    VerifiedYear,
)
from ets.registry.v1.registry_service_pb2 import (
    AccountOpening,
    ConfirmIssuancesRequest,
    InitiateIssuancesRequest,
    OpenAccountsRequest,
)
from ets.registry.v1.registry_types_pb2 import AccountKind
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.ids import CreditCode, ProvinceCode, ccer_account
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.signing import Ed25519Signer

from simulation.platform.secrets import Secrets
from simulation.population import plan as planned
from simulation.window import world as actors
from simulation.window.barrier import Barrier
from simulation.window.batches import send
from simulation.window.registry_accounts import emitter_form, open_registry_accounts
from simulation.window.world import World

PAGE_SIZE: Final = 10_000
FIRST_YEAR: Final = 2018
CATEGORIES: Final = {
    "I": UnitCategory.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW,
    "II": UnitCategory.UNIT_CATEGORY_CONVENTIONAL_COAL_UP_TO_300MW,
    "III": UnitCategory.UNIT_CATEGORY_UNCONVENTIONAL_COAL,
    "IV": UnitCategory.UNIT_CATEGORY_GAS,
}
COOLINGS: Final = {"water": CoolingMode.COOLING_MODE_WATER, "air": CoolingMode.COOLING_MODE_AIR}
FUELS: Final = {"I": "烟煤", "II": "烟煤", "III": "煤矸石", "IV": "天然气"}


class Preparation:
    """Plays everything that the first day of the window builds on."""

    def __init__(
        self, world: World, plan: planned.Plan, barrier: Barrier, secrets: Secrets, prefix: str
    ) -> None:
        self._world = world
        self._plan = plan
        self._barrier = barrier
        self._secrets = secrets
        self._prefix = f"{prefix}-preparation"
        self._provinces = sorted({entity.province_code for entity in plan.entities})

    async def play(self, on_step: Callable[[], None]) -> None:
        """Play it all; calls `on_step` after each part, and returns when the platform is quiet."""
        await asyncio.gather(self._roster(), self._projects())
        await self._barrier.quiesce()
        on_step()
        await self._accounts()
        on_step()
        await self._tables(AllocationKind.ALLOCATION_KIND_PRE_ALLOCATION)
        on_step()
        await self._tables(AllocationKind.ALLOCATION_KIND_VERIFIED)

    async def _roster(self) -> None:
        entities = [
            Entity(
                credit_code=entity.credit_code,
                name=entity.name,
                province_code=entity.province_code,
                period=self._plan.cycle,
            )
            for entity in self._plan.entities
        ]
        await send(
            self._world.mrv(actors.MINISTRY).RegisterEntities,
            lambda request_id, part: RegisterEntitiesRequest(request_id=request_id, entities=part),
            entities,
            f"{self._prefix}-entities",
        )
        for code in self._provinces:
            await self._units(code)

    async def _units(self, code: str) -> None:
        mine = [entity for entity in self._plan.entities if entity.province_code == code]
        units = [_unit(entity, unit) for entity in mine for unit in entity.units]
        years = [_year(entity, unit, year) for entity in mine for unit in entity.units for year in unit.years]
        mrv = self._world.mrv(actors.province(code))
        await send(
            mrv.RegisterUnits,
            lambda request_id, part: RegisterUnitsRequest(
                request_id=request_id, province_code=code, units=part
            ),
            units,
            f"{self._prefix}-units-{code}",
        )
        await send(
            mrv.RecordVerifiedYears,
            lambda request_id, part: RecordVerifiedYearsRequest(
                request_id=request_id, province_code=code, rows=part
            ),
            years,
            f"{self._prefix}-years-{code}",
        )

    async def _accounts(self) -> None:
        national = AccountOpening(kind=AccountKind.ACCOUNT_KIND_NATIONAL, name="生态环境部")
        provincial = [
            AccountOpening(
                kind=AccountKind.ACCOUNT_KIND_PROVINCIAL,
                name=PROVINCES[ProvinceCode(code)].name_zh,
                province_code=code,
            )
            for code in self._provinces
        ]
        await send(
            self._world.registry(actors.REGISTRY_FIRST).OpenAccounts,
            lambda request_id, part: OpenAccountsRequest(request_id=request_id, accounts=part),
            [national, *provincial],
            f"{self._prefix}-accounts",
        )
        forms = [
            emitter_form(entity.credit_code, entity.name, entity.province_code)
            for entity in self._plan.entities
        ]
        await open_registry_accounts(self._world, forms, f"{self._prefix}-emitter-accounts")
        await self._barrier.quiesce()

    async def _tables(self, kind: AllocationKind.ValueType) -> None:
        tables = [await self._transmit(code, kind) for code in self._provinces]
        await self._barrier.quiesce()
        for code, table_no in zip(self._provinces, tables, strict=True):
            await self._seal(code, table_no)
        await self._barrier.quiesce()
        name = AllocationKind.Name(kind)
        await send(
            self._world.registry(actors.REGISTRY_FIRST).InitiateIssuances,
            lambda request_id, part: InitiateIssuancesRequest(request_id=request_id, table_nos=part),
            tables,
            f"{self._prefix}-initiate-{name}",
        )
        await send(
            self._world.registry(actors.REGISTRY_SECOND).ConfirmIssuances,
            lambda request_id, part: ConfirmIssuancesRequest(request_id=request_id, table_nos=part),
            tables,
            f"{self._prefix}-confirm-{name}",
        )
        await self._barrier.quiesce()

    async def _transmit(self, code: str, kind: AllocationKind.ValueType) -> str:
        mrv = self._world.mrv(actors.province(code))
        request_id = f"{self._prefix}-table-{AllocationKind.Name(kind)}-{code}"
        computed = await mrv.ComputeAllocationTable(
            ComputeAllocationTableRequest(
                request_id=f"{request_id}-compute", province_code=code, period=self._plan.cycle, kind=kind
            )
        )
        table_no = computed.table.table_no
        await mrv.TransmitAllocationTable(
            TransmitAllocationTableRequest(
                request_id=f"{request_id}-transmit", province_code=code, table_no=table_no
            )
        )
        return table_no

    async def _seal(self, code: str, table_no: str) -> None:
        """Read the rows, digest them as the paper would show them, and sign: the province's own act."""
        rows = await self._rows(code, table_no)
        digest = rows_digest(canonical_row(_document_row(row)) for row in rows)
        signer = Ed25519Signer(f"province/{code}", self._secrets.private_key(f"province-{code}"))
        await self._world.mrv(actors.province(code)).SealAllocationTable(
            SealAllocationTableRequest(
                request_id=f"{self._prefix}-seal-{table_no}",
                province_code=code,
                table_no=table_no,
                seal=Seal(digest=digest, signature=signer.sign(digest), key_id=signer.key_id),
            )
        )

    async def _rows(self, code: str, table_no: str) -> Sequence[AllocationEntityRow]:
        rows: list[AllocationEntityRow] = []
        token = ""
        while True:
            page = await self._world.mrv_query(actors.province(code)).ListAllocationRows(
                ListAllocationRowsRequest(
                    province_code=code,
                    table_no=table_no,
                    page=PageRequest(page_size=PAGE_SIZE, page_token=token),
                )
            )
            rows.extend(page.rows)
            token = page.page.next_page_token
            if not token:
                return rows

    async def _projects(self) -> None:
        ccer = self._world.ccer(actors.CENTRE)
        projects = [
            Project(
                project_no=project.project_no,
                name=project.name,
                project_type=project.type,
                methodology=project.methodology,
                owner_credit_code=project.owner,
                is_inside_national_market=project.inside_national_market,
            )
            for project in self._plan.projects
        ]
        await send(
            ccer.RegisterProjects,
            lambda request_id, part: RegisterProjectsRequest(request_id=request_id, projects=part),
            projects,
            f"{self._prefix}-projects",
        )


async def open_ccer_accounts(
    world: World, applications: Sequence[AccountApplication], request_id: str
) -> None:
    """Step 1: the holder applies, the venue reviews first, the centre second."""
    await send(
        world.ccer(actors.AGENTS).ApplyForAccounts,
        lambda part_id, part: ApplyForAccountsRequest(request_id=part_id, accounts=part),
        applications,
        f"{request_id}-apply",
    )
    for venue in sorted({application.venue for application in applications}):
        mine = [_review(application) for application in applications if application.venue == venue]
        await send(
            world.ccer(actors.VENUE).FirstReviewAccounts,
            partial(_first_reviews, venue),
            mine,
            f"{request_id}-first-{venue}",
        )
    await send(
        world.ccer(actors.CENTRE).SecondReviewAccounts,
        lambda part_id, part: SecondReviewAccountsRequest(request_id=part_id, reviews=part),
        [_review(application) for application in applications],
        f"{request_id}-second",
    )


def _first_reviews(
    venue: str, request_id: str, reviews: Sequence[AccountReview]
) -> FirstReviewAccountsRequest:
    return FirstReviewAccountsRequest(request_id=request_id, venue=venue, reviews=reviews)


def _review(application: AccountApplication) -> AccountReview:
    return AccountReview(account_no=ccer_account(CreditCode(application.credit_code)), is_passed=True)


def _unit(entity: planned.Entity, unit: planned.Unit) -> Unit:
    return Unit(
        credit_code=entity.credit_code,
        unit_no=unit.unit_no,
        category=CATEGORIES[unit.category],
        cooling=COOLINGS[unit.cooling],
        product_class=(
            ProductClass.PRODUCT_CLASS_COGENERATION
            if unit.cogeneration
            else ProductClass.PRODUCT_CLASS_CONDENSING
        ),
        capacity_mw=str(unit.capacity_mw),
        main_fuel=FUELS[unit.category],
    )


def _year(entity: planned.Entity, unit: planned.Unit, year: planned.UnitYear) -> VerifiedYear:
    return VerifiedYear(
        credit_code=entity.credit_code,
        unit_no=unit.unit_no,
        year=year.year,
        net_supply_mwh=_text(year.net_supply_mwh),
        heat_supply_gj=_text(year.heat_gj),
        heat_ratio=_text(year.heat_ratio),
        load_factor=_text(year.load_factor),
        emissions_tco2e=year.emissions_tco2e,
    )


def _document_row(row: AllocationEntityRow) -> tuple[str | int, ...]:
    return (
        row.credit_code, row.name, row.pre_allocated_tco2e, row.verified_tco2e, row.issue_tco2e,
        row.emissions_tco2e, row.obligation_tco2e, int(row.is_capped),
    )  # fmt: skip


def _text(value: Decimal) -> str:
    return format(value, "f")
