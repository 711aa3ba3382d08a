"""Prints, as JSON, what decides whether this interpreter can carry the embedded Triton."""

import importlib.util
import json
import os
import sys
import sysconfig

# Triton's Python backend links this library; a statically linked interpreter may come without it.
LIBRARY = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
places = [sysconfig.get_config_var("LIBDIR"), os.path.join(sys.base_prefix, "lib"), "/usr/lib64"]
with_library = [place for place in places if place and os.path.exists(os.path.join(place, LIBRARY))]

print(
    json.dumps(
        {
            "executable": getattr(sys, "_base_executable", sys.executable),
            "implementation": sys.implementation.name,
            "version": f"{sys.version_info.major}.{sys.version_info.minor}",
            "fullVersion": ".".join(map(str, sys.version_info[:3])),
            "libraryDirectory": with_library[0] if with_library else None,
            "hasVenv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
        }
    )
)
