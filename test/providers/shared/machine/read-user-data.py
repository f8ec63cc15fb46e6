# Reads user data as cloud-init does: JSON texts on its input, one a line; for each, as JSON, what a machine would make of it, or its faults.
import base64
import gzip
import json
import sys

import yaml
from cloudinit.config.schema import SchemaValidationError, get_schema, validate_cloudconfig_schema

schema = get_schema()
if not schema.get("$defs"):
    sys.exit("cloud-init's schema is not there")


def content(file):
    assert file["encoding"] == "gz+b64", file["encoding"]
    return gzip.decompress(base64.b64decode(file["content"], validate=True)).decode()


for line in sys.stdin:
    document = json.loads(line)
    assert document.startswith("#cloud-config\n"), document[:40]
    # YAML 1.1, without a loader for Python's objects.
    config = yaml.safe_load(document)
    try:
        validate_cloudconfig_schema(config, schema, strict=True)
        faults = []
    except SchemaValidationError as error:
        faults = [str(error)]
    config["write_files"] = {file["path"]: [file["owner"], file["permissions"], content(file)] for file in config["write_files"]}
    print(json.dumps({"faults": faults, "config": config}))
