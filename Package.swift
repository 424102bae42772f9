// swift-tools-version: 6.1
import PackageDescription

// One source, two builds. The trait Tiny makes the programs that are installed: Embedded Swift, linked
// statically, about a megabyte each. Without it everything is ordinary Swift, for tests and debuggers.
// The Makefile says where the linker finds the static parts; see CONTRIBUTING.md.
let tiny: BuildSettingCondition = .when(traits: ["Tiny"])

let swiftSettings: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded", tiny),
    // There is nobody to read what -g would add. Without the last one a digest that depends on the folder ends up in the
    // programs.
    .unsafeFlags(
        ["-wmo", "-Osize", "-gnone"]
            + ["-function-sections", "-disable-incremental-llvm-codegen"].flatMap { ["-Xfrontend", $0] },
        tiny),
]

let linkerSettings: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-executable", "-use-ld=lld"]
            + [
                "-s", "--gc-sections", "--icf=all", "-z", "noseparate-code", "--build-id=none", "--no-eh-frame-hdr",
                "-O2",
            ].flatMap { ["-Xlinker", $0] },
        tiny)
]

/// The programs, and what each is built on: the folders Sources/wq-*, in their order. A unit test compares, since SwiftPM
/// would not notice a new folder if this read their names.
let programs: [(name: String, layers: [Target.Dependency])] = [
    ("wq-complete", ["Base", "Shell", "WorkQueue"]),
    ("wq-config", ["Base", "Shell", "WorkQueue"]),
    ("wq-doctor", ["Base", "Digest", "Shell", "WorkQueue"]),
    ("wq-drop", ["Base", "Shell", "WorkQueue"]),
    ("wq-empty", ["Base", "Shell", "WorkQueue"]),
    ("wq-lease", ["Base", "Shell", "WorkQueue"]),
    ("wq-list", ["Base", "Digest", "Shell", "WorkQueue"]),
    ("wq-purge", ["Base", "Shell", "WorkQueue"]),
    ("wq-push", ["Base", "Shell", "WorkQueue"]),
    ("wq-reap", ["Base", "Digest", "Shell", "WorkQueue"]),
    ("wq-release", ["Base", "Shell", "WorkQueue"]),
    ("wq-renew", ["Base", "Shell", "WorkQueue", "Worker"]),
    ("wq-retry", ["Base", "Shell", "WorkQueue"]),
    ("wq-stat", ["Base", "Shell", "WorkQueue"]),
    ("wq-tls", ["Base", "Redis", "Shell", "TLS"]),
    ("wq-work", ["Base", "Shell", "WorkQueue", "Worker"]),
]

/// A layer of the house: it sees only those that it stands on.
func layer(_ name: String, on below: [Target.Dependency], exclude: [String] = []) -> Target {
    // A tiny program compiles what it uses of a layer itself: the layer's own code would be made for nobody.
    .target(
        name: name, dependencies: below, exclude: exclude,
        swiftSettings: swiftSettings + [.unsafeFlags(["-Xfrontend", "-emit-empty-object-file"], tiny)])
}

let package = Package(
    name: "wq",
    products: programs.map { .executable(name: $0.name, targets: [$0.name]) },
    traits: [.trait(name: "Tiny", description: "Embedded Swift, fully static executables")],
    targets: [
        .target(name: "CHiredis", linkerSettings: [.linkedLibrary("hiredis")]),
        .target(name: "CNettle", linkerSettings: [.linkedLibrary("nettle")]),
        .target(name: "CPosix", cSettings: [.unsafeFlags(["-Os", "-ffunction-sections"], tiny)]),
        layer("Base", on: ["CPosix"]),
        layer("Redis", on: ["Base", "CHiredis", "CPosix"]),
        .target(name: "CScripts", cxxSettings: [.unsafeFlags(["-fdata-sections", "-ffunction-sections"], tiny)]),
        layer("WorkQueue", on: ["Base", "CPosix", "CScripts", "Redis"], exclude: ["Scripts"]),
        layer("Digest", on: ["Base", "CNettle"]),
        layer("Shell", on: ["Base", "CPosix", "Redis", "WorkQueue"]),
        layer("Worker", on: ["Base", "CPosix", "Redis", "Shell", "WorkQueue"]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        layer("TLS", on: ["Base", "COpenSSL", "CPosix", "Redis"]),
        .testTarget(
            name: "UnitTests",
            dependencies: ["Base", "CHiredis", "CPosix", "Digest", "Redis", "Shell", "WorkQueue", "Worker"],
            path: "Tests/Unit"),
        .testTarget(
            name: "FuzzTests", dependencies: ["Base", "Redis", "Shell", "WorkQueue", "Worker"], path: "Tests/fuzz",
            exclude: ["run", "fuzz.bats", "programs.py", "records.py"]),
    ]
        + programs.map {
            .executableTarget(
                name: $0.name, dependencies: $0.layers,
                swiftSettings: swiftSettings, linkerSettings: linkerSettings)
        }
)
