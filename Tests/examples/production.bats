#!/usr/bin/env bats
# examples/kubernetes/production: what kubectl makes of it is valid, and fits together.

load ../shell/helper
load manifests

setup_file() {
    render
}

setup() {
    make_box
}

@test "kubectl renders it, as it stands and with all components, with one version of the image" {
    kinds() { grep '^kind: ' "$1" | sort | uniq -c | awk '{ print $1, $3 "," }' | paste -sd ' '; }
    is "$(kinds "$PLAIN")" "$(paste -sd ' ' <<<'4 ConfigMap, 2 CronJob, 2 Deployment, 1 Job, 1 Namespace,
2 NetworkPolicy, 2 Service, 1 StatefulSet,')"
    is "$(kinds "$ALL")" "$(paste -sd ' ' <<<'4 ConfigMap, 2 CronJob, 2 Deployment, 1 Namespace, 3 NetworkPolicy,
1 ScaledJob, 1 ScaledObject, 2 Service, 1 StatefulSet, 1 TriggerAuthentication,')"
    version=$(make -s -C "$REPO" version)
    is "$(grep -ohE '(image|reference): wq.*' "$PLAIN" "$ALL" | sort -u)" "image: wq:$version
reference: wq:$version"
    # All but the namespace itself lie in it.
    is "$(grep -c '  namespace: wq$' "$ALL")" "$(($(grep -c '^kind: ' "$ALL") - 1))"
}

# since WHAT: from which version of Kubernetes on it holds, as the README has it.
since() {
    sed -n "s/^| $1.*| \(1\.[0-9]*\) | .*/\1/p" "$REPO/examples/kubernetes/production/README.md"
}

@test "it is valid from the versions of Kubernetes on that the README names, and not before" {
    # Kubernetes itself does not know what is KEDA's.
    cp -r "$WHOLE" "$BOX/whole"
    sed -i '/- keda$/d' "$BOX/whole/kustomization.yaml"
    "$VENV/kubectl" kustomize "$BOX/whole" >"$BOX/volume.yaml"
    ask_of "$PLAIN" 'yaml.safe_dump(kind("Job")[0])'
    cp "$BOX/out" "$BOX/job.yaml"
    ask_of "$PLAIN" 'yaml.safe_dump_all([r for r in resources if r["kind"] != "Job"])'
    cp "$BOX/out" "$BOX/rest.yaml"
    {
        validate "$(since 'all else'),$(since 'the Job'),1.35,latest" "$BOX/rest.yaml"
        validate "$(since 'the Job'),1.35,latest" "$BOX/job.yaml"
        validate "$(since .image-volume.),latest" "$BOX/volume.yaml"
    } >"$BOX/valid"
    is "$(grep -v ' passed$' "$BOX/valid")" ''
    is "$(wc -l <"$BOX/valid")" $((4 * 14 + 3 * 1 + 2 * 15))
    validate "1.$(($(since 'the Job' | cut -d. -f2) - 1))" "$BOX/job.yaml" >"$BOX/old"
    validate 1.30 "$BOX/volume.yaml" >>"$BOX/old"
    is "$(grep -c -e '^job.yaml 1.* Job failed' -e '^volume.yaml 1.30 Deployment failed' "$BOX/old")" 2
}

@test "what KEDA reads has fields that it knows, and what its Job is made of is valid" {
    fields='{"ScaledObject": {"scaleTargetRef", "pollingInterval", "cooldownPeriod", "initialCooldownPeriod",
        "idleReplicaCount", "minReplicaCount", "maxReplicaCount", "fallback", "advanced", "triggers"},
        "ScaledJob": {"jobTargetRef", "pollingInterval", "envSourceContainerName", "minReplicaCount", "maxReplicaCount",
        "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "rollout", "scalingStrategy", "triggers"}}'
    ask_of "$ALL" "[r['kind'] for r in resources if r['kind'] in $fields and set(r['spec']) <= ${fields}[r['kind']]]" \
        '{tuple(sorted(t)) for r in resources if "triggers" in r.get("spec", {}) for t in r["spec"]["triggers"]}' \
        '{(t["type"], t["metadata"]["address"], tuple(sorted(t["metadata"])), t["authenticationRef"]["name"])
        for r in resources if "triggers" in r.get("spec", {}) for t in r["spec"]["triggers"]}' \
        'kind("ScaledObject")[0]["spec"]["scaleTargetRef"], named("work", "Deployment")["spec"].get("replicas")' \
        'kind("TriggerAuthentication")[0]["metadata"]["name"], kind("TriggerAuthentication")[0]["spec"]'
    says "['ScaledJob', 'ScaledObject']" "{('authenticationRef', 'metadata', 'name', 'type')}" \
        "{('redis', 'redis.wq.svc:6379', ('address', 'listLength', 'listName'), 'redis')}" "({'name': 'work'}, None)" \
        "('redis', {'secretTargetRef': [{'key': 'password', 'name': 'redis', 'parameter': 'password'}]})"
    ask_of "$ALL" 'yaml.safe_dump({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "of-keda"},
        "spec": kind("ScaledJob")[0]["spec"]["jobTargetRef"]})'
    cp "$BOX/out" "$BOX/of-keda.yaml"
    validate "$(since 'the Job'),1.35,latest" "$BOX/of-keda.yaml" >"$BOX/valid"
    is "$(cut -d ' ' -f 4 "$BOX/valid" | sort | uniq -c | tr -d ' ')" 3passed
    # It is the Job, but for what KEDA does itself.
    ask_of "$ALL" 'sorted(kind("ScaledJob")[0]["spec"]["jobTargetRef"])' \
        "kind('ScaledJob')[0]['spec']['jobTargetRef']['template'] ==
        next(r for r in yaml.safe_load_all(open('$PLAIN')) if r['kind'] == 'Job')['spec']['template']"
    says "['backoffLimit', 'podFailurePolicy', 'template']" True
}

