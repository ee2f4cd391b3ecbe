// Package sealfile keeps the seal of the upload that is under way in one file of the
// data directory, push.json, so that the next process can go on with it. The file
// opens one archive, of a backup that lies in the clear on the same machine: it is
// for its owner alone, in no backup, and goes with the end of the upload.
package sealfile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// FileName is the name of the file within a data directory.
const FileName = "push.json"

const tempName = "." + FileName + ".new"

// Config says where the file is.
type Config struct {
	Disk ports.Disk
	Dir  string // the data directory; it must exist when a seal is kept
}

// Store is the file of one data directory.
type Store struct {
	disk ports.Disk
	dir  string
	path string
}

var _ ports.SealStore = (*Store)(nil)

// New returns the store. It touches nothing.
func New(c Config) *Store {
	return &Store{disk: c.Disk, dir: c.Dir, path: filepath.Join(c.Dir, FileName)}
}

type sealWire struct {
	Content string `json:"content"`
	Head    []byte `json:"head"`
	Key     []byte `json:"key"`
}

// Keep writes the file beside the old one, which then goes. Killed in between, it
// leaves none, and the upload begins anew.
func (s *Store) Keep(ctx context.Context, k domain.KeptSeal) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("keep the seal: %w", err)
	}
	data, err := json.Marshal(sealWire{k.Content, k.Seal.Head, k.Seal.Key})
	if err != nil {
		return fmt.Errorf("keep the seal: %w", err)
	}
	temp := filepath.Join(s.dir, tempName)
	for _, step := range []func() error{
		func() error { return s.disk.WriteFile(temp, append(data, '\n'), 0o600) },
		func() error { return s.disk.RemoveAll(s.path) },
		func() error { return s.disk.Rename(temp, s.path) },
		func() error { return s.disk.Sync(s.dir) },
	} {
		if err := step(); err != nil {
			return domain.Unavailable("the state of the upload cannot be kept in %s", s.path).
				Because(errors.Join(err, s.disk.RemoveAll(temp)))
		}
	}
	return nil
}

// Kept reads the file.
func (s *Store) Kept(ctx context.Context) (domain.KeptSeal, error) {
	if err := ctx.Err(); err != nil {
		return domain.KeptSeal{}, fmt.Errorf("read the seal: %w", err)
	}
	none := domain.NotFound("no upload is under way")
	data, err := s.disk.ReadFile(s.path)
	if err != nil {
		return domain.KeptSeal{}, none.Because(err)
	}
	var w sealWire
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil || len(w.Head) == 0 || len(w.Key) == 0 {
		return domain.KeptSeal{}, none.Because(err)
	}
	return domain.KeptSeal{Content: w.Content, Seal: domain.Seal{Head: w.Head, Key: w.Key}}, nil
}

// Forget removes the file.
func (s *Store) Forget(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("forget the seal: %w", err)
	}
	return errors.Join(s.disk.RemoveAll(filepath.Join(s.dir, tempName)), s.disk.RemoveAll(s.path))
}
