"""The small HTTP side of a service: health, readiness, metrics, routers for people."""
