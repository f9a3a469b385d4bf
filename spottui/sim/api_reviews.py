"""What a user asks about itself: may I, what may I, who am I; answered by the rules of the three tokens."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_access import Authorizer, Identity, user_info
from spottui.sim.api_request import Asked
from spottui.sim.objects import Object, rfc3339
from spottui.sim.status import ApiError, bad_request

Json = dict[str, Any]

_ACCESS = {
    "selfsubjectaccessreviews": "SelfSubjectAccessReview",
    "subjectaccessreviews": "SubjectAccessReview",
    "localsubjectaccessreviews": "LocalSubjectAccessReview",
}
REVIEWS = {
    ("authentication.k8s.io", "selfsubjectreviews"),
    ("authorization.k8s.io", "selfsubjectrulesreviews"),
    *(("authorization.k8s.io", plural) for plural in _ACCESS),
}


def review(plural: str, body: Object, who: Identity, authorizer: Authorizer, now: float) -> Object:
    """Answer a review.

    Args:
        now: Seconds since the epoch.

    Raises:
        ApiError: 400 or 422 for a question that cannot be read.
    """
    spec = body.get("spec") or {}
    if plural == "selfsubjectreviews":
        status = {"userInfo": user_info(who)}
        meta = {"creationTimestamp": rfc3339(now)}
        return _answer("SelfSubjectReview", "authentication.k8s.io/v1", meta, None, status)
    if plural == "selfsubjectrulesreviews":
        if not spec.get("namespace"):
            raise bad_request("no namespace on request")
        return _answer(
            "SelfSubjectRulesReview", "authorization.k8s.io/v1", {}, {}, _rules(authorizer, who, spec["namespace"])
        )
    if plural != "selfsubjectaccessreviews":
        who = Identity(spec.get("user", ""), tuple(spec.get("groups") or ()))
    status = {"allowed": authorizer.allows(who, _question(spec))}
    meta = {key: value for key, value in (body.get("metadata") or {}).items() if value}
    return _answer(_ACCESS[plural], "authorization.k8s.io/v1", meta, spec, status)


def _question(spec: Json) -> Asked:
    about, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (about is None) is (path is None):
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        said = f"Invalid value: null: {why}"
        causes = [{"reason": "FieldValueInvalid", "message": said, "field": "spec"}]
        details = {"group": "authorization.k8s.io", "causes": causes}
        raise ApiError(422, "Invalid", f'.authorization.k8s.io "" is invalid: spec: {said}', details)
    if about is None:
        path = path or {}
        return Asked(path.get("verb", ""), path.get("path", ""))
    plural, _, sub = about.get("resource", "").partition("/")
    return Asked(
        about.get("verb", ""),
        "",
        True,
        about.get("group", ""),
        about.get("version", ""),
        plural,
        about.get("namespace", ""),
        about.get("name", ""),
        about.get("subresource", "") or sub,
    )


def _rules(authorizer: Authorizer, who: Identity, namespace: str) -> Json:
    rules = authorizer.rules_in(who, namespace)
    return {
        "resourceRules": [rule for rule in rules if "nonResourceURLs" not in rule],
        "nonResourceRules": [rule for rule in rules if "nonResourceURLs" in rule],
        "incomplete": False,
    }


def _answer(kind: str, api_version: str, meta: Json, spec: Json | None, status: Json) -> Object:
    said = {} if spec is None else {"spec": spec}
    return {"kind": kind, "apiVersion": api_version, "metadata": meta, **said, "status": status}
