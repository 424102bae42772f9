#!/bin/sh
# What wq-stat counts of all queues, for Prometheus, and wq-stat's own exit status: 65 if a queue cannot be read, which
# hides no other. Without counts the scrape fails, and never looks like a server without queues. Messages go to the log.
metrics=$(wq-stat --prometheus)
status=$?
case $status in
    0 | 65)
        printf 'Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n\r\n'
        printf '%s\n' "$metrics" '# HELP wq_stat_status Exit status of wq-stat.' '# TYPE wq_stat_status gauge'
        echo "wq_stat_status $status"
        ;;
    *)
        printf 'Status: 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\nwq-stat ended with %s\n' $status
        ;;
esac
