import Base

/// Whom to trust, and as whom to be trusted: files in PEM form.
package struct Trust {
    /// The authorities that may vouch for the server; nil for those that the system trusts.
    package var authorities: Bytes?
    /// The client's certificate, if the server asks for one, followed by the certificates of its authorities.
    package var certificate: Bytes?
    /// Its private key, if it is not in the same file.
    package var key: Bytes?
    /// The server's name, if it is not what it is called by.
    package var name: Bytes?
    /// Whether any server will do.
    package var isBlind: Bool

    /// - Parameters: as the properties. Each is what a variable says: `WQ_TLS_CACERT`, `WQ_TLS_CERT`, `WQ_TLS_KEY`,
    ///   `WQ_TLS_SNI` and `WQ_TLS_INSECURE`.
    /// - Throws: `.badConfiguration` for a key without a certificate.
    package init(
        authorities: Bytes?, certificate: Bytes?, key: Bytes?, name: Bytes?, isBlind: Bool
    ) throws(Failure) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.name = name
        self.isBlind = isBlind
        if key != nil, certificate == nil {
            throw Failure(.badConfiguration, "there is a private key (WQ_TLS_KEY) and no certificate: set WQ_TLS_CERT")
        }
    }
}
