#!/usr/bin/env bats
# What podman can play of examples/kubernetes/production: Redis with its password, the Deployments with all that is
# mounted into them, the CronJobs' pods.

load ../shell/helper
load containers
load ../examples/manifests

# In place of the tutorial's: the StatefulSet's pod, with a claim of its own, and the Secret that README.md has made by
# hand.
start_redis_pod() {
    render
    podman tag job-wq-2:1 "$(sed -n 's/^ *image: \(wq:\)/\1/p' "$PLAIN" | head -n 1)"
    # The worker's image is any image.
    podman tag busybox:1.37 "$(sed -n 's/^ *image: \(debian:\)/\1/p' "$PLAIN")"
    "$VENV/python" - "$PLAIN" "$WORLD" <<'END'
import sys, yaml

resources = list(yaml.safe_load_all(open(sys.argv[1])))
# Podman 4.3 mounts what stands here, and decodes nothing.
secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "redis"}, "data": {"password": "sesame"}}
maps = [r for r in resources if r["kind"] == "ConfigMap"]

# Podman 4.3 falls over a Secret that does not say this.
def mandatory(value):
    if isinstance(value, dict):
        if "secretName" in value:
            value["optional"] = False
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            mandatory(inner)

def write(name, *more):
    mandatory(list(more))
    with open(f"{sys.argv[2]}/{name}.yaml", "w") as file:
        yaml.safe_dump_all(more, file)

for resource in resources:
    for field in "namespace", "labels":
        resource["metadata"].pop(field, None)
    if resource["kind"] == "StatefulSet":
        claim, = resource["spec"]["volumeClaimTemplates"]
        pod = resource["spec"]["template"]
        pod["spec"]["volumes"].append({"name": "data", "persistentVolumeClaim": {"claimName": "data"}})
        write("redis", *maps, {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim},
              {"apiVersion": "v1", "kind": "Pod", **pod, "metadata": {**pod["metadata"], "name": "redis"}})
    elif resource["kind"] in ("Deployment", "CronJob", "Job"):
        if resource["kind"] == "Deployment":
            # Else podman removes the init container, sometimes before it has noticed its end.
            resource["metadata"]["annotations"] = {"io.podman.annotations.init.container.type": "always"}
        write(resource["metadata"]["name"], *maps, resource)
write("secret", secret)
END
    podman secret create redis "$WORLD/secret.yaml"
    echo "$1 redis" >>"$WORLD/hosts"
    podman play kube --network "$NETWORK:ip=$1" "$WORLD/redis.yaml"
    "$CONTAINERS/play" ready "$WORLD/redis.yaml"
}

r() {
    podman exec --env REDISCLI_AUTH=sesame redis-redis redis-cli "$@"
}

@test "Redis, the workers in any image, the metrics and the CronJobs, as pods" {
    matches "$(podman exec redis-redis redis-cli ping 2>&1)" '*NOAUTH*'
    podman play kube --network "$NETWORK" "$WORLD/metrics.yaml" >played
    sed 's/sleep 10/sleep 0.1/; s/replicas: 2/replicas: 1/' "$WORLD/work.yaml" >work.yaml
    podman play kube --network "$NETWORK" work.yaml >>played
    podman ps -a --format '{{.Names}} {{.Status}}' >there
    metrics=$(grep -o '^metrics[^ ]*-httpd' there) worker=$(grep -o '^work[^ ]*-worker' there)
    answers 0 podman exec "$metrics" wq-push job2 apple banana
    says 2
    eventually 30 yields 2 r hget job2:stats completed
    is "$(podman logs "$worker" 2>&1 | grep '^Working on' | sort)" $'Working on apple\nWorking on banana'
    is "$(podman exec "$worker" /bin/id -u),$(podman exec "$worker" /bin/ls /usr/local/bin 2>&1 | grep -c wq)" 10001,0
    answers 0 podman exec "$worker" /wq/heartbeat.sh /run/worker/alive
    # Podman 4.3 knows no defaultMode, and the CGI is to be run.
    inside chmod 555 "$(podman volume ls --format '{{.Mountpoint}}' | grep '/metrics-')/metrics"
    podman exec "$metrics" wget -qO- http://127.0.0.1:8080/cgi-bin/metrics >scraped
    grep -x 'wq_items_completed_total{queue="job2"} 2' scraped
    grep -x 'wq_stat_status 0' scraped
    # Asked to end, it gives up its place in time.
    podman stop -t 30 "$worker"
    is "$(podman inspect --format '{{.State.ExitCode}}' "$worker")" 143
    for again in one two; do answers 0 "$CONTAINERS/play" pod "$WORLD/nightly.yaml" "nightly-$again"; done
    is "$(r llen job2)" 24
    answers 0 "$CONTAINERS/play" pod "$WORLD/reap.yaml" reaper
}
