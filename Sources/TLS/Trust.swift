import WorkQueue

/// Whom to trust, and as whom to be trusted: files in PEM form.
public struct Trust {
    /// The authorities that may vouch for the server; nil for those that the system trusts.
    public var authorities: Bytes?
    /// This side's certificate, if it is asked for, with those that vouch for it.
    public var certificate: Bytes?
    /// Its private key, if it is not in the same file.
    public var key: Bytes?
    /// The server's name, if it is not what it is called by.
    public var name: Bytes?
    /// Whether any server will do.
    public var isBlind = false

    /// As `WQ_TLS_CACERT`, `WQ_TLS_CERT`, `WQ_TLS_KEY`, `WQ_TLS_SNI` and `WQ_TLS_INSECURE` say.
    public init() throws(Failure) {
        authorities = environment("WQ_TLS_CACERT")
        certificate = environment("WQ_TLS_CERT")
        key = environment("WQ_TLS_KEY")
        name = environment("WQ_TLS_SNI")
        isBlind = try isSet("WQ_TLS_INSECURE")
        if key != nil, certificate == nil {
            throw Failure(.badConfiguration, "there is a private key (WQ_TLS_KEY) and no certificate: set WQ_TLS_CERT")
        }
    }
}
