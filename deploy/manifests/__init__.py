"""The Kubernetes manifests: what is generated, how they are rendered, and what they must keep."""
