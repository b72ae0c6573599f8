//! Private, serverless peer groups.

#[cfg(feature = "tcp")]
pub use peergroup_tcp as tcp;

pub mod store;
pub mod transport;
