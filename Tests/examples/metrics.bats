#!/usr/bin/env bats
# examples/kubernetes/production/metrics: a queue's numbers on their way through busybox' httpd and the CGI into a real
# Prometheus, to the alert rules and to each expression of the dashboard.

load ../shell/helper
load ../shell/more

METRICS=$REPO/examples/kubernetes/production/metrics

setup() {
    make_box
    start_redis
}

free_port() {
    python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# httpd as the Deployment starts it, at http://127.0.0.1:$HTTP, the CGI as the ConfigMap puts it there.
serve() {
    mkdir -p "$BOX/www/cgi-bin"
    install -m 555 "$METRICS/metrics.cgi" "$BOX/www/cgi-bin/metrics"
    HTTP=$(free_port)
    read -ra command < <(sed -n 's/^ *command: \[\(.*\)\]$/\1/p' "$METRICS/metrics.yaml" | tr -d ',"')
    is "${command[*]}" 'busybox httpd -f -p 8080 -h /www'
    command=("${command[@]/8080/127.0.0.1:$HTTP}")
    spawn httpd "${command[@]/\/www/$BOX/www}"
    eventually 5 listens "$HTTP"
}

# get URL: the status, and the body in $BOX/body and the type of it in $BOX/type.
get() {
    python - "$1" "$BOX/body" "$BOX/type" <<'END'
import sys, urllib.error, urllib.request

try:
    answer = urllib.request.urlopen(sys.argv[1], timeout=10)
except urllib.error.HTTPError as error:
    answer = error
open(sys.argv[2], "wb").write(answer.read())
open(sys.argv[3], "w").write(answer.headers["Content-Type"])
print(answer.status)
END
}

@test "the CGI: the numbers of all queues, in a form that promtool takes" {
    serve
    wq-push -q job2 apple banana
    wq-push -q other cherry
    is "$(get "http://127.0.0.1:$HTTP/cgi-bin/metrics")" 200
    is "$(<"$BOX/type")" 'text/plain; version=0.0.4; charset=utf-8'
    grep -qx 'wq_items{queue="job2",state="ready"} 2' "$BOX/body"
    grep -qx 'wq_items{queue="other",state="ready"} 1' "$BOX/body"
    grep -qx 'wq_stat_status 0' "$BOX/body"
    answers 0 promtool check metrics <"$BOX/body"
    silent
}

@test "the CGI: a queue that cannot be read is told and hides no other; without Redis there is an error" {
    serve
    wq-push -q bad apple
    wq-push -q job2 banana
    r del bad:stats
    r set bad:stats text
    is "$(get "http://127.0.0.1:$HTTP/cgi-bin/metrics")" 200
    grep -qx 'wq_stat_status 65' "$BOX/body"
    grep -qx 'wq_items{queue="job2",state="ready"} 1' "$BOX/body"
    is "$(grep -c 'queue="bad"' "$BOX/body")" 0
    matches "$(<"$BOX/httpd.err")" '*bad:stats*'
    slay "$REDIS"
    export WQ_CONNECT_TIMEOUT=100ms
    slay "$PID"
    serve
    is "$(get "http://127.0.0.1:$HTTP/cgi-bin/metrics")" 503
    is "$(<"$BOX/body")" 'wq-stat ended with 69'
    # An empty server has no queues, which is no error.
    rm -f "$SOCKET"
    start_redis
    is "$(get "http://127.0.0.1:$HTTP/cgi-bin/metrics")" 200
    is "$(grep -v '^#' "$BOX/body")" 'wq_stat_status 0'
}

@test "the alerts fire when they should, and not before" {
    answers 0 promtool check rules "$METRICS/alerts.yaml"
    grep -q '7 rules found' "$BOX/out"
    cp "$METRICS/alerts.yaml" "$BOX/rules.yaml"
    cp "$REPO/Tests/examples/alerts.yaml" "$BOX"
    answers 0 promtool test rules "$BOX/alerts.yaml"
    # Each of them is tried.
    sed -n 's/^ *- alert: //p' "$BOX/rules.yaml" >"$BOX/names"
    while read -r alert; do
        grep -A 1 "alertname: $alert\$" "$BOX/alerts.yaml" | grep -q exp_alerts || fail "$alert never fires"
        grep -q "^| \`$alert\` |" "$REPO/examples/kubernetes/production/README.md" || fail "the README lacks $alert"
    done <"$BOX/names"
}

# Prometheus at http://127.0.0.1:$PROMETHEUS, which asks httpd five times a second and has the rules.
start_prometheus() {
    PROMETHEUS=$(free_port)
    cat >"$BOX/prometheus.yaml" <<END
global: {scrape_interval: 200ms, evaluation_interval: 200ms}
rule_files: ["$METRICS/alerts.yaml"]
scrape_configs:
  - job_name: wq
    metrics_path: /cgi-bin/metrics
    static_configs: [{targets: ["127.0.0.1:$HTTP"]}]
END
    spawn prometheus prometheus --config.file="$BOX/prometheus.yaml" --storage.tsdb.path="$BOX/tsdb" \
        --web.listen-address="127.0.0.1:$PROMETHEUS" --log.level=warn
    eventually 20 listens "$PROMETHEUS"
}

# query EXPRESSION...: what Prometheus answers, a line for each: how many series, and the values, sorted.
query() {
    python - "http://127.0.0.1:$PROMETHEUS" "$@" <<'END'
import json, sys, urllib.error, urllib.parse, urllib.request

for expression in sys.argv[2:]:
    url = f"{sys.argv[1]}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        answer = json.load(urllib.request.urlopen(url, timeout=10))["data"]["result"]
        print(len(answer), *sorted(sample["value"][1] for sample in answer))
    except urllib.error.HTTPError as error:
        print("error", json.load(error)["error"])
END
}

# expressions: those of the dashboard, a line each, for all queues.
expressions() {
    python - "$METRICS/dashboard.json" <<'END'
import json, sys

board = json.load(open(sys.argv[1]))
queue = next(v for v in board["templating"]["list"] if v["name"] == "queue")
for panel in board["panels"]:
    for target in panel["targets"]:
        print(target["expr"].replace("$queue", queue["allValue"]).replace("$__rate_interval", "1m"))
END
}

# A queue that has something to show for each metric: workers, all states, and a flow.
busy_queue() {
    seq 12 | wq-push -q job2
    wq-push -q --delay 1h job2 later
    WQ_OWNER=one lease job2 -l 1h >"$BOX/one"
    WQ_OWNER=two lease job2 -l 1h >"$BOX/two"
    wq-release --dead job2 "$(lease job2)"
    wq-config job2 paused=
}

@test "each expression of the dashboard shows something, in a real Prometheus that scraped a real queue" {
    busy_queue
    serve
    start_prometheus
    eventually 20 yields '1 1' query 'count(wq_workers)'
    # What the counters count between two scrapes.
    reads job2 >"$BOX/read"
    wq-push -q job2 more
    lapsed job2 >"$BOX/lapsed"
    wq-reap -q job2
    wq-release job2 "$(<"$BOX/one")"
    wq-release --dead job2 "$(lease job2)"
    wq-config job2 paused=yes
    eventually 20 yields '1 1' query 'count(increase(wq_items_dead_total[1m]) > 0 and wq_paused == 1)'
    mapfile -t asked < <(expressions)
    [ "${#asked[@]}" -ge 15 ]
    query "${asked[@]}" >"$BOX/answers"
    paste -d '\t' "$BOX/answers" <(printf '%s\n' "${asked[@]}") >"$BOX/both"
    is "$(grep -e ^0 -e ^error -e NaN "$BOX/both")" ''
    # By the same way: each state, and the numbers that are known.
    is "$(query 'wq_workers' 'wq_items{state="dead"}' 'wq_producers' 'wq_paused' | paste -sd,)" '1 1,1 2,1 0,1 1'
    # The variable of the dashboard lists the queues by a metric that there is.
    grep -q '"label_values(wq_items, queue)"' "$METRICS/dashboard.json"
    # The rules are at work on the same numbers: two of them wait for their time.
    eventually 10 yields '2 1 1' query 'count by (alertname) (ALERTS{alertstate="pending", queue="job2"})'
    is "$(query 'ALERTS{alertname=~"WqDeadItems|WqPausedForLong"}' 'ALERTS{alertname="WqNobodyWorks"}' | paste -sd,)" '2 1 1,0'
    # A metric that is not there, and an expression that is none, are noticed so.
    is "$(query 'sum(wq_nothing)')" 0
    matches "$(query 'sum(')" 'error *'
}

@test "the dashboard and the rules name no metric that wq-stat has not, and leave out none of its gauges" {
    wq-push -q job2 apple
    wq-stat --prometheus job2 | sed -n 's/^# TYPE \(wq_[a-z_]*\) .*/\1/p' | sort >"$BOX/has"
    echo wq_stat_status >>"$BOX/has"
    { expressions && grep -v '#' "$METRICS/alerts.yaml"; } | grep -oE '\bwq_[a-z_]+' | sort -u >"$BOX/named"
    is "$(grep -vxFf "$BOX/has" "$BOX/named")" ''
    wq-stat --prometheus job2 | sed -n 's/^# TYPE \(wq_[a-z_]*\) gauge/\1/p' >"$BOX/gauges"
    is "$(grep -vxFf "$BOX/named" "$BOX/gauges")" ''
}
