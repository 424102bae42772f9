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

/// What a program is built on, where that is not the usual.
let layers: [String: [Target.Dependency]] = [
    "wq-renew": ["Base", "Shell", "WorkQueue", "Worker"],
    "wq-tls": ["Base", "Redis", "Shell", "TLS"],
    "wq-work": ["Base", "Shell", "WorkQueue", "Worker"],
]

/// A layer of the house: it sees only those that it stands on.
func layer(_ name: String, on below: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: below, resources: resources, swiftSettings: swiftSettings)
}

let package = Package(
    name: "wq",
    products: programs.map { .executable(name: $0, targets: [$0]) },
    traits: [.trait(name: "Tiny", description: "Embedded Swift, fully static executables")],
    targets: [
        .target(name: "CHiredis", linkerSettings: [.linkedLibrary("hiredis")]),
        .target(name: "CNettle", linkerSettings: [.linkedLibrary("nettle")]),
        .target(name: "CPosix"),
        layer("Base", on: ["CPosix"]),
        layer("Redis", on: ["Base", "CHiredis", "CPosix"]),
        layer("WorkQueue", on: ["Base", "CNettle", "CPosix", "Redis"], resources: [.embedInCode("Scripts")]),
        layer("Shell", on: ["Base", "CPosix", "Redis", "WorkQueue"]),
        layer("Worker", on: ["Base", "CPosix", "Redis", "Shell", "WorkQueue"]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        layer("TLS", on: ["Base", "COpenSSL", "CPosix", "Redis"]),
        .testTarget(
            name: "UnitTests", dependencies: ["Base", "CHiredis", "CPosix", "Redis", "Shell", "WorkQueue", "Worker"],
            path: "Tests/Unit"),
        .testTarget(
            name: "FuzzTests", dependencies: ["Base", "Redis", "Shell", "WorkQueue", "Worker"], path: "Tests/fuzz",
            exclude: ["run", "fuzz.bats", "programs.py", "records.py"]),
    ]
        + programs.map {
            .executableTarget(
                name: $0, dependencies: layers[$0] ?? ["Base", "Shell", "WorkQueue"],
                swiftSettings: swiftSettings, linkerSettings: linkerSettings)
        }
)
