import Base
import CNettle

/// The SHA-224 of the bytes, as 56 lower-case hexadecimal digits: rediswq names an item's lease by it. It has a module of its
/// own since nettle looks at the processor when a program starts, and only few programs should pay for that.
package func sha224(_ bytes: ArraySlice<UInt8>) -> Bytes {
    var context = sha256_ctx()
    var digest = Bytes(repeating: 0, count: Int(SHA224_DIGEST_SIZE))
    nettle_sha224_init(&context)
    let bytes = Bytes(bytes)
    nettle_sha256_update(&context, bytes.count, bytes)
    nettle_sha224_digest(&context, digest.count, &digest)
    return hex(digest)
}
