import Base

/// The certificates to trust, and the one to present: files in PEM form.
package struct Trust {
    /// The authorities that may vouch for the server; nil for those that the system trusts.
    package var authorities: Bytes?
    /// The client's certificate, if the server asks for one, followed by the certificates of its authorities.
    package var certificate: Bytes?
    /// The private key of the certificate; nil if it is in the same file.
    package var key: Bytes?
    /// The name that the server's certificate must have; nil for the host of its address.
    package var name: Bytes?
    /// Whether any certificate is accepted.
    package var isBlind: Bool

    /// The parameters are the properties. A variable says each: `WQ_TLS_CACERT`, `WQ_TLS_CERT`, `WQ_TLS_KEY`, `WQ_TLS_SNI`
    /// and `WQ_TLS_INSECURE`.
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
