// Package chroma keeps vectors in a Chroma database: a server that someone runs,
// Chroma Cloud, or the runtime that chroma-go loads into the process. One
// collection is one index; it carries the name and the dimension of its embedding
// model, and an index of another model is never written to.
//
// The plain build speaks Chroma's HTTP API (v2) itself: chroma-go's client links
// the loader of its local runtime, and with it the C library, into every binary
// that imports it. The build tag chromago puts chroma-go in its place, for all
// modes, and is what the local mode needs: see docs/adr/0080-chroma-client.md.
package chroma
