package engine

import "golang.org/x/sys/cpu"

// matchBlocks is matchPortable with AVX2 where the processor has it.
func matchBlocks(words []uint16, terms [][matchBlock]uint16, out []uint32) {
	if len(out) == 0 || len(terms) == 0 || !cpu.X86.HasAVX2 {
		matchPortable(words, terms, out)
		return
	}
	_ = words[len(out)*matchBlock-1] // the kernel checks no bounds
	matchAVX2(&words[0], len(out), &terms[0], len(terms), &out[0])
}

// matchAVX2 expects both counts to be positive.
//
//go:noescape
func matchAVX2(words *uint16, blocks int, terms *[matchBlock]uint16, count int, out *uint32)
