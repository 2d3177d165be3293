# Formatting, lints, dependencies.
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo deny check

# All tests that need nothing but a Rust toolchain.
test:
    cargo test

# The emulator against the tapes in the repository.
diff:
    cargo run --release -- diff cassettes

# Real clients, three ways: direct, recorded, replayed.
clients:
    cargo build --release --example orders --bin dynatape
    tests/clients/upstreams.sh install
    tests/clients/three_ways.py --client python --client js --client cli --client rust=target/release/examples/orders

bench:
    cargo bench

# Everything.
ci:
    .ci/run
