"""The observers. They do not rely on what the cluster reports about itself."""
