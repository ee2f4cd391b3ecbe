//go:build !linux

package osdisk

import (
	"errors"
	"os"
)

func clone(_, _ *os.File) error { return errors.ErrUnsupported }

func adviseSequential(*os.File) {}

func beginWriting(*os.File, int64, int64) {}
