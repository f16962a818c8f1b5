"""The rules of the registration system, pure values and decisions, in the order of the rule book.

That is 碳排放权登记管理规则(试行), 公告2021年第21号, 2021-05-14, of which we had reports only; what it does not rule
stands in the chapter whose business it is. A module of rules begins with where they are from.

1  Accounts (账户管理). `accounts`; `account_applications` with two reviews, `carrying_out` what passed them, `closing`;
   `restrictions`; `operators`, and `instructions` that two of them give.
2  Initial allocation (初始分配登记). `allocation_plan` is what every plan says, `allocation_plans` which one holds:
   `plan_2019_2020`, `plan_2021_2022`, `plan_2023_2024`, `plan_2024_2025_industry`. `recomputation` of a transmitted
   `allocation_table`, after those of `allocation_history`; `adjustment` and `true_up`; `issuing`, and the `earmark` of
   what stays with a province.
3  Trading (交易登记). `trading`.
4  Surrender (清缴登记). `compliance_rules`, `obligation` and `obligation_change`; `surrender`, `surrender_help`,
   `forced_surrender`; `certificates`; `deduction` of what was not surrendered.
5  Offset (抵销登记), of CCER within a surrender. `handover`, `offset_credit`.
6  Change registration (变更登记). `change` and its `change_rules` on a `change_standing`; `judicial_freeze`;
   `correction`, of `corrected_records` too, and what that leaves of them: `corrected_standing`.
7  Cancellation (自愿注销) and carry-over (结转). `cancellation` and its `cancellation_certificate`;
   `carry_over_rules`, `carry_over_notice`, `carry_over`.

To all of them belong: `movements`, `change_movements`, `surrender_movements` and `retirement_movements`, which say it
in the ledger's words; `events`, the facts that are told; `errors`, `change_errors`, `surrender_errors`,
`retirement_errors` and `reading_errors`, the refusals.
"""
