//! State snapshots, journal, sealing, locks and stores.
