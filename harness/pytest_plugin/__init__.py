"""pytest's side of Quorate."""
