# Formatting, lints, dependencies.
check:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo deny check

# All tests that need nothing but a Rust toolchain.
test:
    cargo test

# The emulator against the tapes in the repository.
diff:
    cargo run --release -- diff cassettes

# Real clients, three ways: direct, recorded, replayed.
clients:
    cargo build --release
    cargo build --example orders
    tests/clients/upstreams.sh install
    tests/clients/three_ways.py \
        --client python --client pynamodb --client aiodynamodb --client pydynox \
        --client js --client cli --client rust=target/debug/examples/orders

# Every conformance case to the emulator and four others; renews their ledgers and the table of README.md.
peers:
    cargo build --release
    tests/clients/peers.py

bench:
    cargo bench

# Requests a second beside a bare hyper server, as ratios; `just load peers` also beside other emulators.
load *arguments:
    benches/run.sh {{arguments}}

# Growth with items, connections, indexes and the length of a tape; `just scale --quick` to try it.
scale *arguments:
    cargo build --release --bin dynatape --example bare
    benches/scale.py {{arguments}}

# The Python package: `just kit pythons` tries its wheel on each Python there is.
kit *arguments:
    tests/clients/kit.sh {{arguments}}

# Everything.
ci:
    .ci/run
