//go:build race

package sabotage_test

// slowness is how much longer things take under the race detector.
const slowness = 10
