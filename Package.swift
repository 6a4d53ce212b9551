// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// One product of each package that only dependencies use.
///
/// Without a target that names them, their versions below would be warned about as unused. On the platform that this
/// condition names, which there is not, nothing of them is built or linked.
let pinned: [Target.Dependency] = [
    ("Algorithms", "swift-algorithms"),
    ("AsyncAlgorithms", "swift-async-algorithms"),
    ("Atomics", "swift-atomics"),
    ("Collections", "swift-collections"),
    ("Configuration", "swift-configuration"),
    ("Metrics", "swift-metrics"),
    ("NIOTransportServices", "swift-nio-transport-services"),
    ("Numerics", "swift-numerics"),
    ("ServiceContextModule", "swift-service-context"),
    ("StructuredFieldValues", "swift-http-structured-headers"),
    ("SwiftASN1", "swift-asn1"),
    ("Tracing", "swift-distributed-tracing"),
    ("X509", "swift-certificates"),
].map { .product(name: $0.0, package: $0.1, condition: .when(platforms: [.custom("none")])) }

/// Exports no symbols from a static executable.
///
/// Swift has all 54,000 of them exported there, and each start goes through them: no library asks for any.
let fewSymbols: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(platforms: [.linux], configuration: .release))
]

/// One of the five names of the program, as an executable of its own.
func executable(_ name: String) -> Target {
    .executableTarget(name: name, dependencies: ["Command"], swiftSettings: settings, linkerSettings: fewSymbols)
}

