// Package portfake holds an in-memory fake of every port, for the tests of the use
// cases. Each passes the conformance suite of its port and is safe for concurrent
// use. Each fails on demand: its Fail hook is asked at the start of every call,
// with a short name of the operation, and an error that it returns is the call's.
package portfake

import "context"

// begin returns why a call does not take place: its context ended, or the hook
// says so.
func begin(ctx context.Context, fail func(op string) error, op string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if fail == nil {
		return nil
	}
	return fail(op)
}
