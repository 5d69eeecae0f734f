"""The cluster under test, as observed: snapshots, and conditions over them."""
