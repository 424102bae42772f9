#!/bin/sh
# heartbeat.sh: tells whether a wq-work --heartbeat-file is alive, for a liveness probe or a cron job.
#
#   heartbeat.sh FILE [SECONDS]
#
# Succeeds if FILE was touched within the last SECONDS (10); wq-work does so each second, however long its
# commands take. Needs nothing but a shell with stat and date, busybox's too. In a pod:
#
#   livenessProbe:
#     exec:
#       command: [heartbeat.sh, /tmp/alive]

touched=$(stat -c %Y "${1:?the file}") && [ $(($(date +%s) - touched)) -le "${2:-10}" ]