@test "each pod: as the strictest of the pod security standards has it, and bounded" {
    both='[c for p in pods for c in p["containers"] + p.get("initContainers", [])]'
    for file in "$PLAIN" "$ALL"; do
        ask_of "$file" 'len(pods)' \
            'all(p["securityContext"]["runAsNonRoot"] is True and p["securityContext"]["runAsUser"] > 0
            and p["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            and p["automountServiceAccountToken"] is False for p in pods)' \
            "all(c['securityContext'] == {'allowPrivilegeEscalation': False, 'readOnlyRootFilesystem': True,
            'capabilities': {'drop': ['ALL']}} for c in $both)" \
            "{tuple(sorted(c['resources'][part])) for c in $both for part in ('requests', 'limits')}" \
            '{k for p in pods for v in p["volumes"] for k in v} <=
            {"name", "secret", "configMap", "emptyDir", "image"}' \
            'kind("Namespace")[0]["metadata"]["labels"]'
        says 6 True True "{('cpu', 'memory')}" True "{'pod-security.kubernetes.io/enforce': 'restricted'}"
    done
}

@test "who asks Redis has its address, the password's file, and the label that the NetworkPolicy lets through" {
    ask_of "$ALL" 'kind("Secret")' \
        'sorted(t["metadata"]["labels"]["app"] for t in templates
        if t["metadata"]["labels"].get("redis-client") == "true")' \
        'sorted(t["metadata"]["labels"]["app"] for t in templates for c in t["spec"]["containers"]
        if {"name": "WQ_URL", "value": "redis://redis:6379"} in c.get("env", [])
        and {"name": "WQ_PASSWORD_FILE", "value": "/run/secrets/redis/password"} in c["env"]
        and {"name": "password", "mountPath": "/run/secrets/redis", "readOnly": True} in c["volumeMounts"]
        and {"name": "password", "secret": {"secretName": "redis", "defaultMode": 0o440}} in t["spec"]["volumes"])'
    says '[]' "['job2', 'metrics', 'nightly', 'reap', 'work']" "['job2', 'metrics', 'nightly', 'reap', 'work']"
    ask_of "$ALL" 'named("redis", "NetworkPolicy")["spec"]["ingress"]' \
        'named("redis", "NetworkPolicy")["spec"]["policyTypes"],
        named("redis", "NetworkPolicy")["spec"].get("egress")' \
        '{r["spec"]["podSelector"]["matchLabels"]["app"] for r in kind("NetworkPolicy")} <=
        {t["metadata"]["labels"]["app"] for t in templates}' \
        '[(r["spec"]["selector"], r["spec"]["ports"][0]["port"]) for r in kind("Service")]' \
        '{p["name"] for c in containers for p in c.get("ports", [])} ==
        {p["targetPort"] for r in kind("Service") for p in r["spec"]["ports"]} ==
        {p["port"] for r in kind("NetworkPolicy") for i in r["spec"]["ingress"] for p in i["ports"]}'
    says "[{'from': [{'podSelector': {'matchLabels': {'redis-client': 'true'}}}], 'ports': [{'port': 'redis'}]}]" \
        "(['Ingress', 'Egress'], None)" True "[({'app': 'metrics'}, 8080), ({'app': 'redis'}, 6379)]" True
}

@test "the Job gives up at once for what no restart can mend, dead items included, and goes after a day" {
    ask_of "$PLAIN" '[(rule["action"], rule["onExitCodes"]["values"], rule["onExitCodes"]["containerName"])
        for rule in kind("Job")[0]["spec"]["podFailurePolicy"]["rules"] if "onExitCodes" in rule]' \
        '[kind("Job")[0]["spec"].get(field) for field in ("parallelism", "completions", "ttlSecondsAfterFinished")]' \
        'kind("Job")[0]["spec"]["template"]["spec"]["restartPolicy"],
        kind("Job")[0]["spec"]["template"]["spec"]["containers"][0]["name"]'
    says "[('FailJob', [4, 64, 65, 77, 78], 'worker'), ('Ignore', [143], 'worker')]" '[2, None, 86400]' \
        "('Never', 'worker')"
}