let package = Package(
    name: "packline",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        // What those depend on, so that two builds are of the same versions: see `pinned` above.
        .package(url: "https://github.com/apple/swift-algorithms", exact: "1.2.1"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
        .package(url: "https://github.com/apple/swift-atomics", exact: "1.3.0"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", exact: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", exact: "1.7.0"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-transport-services", exact: "1.28.0"),
        .package(url: "https://github.com/apple/swift-numerics", exact: "1.1.1"),
        .package(url: "https://github.com/apple/swift-service-context", exact: "1.5.1"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    ],
    targets: [
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        // What of the C library Swift's own module of it lacks.
        .systemLibrary(name: "CMalloc"),
        // libpq's functions, without libpq: it is loaded when it is first needed.
        .target(name: "CPostgres"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Wire", swiftSettings: settings),
        .target(name: "Composer", dependencies: ["Wire", crypto], swiftSettings: settings),
        .target(name: "Facts", swiftSettings: settings),
        .target(name: "Resilience", dependencies: pinned, swiftSettings: settings),
        .target(
            name: "Transport",
            dependencies: ["Wire", asyncHTTPClient, logging, nioCore, nioHTTP1],
            swiftSettings: settings
        ),
        .target(
            name: "Upstream",
            dependencies: [
                "Composer", "CZlib", "Facts", "Resilience", "Transport", "Wire", asyncHTTPClient, logging, nioCore,
                nioHTTP1, nioPosix,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "WordPress",
            dependencies: ["Composer", "Facts", "Resilience", "Upstream", "Wire", logging, nioCore, nioHTTP1],
            swiftSettings: settings
        ),
        .target(
            name: "ComposerRepository",
            dependencies: ["Composer", "Facts", "Resilience", "Upstream", "Wire", logging, nioCore, nioHTTP1],
            swiftSettings: settings
        ),
        .target(
            name: "Store",
            dependencies: ["CDeflate", "Composer", "CPostgres", "Facts", "Wire", grdb, grdbSQLite, logging],
            swiftSettings: settings
        ),
        .target(
            name: "ObjectStorage",
            dependencies: [
                "Resilience", "Transport", "Wire", asyncHTTPClient, crypto, logging, nioCore, nioHTTP1, nioPosix,
                systemPackage,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Archives",
            dependencies: [
                "Composer", "CZlib", "Resilience", "Transport", "Upstream", "Wire", crypto, logging, nioCore, nioHTTP1,
                systemPackage,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Advisories",
            dependencies: [
                "Composer", "ComposerRepository", "Facts", "Resilience", "Upstream", "Wire", nioCore, nioHTTP1,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Pipeline",
            dependencies: [
                "Advisories", "Archives", "Composer", "Facts", "Resilience", "Upstream", "Store", "ObjectStorage",
                "Wire",
                logging, serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Command",
            dependencies: [
                "Advisories", "Archives", "CMalloc", "Composer", "ComposerRepository", "Facts", "Pipeline",
                "Resilience", "Upstream",
                "Site", "Store", "ObjectStorage", "Transport", "Wire", "WordPress", asyncHTTPClient, argumentParser,
                hummingbird, logging, nioCore, nioHTTP1, nioPosix, serviceLifecycle, systemPackage, unixSignals, yams,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Site",
            dependencies: [
                "Composer", "CZlib", "Facts", "ObjectStorage", "Resilience", "Store", "Wire", crypto, grdbSQLite,
                hummingbird, hummingbirdCore, httpTypes, logging, nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1,
                nioPosix, serviceLifecycle, systemPackage,
            ],
            resources: [.embedInCode("OpenAPI/openapi.json")],
            swiftSettings: settings
        ),
        .target(
            name: "Sandbox",
            dependencies: [
                "CZlib", hummingbird, httpTypes, crypto, logging, nioCore, nioHTTP1, nioHTTPTypes, nioPosix,
                serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        executable("packline"),
        executable("discover"),
        executable("update"),
        executable("sync"),
        executable("serve"),
        .executableTarget(
            name: "packline-sandbox",
            dependencies: ["Sandbox", argumentParser, logging],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "store-bench",
            dependencies: ["Store", "Composer", "Facts", argumentParser, logging],
            path: "Benchmarks/StoreBench",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ComposerTests",
            dependencies: ["Composer", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ComposerRepositoryTests",
            dependencies: ["ComposerRepository", "Composer", "Facts", "TestSupport", "Upstream", "Wire"],
            swiftSettings: settings
        ),
        .testTarget(name: "WireTests", dependencies: ["TestSupport", "Wire"], swiftSettings: settings),
        .testTarget(name: "ResilienceTests", dependencies: ["Resilience"], swiftSettings: settings),
        .testTarget(
            name: "TransportTests",
            dependencies: ["Transport", asyncHTTPClient, nioCore, nioHTTP1, nioPosix],
            swiftSettings: settings
        ),
        .testTarget(
            name: "UpstreamTests",
            dependencies: [
                "TestSupport", "Upstream", "Composer", "Store", "Transport", asyncHTTPClient, logging, nioCore,
                nioHTTP1,
                nioPosix,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WordPressTests",
            dependencies: [
                "TestSupport", "WordPress", "Composer", "Facts", "Upstream", "Transport", "Wire", nioCore, nioHTTP1,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport",
            dependencies: [
                "Facts", "Resilience", "Store", "Transport", "Upstream", "Wire", asyncHTTPClient, crypto, logging,
                nioCore, nioHTTP1, nioHTTP2, nioPosix, nioSSL,
            ],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ArchivesTests",
            dependencies: [
                "Archives", "CZlib", "Composer", "Resilience", "TestSupport", "Transport", "Upstream", nioHTTP1,
                systemPackage,
            ],
            exclude: ["Oracle"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AdvisoriesTests",
            dependencies: [
                "Advisories", "Composer", "ComposerRepository", "Facts", "Sandbox", "TestSupport", "Transport",
                "Upstream", nioCore, nioHTTP1,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "Composer", "Facts", "TestSupport", crypto, logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ObjectStorageTests",
            dependencies: [
                "ObjectStorage", "Resilience", "TestSupport", "Transport", "Wire", asyncHTTPClient, crypto, logging,
                nioCore,
                nioHTTP1, nioPosix, .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            exclude: ["Oracle"],
            swiftSettings: settings
        ),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", "TestSupport", crypto], swiftSettings: settings),
        .testTarget(
            name: "SiteTests",
            dependencies: [
                "Site", "Store", "Composer", "Facts", "WordPress", "TestSupport", hummingbird, httpTypes, logging,
                nioCore, nioHTTP1,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "Archives", "Command", "ComposerRepository", "Facts", "Pipeline", "Store", "Composer", "TestSupport",
                "Upstream", "WordPress", argumentParser, logging, nioCore, serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PipelineTests",
            dependencies: [
                "Advisories", "Archives", "Pipeline", "Command", "ComposerRepository", "Site", "Sandbox", "Store",
                "Composer",
                "Facts",
                "Upstream", "WordPress", "ObjectStorage", "Resilience", "TestSupport", "Transport", crypto, hummingbird,
                logging, nioCore, nioPosix, serviceLifecycle,
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
