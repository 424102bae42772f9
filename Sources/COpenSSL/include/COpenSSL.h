// The part of OpenSSL that wq-tls needs. Only Channel.swift imports this.
#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

// Makes a context for clients that check the server's identity. NULL if there is no memory.
SSL_CTX *wq_tls_context(void);

// Has the context trust the authorities that this system trusts, wherever it keeps them.
void wq_tls_trust_system(SSL_CTX *context);

// Has the connection ask for this server, a host name or an IP address, and check that the certificate names it. False if
// no server can have that name.
bool wq_tls_expect(SSL *connection, const char *name);

// The reason of an error code: SSL_R_... of TLS, or an errno of the system. It is a macro in OpenSSL 1.1.
int wq_tls_reason(unsigned long code);
