# shellcheck shell=sh
# (g) Beside other queues, each as its users would use it: queues/run.py. Their clients in Python lie in a folder of their own.
build stamp -static
if [ ! -x "$PEERS/venv/bin/python" ] || ! cmp -s "$HERE/queues/requirements" "$PEERS/requirements"; then
    rm -rf "$PEERS/venv"
    /usr/bin/python3 -m venv "$PEERS/venv"
    "$PEERS/venv/bin/pip" install -q -r "$HERE/queues/requirements"
    cp "$HERE/queues/requirements" "$PEERS/requirements"
fi
"$PEERS/venv/bin/python" -B "$HERE/queues/run.py" "$WORK" >>"$ROWS"
