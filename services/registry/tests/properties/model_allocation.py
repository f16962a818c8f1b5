"""The model of allocation: REG-2 to REG-4, from the plan of 2019-2020 and the rules of issuance."""

from model_state import (
    CEA,
    PERIOD,
    Outcome,
    Owed,
    Place,
    Plant,
    State,
    Table,
    accepted,
    account_of,
    province_account,
    refused,
    registered,
)

RECOVERED = ("R-RECOVERED", "recovered")


def yearly_tco2e(supply_mwh: int) -> int:
    """0.877 t per MWh, rounded down."""
    return supply_mwh * 877 // 1000


def pre_allocated_tco2e(plant: Plant) -> int:
    """70 % of the allowances on the output of 2018, rounded down, for each of the two years."""
    return 2 * (plant.supply_mwh[2018] * 877 * 7 // 10_000)


def verified_tco2e(plant: Plant) -> int:
    return yearly_tco2e(plant.supply_mwh[2019]) + yearly_tco2e(plant.supply_mwh[2020])


def emissions_tco2e(plant: Plant) -> int:
    return plant.emissions_tco2e[2019] + plant.emissions_tco2e[2020]


def obligation_tco2e(plant: Plant) -> int:
    """The emissions, at most the allowances and a fifth of the emissions, rounded down."""
    emitted = emissions_tco2e(plant)
    return min(emitted, verified_tco2e(plant) + emitted // 5)


class AllocationModel(State):
    """Tables and issuance."""

    def receive_table(
        self, kind: str, province_code: str, revision: int, plants: list[Plant], *, is_false: bool
    ) -> str:
        """Compute a table again; `is_false` says that the table in hand has a figure that is wrong."""
        number = f"{PERIOD}/{kind}/{province_code}"
        present = self.tables.get(number)
        if present is not None and present.status == "issued":
            return "TABLE_ALREADY_ISSUED"
        if present is not None and revision <= present.revision:
            return "TABLE_REVISION_STALE"
        before = self.tables.get(f"{PERIOD}/PRE/{province_code}")
        own: dict[str, tuple[int, int]] = {}
        is_different = is_false
        for plant in plants:
            is_different |= self.roster.get(plant.credit_code) != (plant.name, province_code)
            if kind == "PRE":
                own[plant.credit_code] = (pre_allocated_tco2e(plant), 0)
                continue
            given = before.rows.get(plant.credit_code, (0, 0))[0] if before else 0
            is_different |= given != pre_allocated_tco2e(plant)
            own[plant.credit_code] = (verified_tco2e(plant) - given, obligation_tco2e(plant))
        if kind == "VERIFIED":
            is_different |= set(own) != set(before.rows if before else ())
        status = "different" if is_different else "agreed"
        self.tables[number] = Table(revision, status, own, is_different)
        self.tell("AllocationTableRecomputed")
        return ""

    def seal_table(self, number: str, revision: int, *, is_genuine: bool, is_same: bool) -> str:
        """Match a seal; `is_same` says that it is over the digest that was transmitted."""
        table = self.tables.get(number)
        if table is None:
            return "TABLE_NOT_FOUND"
        if revision != table.revision:
            return "TABLE_REVISION_STALE"
        if table.status in ("initiated", "issued"):
            return "TABLE_ALREADY_ISSUED"
        if not is_genuine or not is_same:
            table.status = "seal_different"
        else:
            # What the registry computed differently stays so, whatever is sealed.
            table.status = "different" if table.is_different else "matched"
        return ""

    def initiate(self, number: str, person: str) -> Outcome:
        table = self.tables.get(number)
        if table is None:
            return refused("TABLE_NOT_FOUND")
        if table.status == "issued":
            return refused("TABLE_ALREADY_ISSUED")
        if table.status not in ("matched", "initiated"):
            return refused("TABLE_NOT_MATCHED")
        if table.status == "matched":
            table.status, table.initiated_by = "initiated", person
        return accepted(number)

    def confirm(self, number: str, person: str) -> Outcome:
        table = self.tables.get(number)
        if table is None:
            return refused("TABLE_NOT_FOUND")
        reason = self._refusal_of_confirmation(number, table, person)
        if reason:
            return refused(reason)
        _, kind, province_code = number.split("/")
        for credit_code in sorted(table.rows):
            self._issue_row(number, credit_code, table.rows[credit_code][0], province_code)
        table.status = "issued"
        self.tell("AllowancesIssued")
        if kind == "VERIFIED":
            for credit_code, (_, owed) in sorted(table.rows.items()):
                self._impose(credit_code, province_code, owed)
        return accepted(number)

    def _refusal_of_confirmation(self, number: str, table: Table, person: str) -> str:
        if table.status == "issued":
            return "TABLE_ALREADY_ISSUED"
        if table.status != "initiated":
            return "ISSUANCE_NOT_INITIATED"
        if table.initiated_by == person:
            return "SAME_PERSON"
        _, kind, province_code = number.split("/")
        if kind == "VERIFIED":
            before = self.tables.get(f"{PERIOD}/PRE/{province_code}")
            if before is None or before.status != "issued":
                return "PRE_ALLOCATION_NOT_ISSUED"
        needed = [province_account(province_code), *map(account_of, sorted(table.rows))]
        for number in needed:
            if not self.is_open_no(number):
                return self.not_open(number)
        if any(-issue > self.free(credit_code, CEA) for credit_code, (issue, _) in table.rows.items()):
            return "INSUFFICIENT_HOLDING"
        return ""

    def _issue_row(self, number: str, credit_code: str, issue_tco2e: int, province_code: str) -> None:
        province, emitter = registered(province_account(province_code)), registered(account_of(credit_code))
        if issue_tco2e > 0:
            self.units.issue(CEA, issue_tco2e, province, f"{number}/{credit_code}")
            self._move_for(f"{number}/{credit_code}", "allocate", issue_tco2e, province, emitter)
        elif issue_tco2e < 0:
            self._move_for(f"{number}/{credit_code}", "recover", -issue_tco2e, emitter, RECOVERED)

    def _move_for(self, flow: str, kind: str, quantity: int, source: Place, target: Place) -> None:
        moved = self.units.move(CEA, quantity, source, target)
        self.entries[f"{flow}/{kind}"] = (kind, CEA, moved, source, target)

    def _impose(self, credit_code: str, province_code: str, owed: int) -> None:
        self.owed[credit_code] = Owed(province_code=province_code, owed=owed)
        holder, merged_by = credit_code, ""
        for number, absorbed, survivor in self.mergers:
            if absorbed in (credit_code, holder):
                holder, merged_by = survivor, number
        if holder != credit_code:
            # Whoever took an entity over owes what is imposed on it later.
            self.successions.append((credit_code, merged_by, holder, owed))
        if not owed:
            self.owed[credit_code].complete(self.now)
        self.tell("ComplianceNoticeIssued")
        if not owed:
            self.tell("ComplianceCertificateIssued")
