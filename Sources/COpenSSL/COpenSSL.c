#include "COpenSSL.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Answers that there is no passphrase for a key, since nobody can be asked for it.
static int no_passphrase(char *buffer, int size, int writing, void *data) {
    (void)buffer, (void)size, (void)writing, (void)data;
    return -1;
}

SSL_CTX *wq_tls_context(void) {
    // A configuration file would differ from image to image.
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // A thief of the server's key must not be able to read earlier connections: no key exchange by RSA itself.
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!eNULL:!PSK:!SRP");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Redis' own protocol says how long an answer is, so an answer that is cut off is noticed without TLS.
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    return context;
}

// Whether authorities can be looked up in the folder one by one, by names like 4a6481c9.0, which is far quicker than
// reading all of them.
static bool has_hashes(const char *folder) {
    enum { digits = 8 };
    DIR *entries = opendir(folder);
    struct dirent *entry;
    bool found = false;
    while (entries && !found && (entry = readdir(entries)))
        found = strlen(entry->d_name) == digits + 2 && strcmp(entry->d_name + digits, ".0") == 0;
    if (entries) closedir(entries);
    return found;
}

void wq_tls_trust_system(SSL_CTX *context) {
    // The places of Debian, Alpine and distroless, of Red Hat, and of SUSE.
    static const char *const folders[] = {"/etc/ssl/certs", "/etc/pki/tls/certs"};
    static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                        "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"};
    if (getenv("SSL_CERT_FILE") || getenv("SSL_CERT_DIR")) {
        SSL_CTX_set_default_verify_paths(context);
        return;
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (has_hashes(folders[i]) && SSL_CTX_load_verify_dir(context, folders[i])) return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (access(files[i], R_OK) == 0 && SSL_CTX_load_verify_file(context, files[i])) return;
}

bool wq_tls_expect(SSL *connection, const char *name) {
    unsigned char address[sizeof(struct in6_addr)];
    // The zone behind a link-local address means something on this machine only; no certificate has it.
    char number[INET6_ADDRSTRLEN];
    const char *zone = strchr(name, '%');
    if (zone && (size_t)(zone - name) < sizeof number) {
        memcpy(number, name, (size_t)(zone - name));
        number[zone - name] = 0;
        if (inet_pton(AF_INET6, number, address) == 1) name = number;
    }
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), name) == 1;
    SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(connection, name) == 1 && SSL_set_tlsext_host_name(connection, name) == 1;
}

int wq_tls_reason(unsigned long code) { return ERR_GET_REASON(code); }
