"""Measurements: `python -m bench` runs all of them, `python -m bench ledger` one. Raw output goes to var/bench.

Every figure is compared within one run on one machine; seconds of different runs say little.
"""
