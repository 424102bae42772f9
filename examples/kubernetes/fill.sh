#!/bin/sh
# fill.sh [QUEUE]: fills the queue (job2) with the tutorial's nine items and prints their number.
# WQ_URL says where Redis is; the README shows how to run this in the cluster.
exec wq-push "${1:-job2}" apple banana cherry date fig grape lemon melon orange
