// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is built with: no warnings, checked unsafe code, imports that stay inside.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A module of the house and the tests beside it; `needs` are the floors below that it may import.
func library(_ name: String, needs: [Target.Dependency], testing: [Target.Dependency] = []) -> [Target] {
  [
    .target(name: name, dependencies: needs, swiftSettings: strict),
    .testTarget(
      name: name + "Tests", dependencies: [.byName(name: name)] + needs + testing,
      resources: [.copy("Fixtures")], swiftSettings: strict),
  ]
}

/// A C library of the system, found through pkg-config; nil where Debian has no file for that.
func system(_ name: String, _ pkgConfig: String?, _ debian: String) -> [Target] {
  [.systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([debian])])]
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let paths = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let floors: [[Target]] = [
  system("CYAML", "yaml-0.1", "libyaml-dev"),
  system("CHDF5", "hdf5-serial", "libhdf5-dev"),
  system("CZstd", "libzstd", "libzstd-dev"),
  system("CTIFF", "libtiff-4", "libtiff-dev"),
  system("CDeflate", "libdeflate", "libdeflate-dev"),
  system("CBlosc", "blosc", "libblosc-dev"),
  system("CLZ4", "liblz4", "liblz4-dev"),
  system("CBZip2", nil, "libbz2-dev"),
  system("CLinux", nil, "libc6-dev"),
  // Kernels are optimised in debug builds too: tests train networks.
  [.target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])])],
  library("Fingerprints", needs: [crypto]),
  library("Tensors", needs: ["CKernels"]),
  library("Imaging", needs: ["Tensors"]),
  library("Neural", needs: ["Tensors"]),
  library(
    "ArrayStores",
    needs: ["Fingerprints", "CHDF5", "CZstd", "CTIFF", "CDeflate", "CBlosc", "CLZ4", "CBZip2", paths]),
  library("Recipes", needs: ["Fingerprints", "CYAML", paths]),
  library(
    "Pipeline", needs: ["Recipes", "Fingerprints", "ArrayStores", "CLinux", paths],
    testing: ["lightbench-test-worker"]),
  library("Artifacts", needs: ["Pipeline", "ArrayStores", "Imaging", "Neural", "Tensors", "Fingerprints", paths]),
  library(
    "Reports",
    needs: ["Artifacts", "Pipeline", "Recipes", "ArrayStores", "Imaging", "Tensors", "Fingerprints", paths]),
  library(
    "Executors", needs: ["Pipeline", "Fingerprints", paths], testing: ["ArrayStores", "lightbench-test-worker"]),
  library(
    "Stages",
    needs: [
      "Artifacts", "Pipeline", "Recipes", "ArrayStores", "Imaging", "Neural", "Tensors", "Fingerprints", paths,
    ]),
  [
    .executableTarget(
      name: "lightbench-bench",
      dependencies: [
        "Executors", "Pipeline", "Recipes", "ArrayStores", "Imaging", "Neural", "Tensors", "Fingerprints", paths,
      ],
      exclude: ["torch_bench.py", "Runner/Peers", "Arrays/Peers"], swiftSettings: strict),
    // Stages that trap, hang and count: what the tests of workers run.
    .executableTarget(
      name: "lightbench-test-worker",
      dependencies: ["Executors", "Pipeline", "Recipes", "Fingerprints", "ArrayStores", paths],
      path: "Tests/TestWorker", swiftSettings: strict),
    .executableTarget(
      name: "lightbench",
      dependencies: [
        "Stages", "Executors", "Reports", "Artifacts", "Pipeline", "Recipes", "ArrayStores", "Neural", "Imaging",
        "Tensors", "Fingerprints", arguments, paths,
      ],
      swiftSettings: strict),
    // Built beside the executable, which it runs as a process.
    .testTarget(
      name: "LightbenchTests", dependencies: ["lightbench", "lightbench-test-worker", paths],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
  ],
]

let package = Package(
  name: "lightbench",
  products: [.executable(name: "lightbench", targets: ["lightbench"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: floors.flatMap { $0 },
  swiftLanguageModes: [.v6]
)
