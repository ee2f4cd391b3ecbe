// Package porttest holds one conformance suite for each port. Every adapter and
// every fake of a port passes the same suite, so that what a use case is tested
// with keeps the same promises as what it runs on.
package porttest
