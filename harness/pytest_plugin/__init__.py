"""The pytest plugin of Quorate."""
