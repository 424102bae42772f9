#!/usr/bin/env bats
# examples/kubernetes/*.yaml against Kubernetes' own schemas, and against each other.

load ../shell/helper
load manifests

setup_file() {
    kubernetes_tools
}

setup() {
    make_box
    cd "$REPO/examples/kubernetes" || return
}

@test "every manifest is valid, strictly, for old and new Kubernetes" {
    # The schema of 1.27 has a mistake in it: each rule of a podFailurePolicy must have onPodConditions.
    {
        validate 1.27 ./{job,reap-cronjob,redis-pod,redis-service}.yaml
        validate 1.30,1.33,latest ./*.yaml
    } >"$BOX/out"
    is "$(<"$BOX/out")" "$(for version in 1.27 1.30 1.33 latest; do
        [ "$version" = 1.27 ] || echo "job-wq-work.yaml $version Job passed"
        printf '%s passed\n' "job.yaml $version Job" "reap-cronjob.yaml $version CronJob" \
            "redis-pod.yaml $version PersistentVolumeClaim" "redis-pod.yaml $version Pod" \
            "redis-service.yaml $version Service"
    done)"
}

@test "the validation sees what is wrong" {
    sed 's/parallelism: 2/parallelism: two/' job.yaml >"$BOX/type.yaml"
    sed 's/restartPolicy/restartPolice/' job.yaml >"$BOX/name.yaml"
    sed '/^ *containers:/,$d' job.yaml >"$BOX/short.yaml"
    sed 's/schedule: .*/schedule: 5/' reap-cronjob.yaml >"$BOX/cron.yaml"
    sed '/port: 6379/d' redis-service.yaml >"$BOX/port.yaml"
    validate latest "$BOX"/{type,name,short,cron,port}.yaml >"$BOX/out"
    is "$(cut -d ' ' -f 1-4 "$BOX/out")" "$(printf '%s failed:\n' 'type.yaml latest Job' 'name.yaml latest Job' \
        'short.yaml latest Job' 'cron.yaml latest CronJob' 'port.yaml latest Service')"
}

@test "the Job: two at once, restarted on failure, complete with the first success" {
    ask '[(j["spec"]["parallelism"], j["spec"].get("completions"), j["spec"]["template"]["spec"]["restartPolicy"])
        for j in kind("Job")]'
    says "[(2, None, 'Never'), (2, None, 'OnFailure')]"
}

@test "the Job without a script: graceful within its time, and failed only by what no restart can mend" {
    ask '[p["terminationGracePeriodSeconds"] for p in pods if p["containers"][0]["args"][0] == "wq-work"]' \
        '["lifecycle" in c for c in containers]' \
        '[(rule["action"], rule["onExitCodes"]["values"]) for rule in kind("Job")[0]["spec"]["podFailurePolicy"]["rules"]
        if "onExitCodes" in rule]' \
        'all(rule["onExitCodes"]["containerName"] == kind("Job")[0]["spec"]["template"]["spec"]["containers"][0]["name"]
        for rule in kind("Job")[0]["spec"]["podFailurePolicy"]["rules"] if "onExitCodes" in rule)'
    says '[30]' '[False, False, False, False]' "[('FailJob', [64, 65, 77, 78]), ('Ignore', [143])]" True
}

@test "the Job without a script: its arguments work, and so does its probe" {
    start_redis
    ask '"\0".join(kind("Job")[0]["spec"]["template"]["spec"]["containers"][0]["args"])'
    mapfile -d '' -t command <"$BOX/out"
    command[-1]=${command[-1]%$'\n'}
    command=("${command[@]/sleep 10/sleep 0.1}")
    command=("${command[@]/\/run\/worker/$BOX}")
    wq-push -q job2 apple banana
    answers 0 "${command[@]}"
    is "$(sort "$BOX/out")" $'Working on apple\nWorking on banana'
    ask '" ".join(kind("Job")[0]["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["exec"]["command"])'
    read -r probe file <"$BOX/out"
    matches " ${command[*]} " "*--heartbeat-file=${file/\/run\/worker/$BOX} *"
    answers 0 "$REPO/examples/$probe" "${file/\/run\/worker/$BOX}"
}

@test "every pod: not root, nothing to write to or to gain, bounded" {
    ask 'len(pods), len(containers)' \
        'all(p["securityContext"]["runAsNonRoot"] is True and p["securityContext"]["runAsUser"] > 0
        and p["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        and p["automountServiceAccountToken"] is False for p in pods)' \
        '[c["securityContext"] for c in containers] ==
        4 * [{"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}]' \
        '{tuple(sorted(c["resources"][part])) for c in containers for part in ("requests", "limits")}'
    says '(4, 4)' True True "{('cpu', 'memory')}"
}

@test "Redis keeps what it is told: append-only on a claimed volume, and no eviction" {
    ask '[" ".join(c["args"]) for c in containers if c["image"].startswith("redis:")]' \
        '[(p["containers"][0]["volumeMounts"][0]["mountPath"], p["volumes"][0]["persistentVolumeClaim"]["claimName"])
        for p in pods if "persistentVolumeClaim" in p.get("volumes", [{}])[0]], kind("PersistentVolumeClaim")[0]["metadata"]["name"]'
    matches "$(sed -n 1p "$BOX/out")" "*--appendonly yes --appendfsync everysec *--maxmemory-policy noeviction*"
    is "$(sed -n 2p "$BOX/out")" "([('/data', 'redis-data')], 'redis-data')"
}

@test "Redis starts with the Pod's arguments" {
    ask '"\0".join(kind("Pod")[0]["spec"]["containers"][0]["args"][1:])'
    mapfile -d '' -t options <"$BOX/out"
    options[-1]=${options[-1]%$'\n'}
    start_redis "${options[@]}"
    is "$(r config get 'maxmemory*' | paste -s -d ' ' | grep -o 'maxmemory-policy noeviction')" 'maxmemory-policy noeviction'
    is "$(r config get appendonly | paste -s -d ' ')" 'appendonly yes'
    is "$(r config get save | paste -s -d ' ')" 'save '
}

@test "the manifests fit together, and with the image" {
    ask 'kind("Service")[0]["spec"]["selector"].items() <= kind("Pod")[0]["metadata"]["labels"].items()' \
        '(kind("Service")[0]["metadata"]["name"], kind("Service")[0]["spec"]["ports"][0]["port"])' \
        '{e["value"] for c in containers for e in c.get("env", []) if e["name"] == "WQ_URL"}' \
        '{p["name"] for p in kind("Pod")[0]["spec"]["containers"][0]["ports"]} >=
        {p["targetPort"] for p in kind("Service")[0]["spec"]["ports"]}' \
        '{(c["image"], p["securityContext"]["runAsUser"]) for p in pods for c in p["containers"] if "wq" in c["image"]}'
    # The last is the one image of our own, with the user of the manifests and the programs that they call.
    says True "('redis', 6379)" "{'redis://redis:6379'}" True "{('job-wq-2:1', 10001)}"
    grep -q '^USER 10001:' Dockerfile
    ask '" ".join(c["args"][0] for c in containers if "wq" in c["image"])' \
        '" ".join(c["livenessProbe"]["exec"]["command"][0] for c in containers if "wq" in c["image"] and "livenessProbe" in c)'
    for program in $(<"$BOX/out"); do
        "$REPO/Tests/programs" | grep -qx -e "$program" || grep -q "^COPY examples.*/$program " Dockerfile || fail "no $program"
    done
    grep -q 'docker build .*-t job-wq-2:1 ' README.md
}
