// swift-tools-version: 6.1
import PackageDescription

// One source, two builds. The trait Tiny makes the programs that are installed: Embedded Swift, linked
// statically, about a megabyte each. Without it everything is ordinary Swift, for tests and debuggers.
// The Makefile says where the linker finds the static parts; see CONTRIBUTING.md.
let tiny: BuildSettingCondition = .when(traits: ["Tiny"])

let swiftSettings: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded", tiny),
    .unsafeFlags(["-wmo", "-Osize", "-Xfrontend", "-function-sections"], tiny),
]

let linkerSettings: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-executable", "-use-ld=lld"]
            + ["-s", "--gc-sections", "--icf=all", "-z", "noseparate-code", "--build-id=none"].flatMap {
                ["-Xlinker", $0]
            },
        tiny)
]

let programs = [
    "wq-push", "wq-lease", "wq-complete", "wq-empty", "wq-reap", "wq-release", "wq-config", "wq-list", "wq-retry",
    "wq-purge", "wq-stat", "wq-renew", "wq-doctor", "wq-work", "wq-tls",
]

let package = Package(
    name: "wq",
    products: programs.map { .executable(name: $0, targets: [$0]) },
    traits: [.trait(name: "Tiny", description: "Embedded Swift, fully static executables")],
    targets: [
        .target(name: "CHiredis", linkerSettings: [.linkedLibrary("hiredis")]),
        .target(name: "CNettle", linkerSettings: [.linkedLibrary("nettle")]),
        .target(name: "CPosix"),
        .target(
            name: "WorkQueue",
            dependencies: ["CHiredis", "CNettle", "CPosix"],
            resources: [.embedInCode("Queue/Scripts")],
            swiftSettings: swiftSettings),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "TLS", dependencies: ["COpenSSL", "CPosix", "WorkQueue"], swiftSettings: swiftSettings),
        .testTarget(name: "WorkQueueTests", dependencies: ["WorkQueue", "CHiredis"]),
        .testTarget(
            name: "FuzzTests", dependencies: ["WorkQueue"], path: "Tests/fuzz",
            exclude: ["run", "fuzz.bats", "programs.py", "records.py"]),
    ]
        + programs.map {
            .executableTarget(
                name: $0, dependencies: $0 == "wq-tls" ? ["TLS", "WorkQueue"] : ["WorkQueue"],
                swiftSettings: swiftSettings, linkerSettings: linkerSettings)
        }
)
