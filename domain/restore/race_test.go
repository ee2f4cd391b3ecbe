//go:build race

package restore

// stride thins the sweeps out where the race detector makes them ten times slower.
// Every point is visited without it.
const stride = 11
