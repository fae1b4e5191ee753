//! The CUDA kernels on a CPU: their own source, compiled as plain C++ against the stand-in for a GPU beside it, against
//! what they stand for, computed here in f64. Without a C++ compiler nothing is tested, and each test says so; with
//! `WEIGHHOUSE_CXX=required` it fails.
#![cfg(target_os = "linux")]

mod attention;
mod gate;
mod harness;
mod log_sum_exp;
mod numbers;
mod rotary;
