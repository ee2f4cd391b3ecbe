package engine

import "golang.org/x/sys/cpu"

// dotAll is dotPortable with AVX2 where the processor has it.
func dotAll(query []int16, data []int8, out []int32) {
	if len(out) == 0 {
		return
	}
	if !cpu.X86.HasAVX2 || len(query)%lanes != 0 {
		dotPortable(query, data, out)
		return
	}
	_ = data[len(query)*len(out)-1] // the kernel checks no bounds
	dotAVX2(&query[0], &data[0], &out[0], len(query), len(out))
}

// dotAVX2 expects width to be a multiple of 32 and count to be positive.
//
//go:noescape
func dotAVX2(query *int16, data *int8, out *int32, width, count int)
