"""Reads the content credentials of each file with the library of those who wrote the specification, and prints what it found."""
import json
import sys

import c2pa

found = []
for path in sys.argv[1:]:
    with c2pa.Reader(path) as reader:
        store = json.loads(reader.json())
    manifest = store["manifests"][store["active_manifest"]]
    results = store["validation_results"]["activeManifest"]
    found.append({
        "state": store.get("validation_state"),
        "signer": manifest["signature_info"].get("common_name"),
        "generator": manifest["claim_generator_info"][0]["name"],
        "assertions": manifest["assertions"],
        "failures": [one["code"] for one in results["failure"]],
        "successes": [one["code"] for one in results["success"]],
    })
print(json.dumps(found))
