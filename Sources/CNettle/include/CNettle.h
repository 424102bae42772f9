// SHA-224 of nettle, after which rediswq names its leases. Only Sha224.swift imports this.
#include <nettle/sha2.h>
