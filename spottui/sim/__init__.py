"""The embedded robot: a Kubernetes API, an Argo CD and a Spot, each over its real protocol, on loopback.

It knows nothing of the program that reads it: it speaks protocols, and imports no other part of spottui.
"""
