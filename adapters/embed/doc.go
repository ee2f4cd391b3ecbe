// Package embed holds the providers of embeddings. Local is the default one: it
// needs no model, no download and no network, and gives the same vector for the
// same text on every machine.
package embed
