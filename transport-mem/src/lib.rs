//! A deterministic simulated network for peergroup, in virtual time.
