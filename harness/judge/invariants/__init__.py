"""The invariants, checked in every test. `catalogue.py` lists them all."""
