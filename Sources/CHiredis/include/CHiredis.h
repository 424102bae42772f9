// hiredis as it is. Only Connection.swift imports this.
#include <hiredis/hiredis.h>
