"""The eyes of the harness, which do not depend on the cluster's own word."""
