"""The contract of creating and replacing: defaults, generations, versions, subresources."""

from __future__ import annotations

from .caller import Caller
from .cases import case, config, deployment, pod

APPS = "apps/v1"


@case
def a_pod_is_given_its_defaults(api: Caller) -> None:
    api.post(api.path("pods"), pod("a"))
    api.post(api.path("pods"), pod("b", image="registry.example/b@sha256:" + "0" * 64, priority=0))
    api.post(api.path("pods"), pod("c", image="registry.example:5000/c"))


@case
def a_full_pod_is_given_its_defaults(api: Caller) -> None:
    probe = {"httpGet": {"port": 80}}
    container = {
        "name": "main",
        "image": "registry.example/a:1",
        "ports": [{"containerPort": 80}],
        "env": [{"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "resources": {"limits": {"cpu": "1", "memory": "64Mi"}},
        "livenessProbe": probe,
        "readinessProbe": {"tcpSocket": {"port": 80}},
        "volumeMounts": [{"name": "config", "mountPath": "/c"}, {"name": "host", "mountPath": "/h"}],
    }
    volumes = [
        {"name": "config", "configMap": {"name": "a"}},
        {"name": "host", "hostPath": {"path": "/dev/video0"}},
        {"name": "scratch"},
    ]
    init = [{"name": "init", "image": "registry.example/i", "restartPolicy": "Always"}]
    spec = {"containers": [container], "initContainers": init, "volumes": volumes, "nodeSelector": {"a": "b"}}
    api.post(api.path("pods"), {"metadata": {"name": "a"}, "spec": spec})


@case
def a_deployment_is_given_its_defaults(api: Caller) -> None:
    api.post(api.path("deployments", group=APPS), deployment("a"))
    api.post(api.path("deployments", group=APPS), deployment("b", replicas=0, strategy={"type": "Recreate"}))


@case
def other_workloads_are_given_their_defaults(api: Caller) -> None:
    for plural, kind in (("replicasets", "ReplicaSet"), ("statefulsets", "StatefulSet"), ("daemonsets", "DaemonSet")):
        body = deployment("a") | {"kind": kind}
        api.post(api.path(plural, group=APPS), body)


@case
def cron_jobs_are_given_their_defaults(api: Caller) -> None:
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "a"}]}}
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}
    api.post(api.path("cronjobs", group="batch/v1"), {"metadata": {"name": "a"}, "spec": spec})


@case
def services_are_given_their_defaults(api: Caller) -> None:
    spec = {"selector": {"app": "a"}, "ports": [{"port": 80}, {"name": "b", "port": 81, "targetPort": "web"}]}
    spec["ports"][0]["name"] = "a"
    api.post(api.path("services"), {"metadata": {"name": "a"}, "spec": spec})
    spec = {"clusterIP": "None", "ports": [{"port": 80}]}
    api.post(api.path("services"), {"metadata": {"name": "b"}, "spec": spec})


@case
def other_kinds_are_given_their_defaults(api: Caller) -> None:
    api.post(api.path("secrets"), {"metadata": {"name": "a"}, "stringData": {"key": "value"}})
    api.post(api.path("configmaps"), config("a"))
    api.post(api.path("serviceaccounts"), {"metadata": {"name": "a"}})
    api.get(f"/api/v1/namespaces/{api.namespace}")
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}}
    api.post(api.path("poddisruptionbudgets", group="policy/v1"), {"metadata": {"name": "a"}, "spec": spec})


@case
def a_name_is_generated(api: Caller) -> None:
    said = api.post(api.path("configmaps"), {"metadata": {"generateName": "generated-"}})
    assert said["metadata"]["name"].startswith("generated-")


@case
def what_only_the_server_writes_is_not_taken_from_a_client(api: Caller) -> None:
    meta = {"name": "a", "uid": "x", "creationTimestamp": "2020-01-01T00:00:00Z", "generation": 7}
    api.post(api.path("deployments", group=APPS), {**deployment("a"), "metadata": meta, "status": {"replicas": 5}})
    body = {**pod("b"), "status": {"phase": "Running", "podIP": "1.2.3.4"}}
    api.post(api.path("pods"), body)


@case
def a_replacement_with_a_stale_version_is_a_conflict(api: Caller) -> None:
    old = api.post(api.path("configmaps"), config("a"))
    new = api.put(api.path("configmaps", "a"), {**old, "data": {"key": "other"}})
    api.put(api.path("configmaps", "a"), {**old, "data": {"key": "third"}})
    api.put(api.path("configmaps", "a"), {**new, "data": {"key": "third"}})
    api.put(api.path("configmaps", "a"), config("a", key="without a version"))
    old = api.post(api.path("deployments", group=APPS), deployment("a"))
    old["metadata"]["resourceVersion"] = "1"
    api.put(api.path("deployments", "a", APPS), old)


