//! What holds for any order of calls, and what happens at the edges.

mod bucket;
mod buckets;
mod quota;
mod usage;
