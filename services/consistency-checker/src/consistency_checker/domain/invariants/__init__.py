"""All invariants. An id is permanent: a new invariant takes the next number, a retired one leaves a gap."""

from typing import Final

from consistency_checker.domain.books import CCER_UNITS, REGISTRY_UNITS
from consistency_checker.domain.invariants import (
    accounts,
    adjustments,
    allocation,
    changes,
    compliance,
    corrections,
    exchange,
    handovers,
    holdings,
    market,
    offsets,
    retirement,
    streams,
    successions,
    surrender,
)
from consistency_checker.domain.verdict import Invariant

_SENTENCES: Final = (
    (
        1,
        "Every balance of the registry equals the sum of its journal.",
        holdings.balances_equal_journal(REGISTRY_UNITS),
    ),
    (
        2,
        "Every balance of the CCER registry equals the sum of its journal.",
        holdings.balances_equal_journal(CCER_UNITS),
    ),
    (
        3,
        "What the registry issued of a product is what all accounts and retirements together hold.",
        holdings.issued_units_are_all_held(REGISTRY_UNITS),
    ),
    (
        4,
        "What the CCER registry issued of a product is what all accounts and retirements together hold.",
        holdings.issued_units_are_all_held(CCER_UNITS),
    ),
    (
        5,
        "The registry's serial blocks are a partition of the issued serials and add up to every balance.",
        holdings.serials_are_partitioned(REGISTRY_UNITS),
    ),
    (
        6,
        "The CCER registry's serial blocks are a partition of the issued serials and add up to every balance.",
        holdings.serials_are_partitioned(CCER_UNITS),
    ),
    (
        7,
        "Every unit of the registry comes from an issued row, a credit, a reserve or a carry-over, as many as it says.",
        holdings.issued_units_have_a_reason,
    ),
    (
        8,
        "What was recovered is what issued tables and confirmed registrations take back.",
        holdings.recovered_units_have_a_reason,
    ),
    (9, "No holding of units is negative.", holdings.nothing_is_negative),
    (
        10,
        "Offset credits stay in the account they were made for and never go to trading.",
        holdings.credits_stay_where_they_were_made,
    ),
    (
        11,
        "The registry's trading bucket equals the allowance positions, per holder and product.",
        exchange.positions_equal_trading_bucket(REGISTRY_UNITS),
    ),
    (
        12,
        "The CCER registry's trading bucket equals the positions on all venues, per holder and product.",
        exchange.positions_equal_trading_bucket(CCER_UNITS),
    ),
    (
        13,
        "Every transfer from the registry to trading arrives once or comes back.",
        exchange.transfers_arrive_once(REGISTRY_UNITS),
    ),
    (
        14,
        "Every transfer from the CCER registry to a venue arrives once or comes back.",
        exchange.transfers_arrive_once(CCER_UNITS),
    ),
    (
        15,
        "Every withdrawal of allowances from trading is back in the registry once.",
        exchange.withdrawals_return_once(REGISTRY_UNITS),
    ),
    (
        16,
        "Every withdrawal from a venue is back in the CCER registry once.",
        exchange.withdrawals_return_once(CCER_UNITS),
    ),
    (
        17,
        "Every settled allowance trade has exactly one unit leg in the registry, with the same content.",
        exchange.trades_settle_once(REGISTRY_UNITS),
    ),
    (
        18,
        "Every settled trade on a venue has exactly one unit leg in the CCER registry, with the same content.",
        exchange.trades_settle_once(CCER_UNITS),
    ),
    (
        19,
        "The cash of all accounts is what was deposited less what was paid out.",
        market.cash_is_what_was_paid_in,
    ),
    (20, "No cash and no position is negative.", market.nothing_in_trading_is_negative),
    (21, "Every position equals the sum of trading's journal of units.", market.positions_equal_journal),
    (
        22,
        "The turnover of a trade is its price times its quantity.",
        market.turnovers_are_price_times_quantity,
    ),
    (
        23,
        "Volumes and turnovers of a quote are those of the day's trades, and the close is the listed average, half-up.",
        market.quotes_follow_from_trades,
    ),
    (24, "Every trading account's holder has an account where the units lie.", market.holders_have_accounts),
    (
        25,
        "Every emitter's account belongs to an entity listed in the same province.",
        allocation.accounts_belong_to_listed_entities,
    ),
    (
        26,
        "Sums and digest of an allocation table follow from its rows.",
        allocation.tables_are_the_sum_of_their_rows,
    ),
    (
        27,
        "An issued table is the same three times: as transmitted, as the registry computed it, as sealed.",
        allocation.issuances_match_tables_and_seals,
    ),
    (
        28,
        "Issued rows are the transmitted rows, and their sum and number are the issuance's.",
        allocation.issuance_rows_match_table_rows,
    ),
    (
        29,
        "Obligations in the registry are those of the issued verified tables and their confirmed changes.",
        allocation.obligations_follow_from_issued_tables,
    ),
    (
        30,
        "Nobody surrenders beyond an obligation that was never changed, and completion follows from what counts.",
        compliance.nothing_is_surrendered_beyond_the_obligation,
    ),
    (
        31,
        "Registered applications and forced surrenders make the surrendered sums and the retired units.",
        compliance.registered_applications_make_the_sums,
    ),
    (
        32,
        "Units set aside are those of the applications that wait.",
        compliance.open_applications_hold_their_units,
    ),
    (33, "Used credits make the offset of each entity.", compliance.used_credits_make_the_offset),
    (
        34,
        "Credits used, made or still to be made stay within 5 % of the highest obligation that there was.",
        compliance.offset_stays_within_five_percent,
    ),
    (
        35,
        "Confirmed applications stay within 5 % of the highest obligation that there was.",
        compliance.confirmations_stay_within_five_percent,
    ),
    (
        36,
        "The management platform knows each entity's compliance as the registry does.",
        compliance.compliance_is_known_alike,
    ),
    (37, "The bridge knows exactly the confirmed applications.", offsets.confirmations_reach_the_bridge),
    (38, "The bridge received every weekly summary whole.", offsets.summaries_arrive_whole),
    (
        39,
        "Weekly summaries tell each decision at most once and as decided, for every province on every summary day.",
        offsets.summaries_tell_each_decision_once,
    ),
    (
        40,
        "Cancellations stay within the confirmed application of the same entity.",
        offsets.cancellations_stay_within_their_application,
    ),
    (41, "The management platform knows every cancellation's receipt.", offsets.receipts_reach_the_province),
    (
        42,
        "Cancelled serials and units are retired, and nothing else is.",
        offsets.cancelled_units_are_retired,
    ),
    (
        43,
        "Only CCER of registered projects outside the national market is cancelled.",
        offsets.cancelled_projects_are_eligible,
    ),
    (
        44,
        "Every day from the first hand-over to the last has one for each of the 32 provinces.",
        handovers.every_day_has_every_province,
    ),
    (
        45,
        "Every manifest has the digest of its content and continues its province's chain.",
        handovers.chains_are_unbroken,
    ),
    (
        46,
        "Every manifest counts exactly the cancellations that were handed over in it.",
        handovers.manifests_count_their_cancellations,
    ),
    (47, "Every province has the same hand-overs as the bridge.", handovers.provinces_have_every_handover),
    (
        48,
        "The registry took the same hand-overs as the bridge issued.",
        handovers.the_registry_took_every_handover,
    ),
    (
        49,
        "Every cancellation handed over reached the registry in exactly one row.",
        handovers.rows_arrive_once,
    ),
    (
        50,
        "The bridge knows what the registry did with every hand-over.",
        handovers.acknowledgements_say_what_the_registry_did,
    ),
    (
        51,
        "Every credited row made credits once, as many as it says.",
        handovers.accepted_rows_are_credited_once,
    ),
    (52, "Credits keep the serials of their cancellation.", handovers.credits_keep_the_cancelled_serials),
    (
        53,
        "Nobody has taken effect of more than its producer has published.",
        streams.nobody_is_ahead_of_a_producer,
    ),
    (54, "Every event that was set aside has been redriven.", streams.nothing_is_set_aside),
    (
        55,
        "Every fetched book has the digest and the number of rows that its service declared.",
        streams.books_have_the_digests_that_were_declared,
    ),
    (
        56,
        "The cash of every account equals the sum of trading's journal of cash.",
        market.cash_equals_journal,
    ),
    (
        57,
        "Every position and all cash belong to a trading account of the same holder.",
        market.what_is_held_belongs_to_an_account,
    ),
    (58, "All CCER are of registered projects.", offsets.issued_products_have_a_project),
    (60, "Every closed account is empty in every bucket.", accounts.closed_accounts_are_empty),
    (61, "Every holder has one open account.", accounts.holders_have_one_account),
    (
        62,
        "Every account stands as its history and its restrictions say.",
        accounts.accounts_stand_as_their_history_says,
    ),
    (
        63,
        "What is judicially frozen of every account and product is what its freezes hold, serial by serial.",
        changes.frozen_units_are_in_freezes,
    ),
    (
        64,
        "A freeze holds what it froze less what confirmed releases and judicial transfers took out of it.",
        changes.freezes_follow_from_registrations,
    ),
    (
        65,
        "Whoever proposed a change registration that was carried out is not the one who confirmed it.",
        changes.two_people_carry_out,
    ),
    (
        66,
        "The journal has exactly the lines of confirmed change registrations, and corrects no entry twice.",
        changes.entries_are_the_confirmed_lines,
    ),
    (
        67,
        "Units in pending cancellation are those of the applications that wait.",
        retirement.waiting_cancellations_hold_their_units,
    ),
    (
        68,
        "Cancelled units are those of the registered cancellations, each under a certificate of its own.",
        retirement.registered_cancellations_make_the_cancelled_units,
    ),
    (
        69,
        "Units in pending carry-over are those of the applications that wait.",
        retirement.waiting_carry_overs_hold_their_units,
    ),
    (
        70,
        "Units carried over are replaced by as many of 2025, and of no entity by more than its notice may allow.",
        retirement.carried_over_units_are_replaced_within_the_notice,
    ),
    (
        71,
        "What remains to be deducted is the sum of its changes, of which issued tables made those that they say.",
        adjustments.deductions_follow_from_their_changes,
    ),
    (
        72,
        "What is earmarked is the sum of its changes, is what issued tables left, and is in the province's account.",
        adjustments.earmarked_allowances_are_in_their_account,
    ),
    (
        73,
        "Borrowed allowances are with who borrowed them or surrendered, and never in trading.",
        adjustments.borrowed_allowances_stay_with_the_borrower,
    ),
    (
        74,
        "What is owed for each sector follows from issued tables and changes, and the limit of CCER from the sectors.",
        surrender.limits_follow_from_obligations,
    ),
    (
        75,
        "Obligations, notices and certificates stand as their history says, and deductions are noted for allocation.",
        surrender.obligations_follow_from_their_history,
    ),
    (
        76,
        "Forced surrenders use and release what provinces' accounts held for the entity, each unit once.",
        surrender.forced_surrenders_use_what_was_held,
    ),
    (
        77,
        "Other enterprises help with allowances only, and with consent before the province decides.",
        surrender.help_is_consented_and_of_allowances,
    ),
    (
        78,
        "What the registry's journal says of each position after its last entry is the sum of its journal.",
        holdings.closings_equal_journal(REGISTRY_UNITS),
    ),
    (
        79,
        "What the CCER registry's journal says of each position after its last entry is the sum of its journal.",
        holdings.closings_equal_journal(CCER_UNITS),
    ),
    (
        80,
        "Sales in carry-over notices are those of trading's settled trades of 2024 and 2025.",
        retirement.net_sales_follow_from_trades,
    ),
    (
        81,
        "Corrections of surrenders, cancellations and carry-overs are of the units that were used up by them.",
        corrections.corrections_follow_from_registrations,
    ),
    (
        82,
        "Who survived the mergers of an entity owes all that it owes, met or not; nobody else owes for another.",
        successions.successors_owe_what_was_imposed,
    ),
    (
        83,
        (
            "What went over of carry-over notices went over by a merger of these entities,"
            " and adds to the notices as much."
        ),
        retirement.what_notices_leave_goes_over,
    ),
    (
        84,
        "What the registry remembers of positions' serials is what its journal gives up to that post.",
        holdings.remembered_serials_follow_from_journal(REGISTRY_UNITS),
    ),
    (
        85,
        "What the CCER registry remembers of positions' serials is what its journal gives up to that post.",
        holdings.remembered_serials_follow_from_journal(CCER_UNITS),
    ),
)

INVARIANTS: Final = tuple(
    Invariant(number=number, statement=statement, find=find) for number, statement, find in _SENTENCES
)
