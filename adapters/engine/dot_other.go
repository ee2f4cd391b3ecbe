//go:build !amd64

package engine

func dotAll(query []int16, data []int8, out []int32) { dotPortable(query, data, out) }
