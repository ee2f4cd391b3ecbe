//go:build !linux && !darwin

package osdisk

func renameNew(from, to string) error { return renameChecked(from, to) }

func mountOf(string) string { return "" }
