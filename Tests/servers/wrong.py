"""Answers that are none."""

from resp import array, bulk, number

# Numbers for which there is no room somewhere.
EXTREMES = (-1, 2**31, 2**32, 2**53, 2**63 - 1, -(2**63))
EPOCH = b"0123456789ab"
# Nothing is ready, something is leased; and nothing is left.
BUSY = array(bulk(b"busy"), number(-1), bulk(EPOCH), number(7), number(0))
DRAINED = array(bulk(b"drained"), number(-1), bulk(EPOCH), number(7), number(0))
# What no program asks for. A few can make sense of some all the same.
WRONG = {
    "status": b"+OK\r\n",
    "empty status": b"+\r\n",
    "text": bulk(b"hello"),
    "empty text": bulk(b""),
    "bytes": bulk(bytes(range(256))),
    "number": b":1\r\n",
    "negative number": b":-1\r\n",
    "the largest number": b":9223372036854775807\r\n",
    "the smallest number": b":-9223372036854775808\r\n",
    "a number too large": b":9223372036854775808\r\n",
    "a number that is none": b":abc\r\n",
    "a number with a sign": b":+1\r\n",
    "no number": b":\r\n",
    "null text": b"$-1\r\n",
    "null list": b"*-1\r\n",
    "empty list": b"*0\r\n",
    "list of one number": array(b":1\r\n"),
    "list of one text": array(bulk(b"leased")),
    "list of nulls": array(b"$-1\r\n", b"*-1\r\n", b"$-1\r\n"),
    "list of lists": array(array(bulk(b"a")), array(), array(b":1\r\n")),
    "list of errors": array(b"-ERR one\r\n", b"-ERR two\r\n"),
    "list of a hundred texts": array(*[bulk(b"x")] * 100),
    "list of 1,001 numbers": array(*[b":7\r\n"] * 1001),
    "list of 1,001 ones": array(*[b":1\r\n"] * 1001),
    "empty error": b"-\r\n",
    "unknown error": b"-WHAT is this\r\n",
    "error with control characters": b"-ERR \x1b[2J\x00\x7f\xff\r\n",
    "nothing but an end": b"\r\n",
    "map": b"%1\r\n+a\r\n+b\r\n",
    "set": b"~1\r\n+a\r\n",
    "double": b",1.5\r\n",
    "boolean": b"#t\r\n",
    "resp3 null": b"_\r\n",
    "big number": b"(12345678901234567890\r\n",
    "verbatim text": b"=5\r\ntxt:a\r\n",
    "blob error": b"!3\r\nERR\r\n",
    "attribute": b"|1\r\n+a\r\n+b\r\n:1\r\n",
    "push message": b">2\r\n+invalidate\r\n*0\r\n",
    "push message first": b">2\r\n+message\r\n+x\r\n+OK\r\n",
    "streamed text": b"$?\r\n;4\r\nabcd\r\n;0\r\n",
    "streamed list": b"*?\r\n:1\r\n.\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>no</html>\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "zeros": b"\0" * 100,
    "noise": bytes((i * 197 + 128) % 256 for i in range(1000)),
}
LENGTHS = {
    "text of length -2": b"$-2\r\n",
    "text of length -100": b"$-100\r\n",
    "text of length x": b"$x\r\n",
    "text of length 1x": b"$1x\r\na\r\n",
    "text of no length": b"$\r\n",
    "text of length 01": b"$01\r\na\r\n",
    "text of length 2^63": b"$9223372036854775808\r\n",
    "list of length -2": b"*-2\r\n",
    "list of length -100": b"*-100\r\n",
    "list of length x": b"*x\r\n",
    "list of no length": b"*\r\n",
    "list of length 2^32": b"*4294967296\r\n",
    "list of length 2^63": b"*9223372036854775808\r\n",
}
# Lists that are announced and do not come: nobody may make room for them.
HUGE = {
    "list of 10^6": b"*1000000\r\n",
    "list of 10^9": b"*1000000000\r\n",
    "list of 2^31 - 1": b"*2147483647\r\n",
    "list of 2^31": b"*2147483648\r\n",
    "list of 2^32 - 1": b"*4294967295\r\n",
    "lists of 50,000 in each other": b"*50000\r\n" * 6,
    "list of 2^31 - 1 in a list": array(b":1\r\n", b"*2147483647\r\n"),
    "nested 5 deep": b"*1\r\n" * 5 + b":1\r\n",
    "nested 100 deep": b"*1\r\n" * 100 + b":1\r\n",
    "nested 10,000 deep": b"*1\r\n" * 10000 + b":1\r\n",
    "nested 1,000,000 deep": b"*1\r\n" * 1000000 + b":1\r\n",
    "nested for ever": b"*2\r\n:1\r\n" * 20000,
}
