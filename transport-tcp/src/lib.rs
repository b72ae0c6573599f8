//! TLS 1.3 over TCP for peergroup.
