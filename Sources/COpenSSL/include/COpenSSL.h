// OpenSSL as far as wq-tls needs it. Only Channel.swift imports this.
#pragma once
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

// A context for clients that check the server's identity. NULL if there is no memory.
SSL_CTX *wq_tls_context(void);

// Lets the authorities vouch that this system trusts, wherever it keeps them.
void wq_tls_trust_system(SSL_CTX *context);

// Asks for, and checks, this server: a host name or an IP address.
bool wq_tls_expect(SSL *connection, const char *name);

// Which error it is, of those of TLS or of the system; a macro in OpenSSL 1.1.
int wq_tls_reason(unsigned long code);
