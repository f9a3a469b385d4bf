"""spottui: see and steer the Kubernetes on a robot's back, from a terminal."""

__version__ = "0.1.0"
