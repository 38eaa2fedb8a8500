//! Shared helpers of the house tests.
