"""The questions to a fleet that are not commands about one cluster, each in a file."""
