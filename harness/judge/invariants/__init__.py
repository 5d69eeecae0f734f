"""What must hold always: one catalogue, one signature, pure functions of a record."""
