//! Automation: test, tidy, bench, peers.
