// Micro [--filter '*Borrow*'] [--job short] [--list flat]
//
// What one operation costs and allocates, in a steady state. The arguments are those of BenchmarkDotNet; without any it asks which
// benchmarks to run.
using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
