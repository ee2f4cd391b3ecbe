//go:build !amd64

package engine

func matchBlocks(words []uint16, terms [][matchBlock]uint16, out []uint32) {
	matchPortable(words, terms, out)
}
