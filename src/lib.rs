//! Private, serverless peer groups.
