package domain

// Seal is what makes two packings of the same files the same stream, byte by byte.
// It opens that stream: whoever has it needs no other key.
type Seal struct {
	Head []byte // what the stream begins with
	Key  []byte
}

// KeptSeal is the seal of an upload that has not ended.
type KeptSeal struct {
	// Content stands for everything that the stream follows from, the seal apart: the
	// files, where it goes, the program that packs.
	Content string
	Seal    Seal
}