@case
def a_replacement_of_what_is_not_there(api: Caller) -> None:
    api.put(api.path("configmaps", "a"), config("a"))
    api.put(api.path("deployments", "a", APPS), deployment("a"))


@case
def a_replacement_without_a_change_writes_nothing(api: Caller) -> None:
    old = api.post(api.path("configmaps"), config("a"))
    new = api.put(api.path("configmaps", "a"), old)
    assert new["metadata"]["resourceVersion"] == old["metadata"]["resourceVersion"]


@case
def the_generation_counts_changes_of_the_spec(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    api.post(api.path("deployments", group=APPS), deployment("a"))
    for patch in (
        {"metadata": {"labels": {"x": "y"}}},
        {"spec": {"replicas": 3}},
        {"spec": {"replicas": 3}},
        {"spec": {"paused": True}},
    ):
        api.patch(path, patch)
        api.said[-1]["answer"] = api.said[-1]["answer"]["metadata"]["generation"]
    api.patch(f"{path}/status", {"status": {"replicas": 1}})
    api.said[-1]["answer"] = api.said[-1]["answer"]["metadata"]["generation"]


@case
def kinds_without_a_spec_of_their_own_have_no_generation(api: Caller) -> None:
    for said in (
        api.post("/api/v1/nodes", {"metadata": {"name": api.namespace}}),
        api.patch(f"/api/v1/nodes/{api.namespace}", {"spec": {"unschedulable": True}}),
    ):
        assert "generation" not in said["metadata"]
    api.said.clear()  # the real one taints a new node, for a controller that takes the taint away
    api.delete(f"/api/v1/nodes/{api.namespace}")


@case
def an_application_counts_changes_of_its_status_too(api: Caller) -> None:
    path = api.path("applications", group="argoproj.io/v1alpha1")
    spec = {"project": "default", "destination": {"server": "https://x"}, "source": {"repoURL": "https://y"}}
    meta = {"name": "a"}
    api.post(path, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": meta, "spec": spec})
    compared = {"destination": spec["destination"], "source": spec["source"]}
    api.patch(f"{path}/a", {"status": {"sync": {"status": "Synced", "comparedTo": compared}}})
    api.patch(f"{path}/a", {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}})
    api.patch(f"{path}/a", {"operation": {"sync": {"revision": "x"}}})
    api.get(f"{path}/a/status")


@case
def a_custom_object_is_replaced_by_version_only(api: Caller) -> None:
    path = api.path("appprojects", group="argoproj.io/v1alpha1")
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "a"}, "spec": {}}
    old = api.post(path, body)
    api.put(f"{path}/a", body)
    api.put(f"{path}/a", {**old, "spec": {"description": "x"}})
    api.put(f"{path}/a", {**old, "spec": {"description": "y"}})


@case
def the_status_is_written_apart(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    old = api.post(api.path("deployments", group=APPS), deployment("a"))
    api.put(path, {**old, "status": {"replicas": 7}})
    api.patch(path, {"status": {"replicas": 7}})
    status = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1, "observedGeneration": 1}
    api.patch(f"{path}/status", {"status": status, "spec": {"replicas": 9}, "metadata": {"labels": {"x": "y"}}})
    api.get(f"{path}/status")
    now = api.get(path)
    api.put(f"{path}/status", {**now, "status": {"replicas": 2, "observedGeneration": 1}, "spec": {}})


@case
def a_pod_status_is_written_apart(api: Caller) -> None:
    api.post(api.path("pods"), pod("a"))
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    api.patch(f"{api.path('pods', 'a')}/status", {"status": {"phase": "Running", "conditions": [ready]}})
    api.patch(api.path("pods", "a"), {"status": {"phase": "Failed"}})


