"""What is measured in a record: outages, their phases, lost writes."""
