"""Values that together make the chart render everything that it can."""

from release import Fields, merged, values_file

GPU = values_file("gpu")

VARIANTS: dict[str, Fields] = {
    "defaults": {},
    "gpu": GPU,
    "multi-gpu": merged(GPU, values_file("multi-gpu")),
    "cpu-trial": values_file("cpu-trial"),
    "every option": merged(
        GPU,
        {
            "imagePullSecrets": [{"name": "registry"}],
            "model": {
                "contextTokens": 16384,
                "adapterDir": "/models/adapter",
                "source": {"tokenSecretName": "hub", "image": "example.com/fetcher:1"},
                "cache": {"storageClassName": "fast", "size": "100Gi"},
            },
            "gateway": {
                "http": True,
                "maxOpenEdits": 48,
                "image": {"digest": f"sha256:{'0' * 64}"},
                "tls": {"verifyClients": True},
                "priorityClassName": "serving",
                "service": {"type": "LoadBalancer", "annotations": {"example.com/internal": "true"}},
            },
            "triton": {
                "gpus": 2,
                "runtimeClassName": "nvidia",
                "priorityClassName": "serving",
                "kvBytes": 2**34,
                "threads": 4,
            },
            "networkPolicy": {
                "callers": [{"namespaceSelector": {"matchLabels": {"team": "editors"}}}],
                "nodeCidrs": ["10.0.0.0/16"],
            },
        },
    ),
    "copied model": {"model": {"source": {"kind": "copy", "path": "/model", "image": "example.com/model:1"}}},
    "model on a claim": {"model": {"source": {"kind": "claim", "claimName": "weights", "path": "qwen/7b"}}},
    "cache of one's own": {"model": {"cache": {"kind": "claim", "claimName": "weights"}}},
    "without policies": {"networkPolicy": {"enabled": False}},
}
