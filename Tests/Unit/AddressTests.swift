import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue

@Suite struct AddressTests {
    private func address(_ url: String) throws -> Address { try Address(url: Bytes(url.utf8)) }

    @Test(arguments: [
        ("redis://example", "example", 6379, 0),
        ("redis://example:7000", "example", 7000, 0),
        ("redis://example:7000/", "example", 7000, 0),
        ("redis://example/3", "example", 6379, 3),
        ("redis://10.0.0.1:1/15", "10.0.0.1", 1, 15),
        ("redis://[::1]:7000/2", "::1", 7000, 2),
        ("redis://[fe80::1]", "fe80::1", 6379, 0),
        ("redis://:7000", "localhost", 7000, 0),
        ("redis://", "localhost", 6379, 0),
        ("redis://%65xample%2Ecom", "example.com", 6379, 0),
        ("redis://[fe80::1%25eth0]:7000", "fe80::1%eth0", 7000, 0),
    ])
    func tcp(_ url: String, _ host: String, _ port: Int, _ database: Int) throws {
        let address = try address(url)
        #expect(address.endpoint == .tcp(host: Bytes(host.utf8), port: port))
        #expect(address.database == database)
    }

    @Test func unix() throws {
        #expect(try address("unix:///run/redis.sock").endpoint == .unix(path: Bytes("/run/redis.sock")))
        #expect(try address("unix:///run/redis.sock").database == 0)
        #expect(try address("unix:///run/redis.sock?db=7").database == 7)
        #expect(try address("unix:///a%20b%3f%25.sock?db=7").endpoint == .unix(path: Bytes("/a b?%.sock")))
    }

    @Test func aSocketPathHasTheKernelsLimit() throws {
        let longest = "/" + String(repeating: "x", count: 106)
        #expect(try address("unix://" + longest).endpoint == .unix(path: Bytes(longest.utf8)))
        #expect(throws: Failure.self) { try address("unix://" + longest + "x") }
    }

    @Test(arguments: [
        "", "example", "http://example", "redis:example", "redis://example:", "redis://example:0",
        "redis://example:65536", "redis://example:x", "redis://example/x", "redis://example/-1", "redis://[::1",
        "redis://[::1]7000", "unix://run/redis.sock", "unix:///s?x=1", "unix:///s?db=", "unix:///s?db=x",
        "unix:///a%zz", "unix:///a%00", "redis://h%", "redis://h?db=3", "redis://h/?db=3", "redis://h/3?x=1",
        "redis+sentinel://h/name?db=3",
    ])
    func whatCannotBeUsedIsRefused(_ url: String) {
        let failure = #expect(throws: Failure.self) { try address(url) }
        #expect(failure?.exit == .badConfiguration)
    }

    @Test func aPasswordIsNeverShown() throws {
        let failure = #expect(throws: Failure.self) { try address("redis://me:secret@example:x") }
        #expect(failure?.message.contains("secret") == false)
        #expect(failure?.message.contains("example") == true)
        #expect(try address("redis://me:secret@example").text == "redis://example:6379")
    }

    @Test(arguments: [
        ("redis://me:secret@h", "me", "secret"), ("redis://:secret@h", nil, "secret"), ("redis://me@h", "me", nil),
        ("redis://m%40e:s%3Acr%2Fet%25@h", "m@e", "s:cr/et%"), ("redis://a@b:c@h", "a@b", "c"),
        ("redis://@h", nil, nil),
    ])
    func userAndPasswordArePercentEncoded(_ url: String, _ user: String?, _ password: String?) throws {
        let address = try address(url)
        #expect(address.endpoint == .tcp(host: Bytes("h".utf8), port: 6379))
        #expect(address.credentials.user == user.map { Bytes($0.utf8) })
        #expect(address.credentials.password == password.map { Bytes($0.utf8) })
    }

    @Test(arguments: ["redis://%@h", "redis://a:%4@h", "redis://a:%zz@h"])
    func aWrongPercentSignIsRefused(_ url: String) {
        #expect(throws: Failure.self) { try address(url) }
    }

    @Test func sentinelsAreRead() throws {
        let address = try address("redis+sentinel://me:secret@one,two:1,[::1]:2/the-primary/3")
        let hosts = [("one", 26379), ("two", 1), ("::1", 2)].map {
            Address.Host(name: Bytes($0.0.utf8), port: $0.1)
        }
        #expect(address.endpoint == .sentinel(hosts, name: Bytes("the-primary".utf8), isSecure: false))
        #expect(address.database == 3)
        #expect(address.text == "redis+sentinel://one:26379,two:1,[::1]:2/the-primary/3")
        #expect(throws: Failure.self) { try self.address("redis+sentinel://one,two") }
        #expect(throws: Failure.self) { try self.address("redis+sentinel:///name") }
    }

    @Test func messagesNameTheAddress() throws {
        #expect(try address("redis://example").text == "redis://example:6379")
        #expect(try address("redis://[::1]:7").text == "redis://[::1]:7")
        #expect(try address("unix:///s").text == "unix:///s")
        for url in ["unix:///a%3Fb%25c?db=2", "redis+sentinel://h:1/my%25name/2", "redis://[fe80::1%25eth0]:7"] {
            #expect(try address(url).text == url)
        }
    }
}
