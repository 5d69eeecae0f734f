"""Measures of a record: outages, their phases, lost writes."""
