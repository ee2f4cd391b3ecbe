package ports

// Tokenizer counts what a text costs a language model.
type Tokenizer interface {
	// Name says which tokens are counted, such as "o200k_base". It never changes.
	Name() string
	// Count returns the number of tokens of text; whatever the text, none is an
	// error. Counts add up where a line begins: when a ends with a newline and b
	// begins with a letter, # or [, then Count(a+b) = Count(a) + Count(b). It is
	// safe for concurrent use.
	Count(text string) int
}
