"""Records what a Kubernetes release says of itself: see README.md."""
