//! The runtime of the example: what it shows is held to the same as all others.

#[path = "../../../examples/own_runtime/runtime.rs"]
pub(crate) mod runtime;
#[path = "../../../examples/own_runtime/sockets.rs"]
pub(crate) mod sockets;