@case
def the_scale_is_a_thing_of_its_own(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    api.post(api.path("deployments", group=APPS), deployment("a", replicas=2))
    api.get(f"{path}/scale")
    api.patch(f"{path}/scale", {"spec": {"replicas": 3}})
    scale = api.get(f"{path}/scale")
    api.put(f"{path}/scale", {**scale, "spec": {"replicas": 0}})
    api.get(path)
    api.put(f"{path}/scale", {**scale, "spec": {"replicas": 4}})
    api.patch(f"{path}/scale", {"spec": {"replicas": -1}})
    api.get(f"{api.path('deployments', 'x', APPS)}/scale")


@case
def what_may_not_change(api: Caller) -> None:
    api.post(api.path("deployments", group=APPS), deployment("a"))
    api.patch(api.path("deployments", "a", APPS), {"spec": {"selector": {"matchLabels": {"x": "y"}}}})
    api.post(api.path("pods"), pod("a"))
    api.patch(api.path("pods", "a"), {"spec": {"nodeName": "other"}})
    api.patch(api.path("pods", "a"), {"spec": {"restartPolicy": "Never"}})
    api.post(api.path("configmaps"), {**config("a"), "immutable": True})
    api.patch(api.path("configmaps", "a"), {"data": {"key": "other"}})
    api.post(api.path("secrets"), {"metadata": {"name": "a"}})
    api.patch(api.path("secrets", "a"), {"type": "other"})
    api.patch(api.path("pods", "a"), {"metadata": {"name": "b"}})
    api.patch(api.path("pods", "a"), {"metadata": {"namespace": "b"}})
    api.patch(api.path("pods", "a"), {"metadata": {"uid": "b"}})


@case
def the_image_of_a_pod_may_change(api: Caller) -> None:
    api.post(api.path("pods"), pod("a"))
    api.patch(
        api.path("pods", "a"),
        {"spec": {"containers": [{"name": "main", "image": "registry.example/a:2"}]}},
        "application/strategic-merge-patch+json",
    )


@case
def a_dry_run_stores_nothing(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"), dryRun="All")
    api.get(api.path("configmaps", "a"))
    api.post(api.path("configmaps"), config("a"))
    api.patch(api.path("configmaps", "a"), {"data": {"key": "other"}}, dryRun="All")
    api.delete(api.path("configmaps", "a"), dryRun="All")
    api.get(api.path("configmaps", "a"))


@case
def a_runtime_class_marks_its_pods(api: Caller) -> None:
    path, name = "/apis/node.k8s.io/v1/runtimeclasses", api.namespace
    scheduling = {"nodeSelector": {"kwasm": "yes"}, "tolerations": [{"key": "wasm", "operator": "Exists"}]}
    meta = {"name": name}
    overhead = {"podFixed": {"memory": "8Mi"}}
    api.post(path, {"metadata": meta, "handler": "spin", "scheduling": scheduling, "overhead": overhead})
    api.post(path, {"metadata": {"name": f"{name}-2"}, "handler": "Bad_Handler"})
    api.post(api.path("pods"), pod("a", runtimeClassName=name))
    api.post(api.path("pods"), pod("b", runtimeClassName=name, nodeSelector={"kwasm": "no"}))
    api.patch(f"{path}/{name}", {"handler": "other"})
    api.delete(f"{path}/{name}")


@case
def a_pod_is_bound_to_a_node(api: Caller) -> None:
    api.post(api.path("pods"), pod("a"))
    target = {"apiVersion": "v1", "kind": "Node", "name": "node-x"}
    body = {"metadata": {"name": "a"}, "target": target}
    api.post(f"{api.path('pods', 'a')}/binding", body)
    api.get(api.path("pods", "a"))
    api.post(f"{api.path('pods', 'a')}/binding", body)
    api.post(f"{api.path('pods', 'x')}/binding", {"metadata": {"name": "x"}, "target": target})


@case
def events_have_two_shapes(api: Caller) -> None:
    about = {"kind": "Pod", "namespace": api.namespace, "name": "a"}
    meta = {"name": "a.1", "namespace": api.namespace}
    body = {"metadata": meta, "involvedObject": about, "reason": "Killing", "message": "Stopping", "type": "Normal"}
    stamp = "2026-01-01T00:00:00Z"
    source = {"component": "kubelet", "host": "node-x"}
    body |= {"firstTimestamp": stamp, "lastTimestamp": stamp, "count": 2, "source": source}
    api.post(api.path("events"), body)
    api.get(api.path("events", "a.1", "events.k8s.io/v1"))
    api.get(api.path("events"), fieldSelector="involvedObject.name=a,type=Normal")
    api.get(api.path("events"), fieldSelector="involvedObject.name=b")
    new = {"metadata": {"name": "b.1"}, "eventTime": "2026-01-01T00:00:00.000000Z", "regarding": about}
    new |= {"reason": "Tested", "action": "Test", "note": "a note", "type": "Normal"}
    new |= {"reportingController": "spottui.dev/test", "reportingInstance": "here"}
    api.post(api.path("events", group="events.k8s.io/v1"), new)
    api.get(api.path("events", "b.1"))
