#!/usr/bin/python3
"""What podman play kube can run of a manifest: pods, of Deployments with one replica and of Jobs.

Usage: kube.py <image> <file>... > pods.yaml
"""
import sys

import yaml


def pod_of(item, image):
    template = item["spec"]["template"]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": item["metadata"]["name"], "labels": template["metadata"]["labels"]},
        "spec": template["spec"],
    }
    for container in pod["spec"]["containers"]:
        container["image"] = image
        # podman asks by curl inside of the container, where there is none; the test asks instead.
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            container.pop(probe, None)
    # Of the cluster.
    for name in ("serviceAccountName", "topologySpreadConstraints"):
        pod["spec"].pop(name, None)
    return pod


def main(image, *files):
    items = []
    for file in files:
        with open(file, encoding="utf-8") as stream:
            items += [item for item in yaml.safe_load_all(stream) if item]
    pods = []
    for item in items:
        if item["kind"] in ("Deployment", "Job"):
            pods.append(pod_of(item, image))
        elif item["kind"] == "ConfigMap":
            pods.append(item)
    yaml.safe_dump_all(pods, sys.stdout, sort_keys=False)


main(*sys.argv[1:])
