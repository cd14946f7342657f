"""Records facts about a Kubernetes release: see README.md."""
