"""Lays out a scenario's cluster: nodes, namespaces, what runs by itself, repositories and Applications.

Remembers what each repository holds, so that a commit of the story changes what was there before it.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from spottui.sim.api_defaults import fill_defaults
from spottui.sim.argo_git import Git
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource
from spottui.sim.scenario import ApplicationSpec, Commit, Edit, Scenario, WorkloadSpec
from spottui.sim.scenario_manifests import (
    application_of,
    executor_of,
    kind_of,
    manifest_of,
    namespace_of,
    node_of,
    project_of,
    runtime_class_of,
)
from spottui.sim.wasm_provisioner import NAMESPACE as MANAGER_NAMESPACE
from spottui.sim.wasm_provisioner import shim_of

NODES, NAMESPACES = resource("nodes"), resource("namespaces")
RUNTIME_CLASSES = resource("runtimeclasses", "node.k8s.io")
EXECUTORS = resource("spinappexecutors", "core.spinkube.dev")
APPLICATIONS, PROJECTS = resource("applications", "argoproj.io"), resource("appprojects", "argoproj.io")
SHIMS = resource("shims", "runtime.spinkube.dev")
ALWAYS = ("default", "kube-system", "kube-public", "kube-node-lease", "argocd")


class World:
    """What is in the cluster and in the repositories."""

    def __init__(self, scenario: Scenario, objects: Objects, git: Git) -> None:
        self._scenario, self._objects, self._git = scenario, objects, git
        self._applications = {one.name: one for one in scenario.application}
        self._heads: defaultdict[str, dict[str, WorkloadSpec]] = defaultdict(dict)
        """Application -> "namespace/name" -> what the newest commit has."""
        for workload in scenario.workload:
            if workload.application:
                self._heads[workload.application][f"{workload.namespace}/{workload.name}"] = workload

    def lay_out(self) -> None:
        """Make everything that is there before the story; Applications begin with a sync to their first commit."""
        scenario, objects = self._scenario, self._objects
        names = {workload.namespace for workload in scenario.workload}
        names |= {MANAGER_NAMESPACE} if any(one.shim for one in scenario.runtime_class) else set()
        for name in (*ALWAYS, *sorted(names - set(ALWAYS))):
            if objects.find(NAMESPACES, "", name) is None:  # the API server has made some of its own
                objects.create(NAMESPACES, namespace_of(name))
        for number, node in enumerate(scenario.node):
            objects.create(NODES, node_of(node, f"192.168.50.{5 + number}"))
        for runtime_class in scenario.runtime_class:
            objects.create(RUNTIME_CLASSES, runtime_class_of(runtime_class))
            if runtime_class.shim:
                objects.create(SHIMS, shim_of(runtime_class.shim, runtime_class.name, runtime_class.handler))
        for name in sorted({one.namespace for one in scenario.workload if one.kind == "SpinApp"}):
            objects.create(EXECUTORS, executor_of(name))
        for workload in scenario.workload:
            if not workload.application:
                manifest = manifest_of(workload)
                kind = kind_of(manifest)
                fill_defaults(kind, manifest)  # else the first patch would fill them in, and roll the pods
                objects.create(kind, manifest)
        for name in sorted({"default", *(one.project for one in scenario.application)}):
            objects.create(PROJECTS, project_of(name))
        for application in scenario.application:
            self._push(application, application.message)
            objects.create(APPLICATIONS, self._first(application))

    def _first(self, application: ApplicationSpec) -> Object:
        workloads = list(self._heads[application.name].values())
        made = application_of(application, workloads[0].namespace if workloads else "default")
        made["operation"] = {
            "initiatedBy": {"username": "admin"},
            "sync": {"syncStrategy": {"hook": {}}, "syncOptions": made["spec"]["syncPolicy"]["syncOptions"]},
        }
        return made

    def commit(self, commit: Commit) -> str:
        """Push one commit of the story; return its SHA."""
        head = self._heads[commit.application]
        for edit in commit.change:
            head[edit.workload] = _edited(head[edit.workload], edit)
        return self._push(self._applications[commit.application], commit.message, commit.author)

    def _push(
        self, application: ApplicationSpec, message: str, author: str = "Robot Team <robots@field.example>"
    ) -> str:
        manifests = [manifest_of(workload) for workload in self._heads[application.name].values()]
        return self._git.commit(
            application.repository, {application.path: manifests}, message, author=author, branch=application.branch
        )


def _edited(workload: WorkloadSpec, edit: Edit) -> WorkloadSpec:
    changes = {
        name: value for name in ("image", "memory", "cpu", "replicas") if (value := getattr(edit, name)) is not None
    }
    if edit.env is not None:
        changes["env"] = {**workload.env, **edit.env}
    return msgspec.structs.replace(workload, **changes)
