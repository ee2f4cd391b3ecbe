package s3

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // what S3 calls an ETag; nothing is secured by it
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/minio/crc64nvme"
	"github.com/minio/minio-go/v7"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.RemoteResumer = (*Store)(nil)

// PutResumable goes on with the newest upload of that name that was not finished.
// What it has is asked of the service, and held against what comes, part by part.
func (s *Store) PutResumable(ctx context.Context, name string, r io.Reader, estimate int64, again bool) (domain.RemoteObject, int64, error) {
	if err := s.check(ctx, name); err != nil {
		return domain.RemoteObject{}, 0, err
	}
	u := &upload{s: s, name: name, size: s.partSize(estimate), crc: crc64nvme.New()}
	first, last, err := u.read(ctx, r, make([]byte, u.size))
	if err != nil {
		return domain.RemoteObject{}, 0, fmt.Errorf("put %s: %w", name, err)
	}
	if last {
		o, err := u.whole(ctx, first)
		return o, u.sent, err
	}
	if again {
		if err := u.takeUp(ctx); err != nil {
			return domain.RemoteObject{}, 0, err
		}
	}
	if u.id == "" {
		s.abandonOld(ctx, name)
	}
	o, err := u.parts(ctx, r, first)
	if err == nil {
		return o, u.over, nil
	}
	// What is left behind must be of use: of a stream that broke, or is another one,
	// it is not.
	fault := u.broken()
	if ctx.Err() == nil && (fault == nil || domain.KindOf(fault) == domain.KindConflict) {
		u.giveUp(ctx)
	}
	return o, u.over, err
}

// takeUp looks for what an earlier call sent. Where there is nothing, or the service
// cannot tell, the upload begins anew.
func (u *upload) takeUp(ctx context.Context) error {
	key, bucket := u.s.key(u.name), u.s.config.Bucket
	open, err := u.s.core.ListMultipartUploads(ctx, bucket, key, "", "", "", 1000)
	if err != nil {
		return ctx.Err()
	}
	mine := slices.DeleteFunc(open.Uploads, func(o minio.ObjectMultipartInfo) bool { return o.Key != key })
	if len(mine) == 0 {
		return nil
	}
	newest := slices.MaxFunc(mine, func(a, b minio.ObjectMultipartInfo) int {
		return cmp.Or(a.Initiated.Compare(b.Initiated), strings.Compare(a.UploadID, b.UploadID))
	})
	had := map[int]minio.ObjectPart{}
	for marker := 0; ; {
		page, err := u.s.core.ListObjectParts(ctx, bucket, key, newest.UploadID, marker, 1000)
		if err != nil {
			return ctx.Err()
		}
		for _, p := range page.ObjectParts {
			had[p.PartNumber] = p
		}
		if u.bare = page.ChecksumAlgorithm == ""; !page.IsTruncated || page.NextPartNumberMarker <= marker {
			break
		}
		marker = page.NextPartNumberMarker
	}
	if len(had) > 0 {
		u.id, u.had = newest.UploadID, had
	}
	return nil
}

// there tells whether an earlier call has sent that part. KindConflict when it sent
// another one.
func (u *upload) there(n int, data []byte) (bool, error) {
	had, ok := u.had[n]
	if !ok {
		return false, nil
	}
	sum := md5.Sum(data) //nolint:gosec // see the import
	if had.Size != int64(len(data)) || strings.Trim(had.ETag, `"`) != hex.EncodeToString(sum[:]) {
		return false, domain.Conflict("what was sent of %s before is another stream", u.name)
	}
	done := minio.CompletePart{PartNumber: n, ETag: had.ETag}
	if !u.bare {
		crc := crc64nvme.New()
		_, _ = io.Copy(crc, bytes.NewReader(data)) // a hash takes everything
		done.ChecksumCRC64NVME = base64.StdEncoding.EncodeToString(crc.Sum(nil))
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.done, u.md5s[n] = append(u.done, done), sum
	return true, nil
}

// Sweep gives up what was begun before that moment and never finished. A service
// that cannot tell is passed over: buckets can do it by a lifecycle rule.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	for keyMarker, idMarker := "", ""; ; {
		page, err := s.core.ListMultipartUploads(ctx, s.config.Bucket, s.prefix, keyMarker, idMarker, "", 1000)
		if err != nil {
			return ctx.Err()
		}
		for _, u := range page.Uploads {
			ours := domain.CheckRemoteName(strings.TrimPrefix(u.Key, s.prefix)) == nil
			if ours && strings.HasPrefix(u.Key, s.prefix) && u.Initiated.Before(before) {
				s.abandon(ctx, u.Key, u.UploadID)
			}
		}
		if !page.IsTruncated || page.NextKeyMarker == "" && page.NextUploadIDMarker == "" {
			return ctx.Err()
		}
		keyMarker, idMarker = page.NextKeyMarker, page.NextUploadIDMarker
	}
}
