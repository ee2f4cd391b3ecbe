// Package ports holds the interfaces through which the use cases reach the outside
// world, and nothing else. The comment of each method is its contract: what the
// conformance suite of the port (package porttest) checks, and what every adapter
// and every fake (package portfake) keeps.
//
// Unless a method says otherwise: it is safe for concurrent use; it gives up with
// ctx.Err() in the chain when ctx ends, having changed nothing; a write is durable
// when it returns nil; a slice or map that it returns belongs to the caller, and
// one that it is given is not kept after it returns; errors that a person can act
// upon are *domain.Error.
package ports
