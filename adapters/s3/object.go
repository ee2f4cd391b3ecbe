package s3

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/atocore/atocore/domain"
)

var etagForm = regexp.MustCompile(`^[0-9a-f]{32}(-\d+)?$`)

// Get asks for the bytes from one on.
func (s *Store) Get(ctx context.Context, name string, from int64) (io.ReadCloser, error) {
	if err := s.check(ctx, name); err != nil {
		return nil, err
	}
	var o minio.GetObjectOptions
	if from > 0 {
		if err := o.SetRange(from, 0); err != nil {
			return nil, domain.Invalid("%d is no place in %s", from, name).Because(err)
		}
	}
	body, _, _, err := s.core.GetObject(ctx, s.config.Bucket, s.key(name), o)
	if err != nil && from > 0 && minio.ToErrorResponse(err).Code == "InvalidRange" {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	if err != nil {
		return nil, s.failed(ctx, "get", name, err)
	}
	return body, nil
}

// Stat asks for the headers of the object.
func (s *Store) Stat(ctx context.Context, name string) (domain.RemoteObject, error) {
	if err := s.check(ctx, name); err != nil {
		return domain.RemoteObject{}, err
	}
	info, err := s.core.StatObject(ctx, s.config.Bucket, s.key(name), minio.StatObjectOptions{Checksum: true})
	if err != nil {
		return domain.RemoteObject{}, s.failed(ctx, "stat", name, err)
	}
	o := domain.RemoteObject{Name: name, Size: info.Size, Modified: info.LastModified.UTC(), Sums: map[string]string{}}
	if info.ChecksumCRC64NVME != "" {
		o.Sums[crcName] = info.ChecksumCRC64NVME
	}
	if etag := strings.ToLower(strings.Trim(info.ETag, `"`)); etagForm.MatchString(etag) {
		o.Sums[etagName] = etag
	}
	if until, err := time.Parse(time.RFC3339, info.Headers.Get("x-amz-object-lock-retain-until-date")); err == nil {
		o.LockedUntil = until.UTC()
	}
	return o, nil
}

// List asks for everything below the prefix.
func (s *Store) List(ctx context.Context) ([]domain.RemoteObject, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list %s: %w", s.place, err)
	}
	var out []domain.RemoteObject
	for info := range s.core.Client.ListObjects(ctx, s.config.Bucket, minio.ListObjectsOptions{Prefix: s.prefix}) {
		if info.Err != nil {
			return nil, s.failed(ctx, "list", "everything", info.Err)
		}
		name := strings.TrimPrefix(info.Key, s.prefix)
		if domain.CheckRemoteName(name) != nil {
			continue // not ours
		}
		out = append(out, domain.RemoteObject{Name: name, Size: info.Size, Modified: info.LastModified.UTC()})
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list %s: %w", s.place, err)
	}
	slices.SortFunc(out, func(a, b domain.RemoteObject) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Delete removes every version, or none: a mere marker on top of versions would
// look like a removal and pay for the bytes for ever.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := s.check(ctx, name); err != nil {
		return err
	}
	versions, err := s.versions(ctx, name)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, v := range versions {
		if v.IsDeleteMarker {
			continue
		}
		_, until, err := s.core.GetObjectRetention(ctx, s.config.Bucket, v.Key, v.VersionID)
		if err == nil && until != nil && until.After(now) {
			return locked(name, *until)
		}
	}
	for _, v := range versions {
		err := s.core.RemoveObject(ctx, s.config.Bucket, v.Key, minio.RemoveObjectOptions{VersionID: v.VersionID})
		if err == nil || domain.KindOf(s.failed(ctx, "delete", name, err)) == domain.KindNotFound {
			continue
		}
		switch minio.ToErrorResponse(err).Code {
		case "ObjectLocked", minio.AccessDenied, "InvalidRequest":
			if o, serr := s.Stat(ctx, name); serr == nil && o.LockedUntil.After(now) {
				return locked(name, o.LockedUntil)
			}
		}
		return s.failed(ctx, "delete", name, err)
	}
	return nil
}

func locked(name string, until time.Time) error {
	return domain.Refused("%s is locked by the remote until %s", name, until.UTC().Format(time.RFC3339)).
		WithHint("nothing removes it before, which is what object lock is for; try again then")
}

// versions returns what there is of an object: in a bucket that keeps no versions
// the object itself, whether or not it exists.
func (s *Store) versions(ctx context.Context, name string) ([]minio.ObjectInfo, error) {
	key := s.key(name)
	plain := []minio.ObjectInfo{{Key: key}}
	kept, err := s.core.GetBucketVersioning(ctx, s.config.Bucket)
	if err != nil && ctx.Err() == nil && minio.ToErrorResponse(err).Code == minio.NoSuchBucket {
		return nil, s.failed(ctx, "delete", name, err)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("delete %s: %w", name, ctx.Err())
	}
	if err != nil || !kept.Enabled() && !kept.Suspended() {
		return plain, nil
	}
	var out []minio.ObjectInfo
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for v := range s.core.Client.ListObjects(ctx, s.config.Bucket, minio.ListObjectsOptions{Prefix: key, WithVersions: true, Recursive: true}) {
		if v.Err != nil {
			return nil, s.failed(ctx, "delete", name, v.Err)
		}
		if v.Key == key {
			out = append(out, v)
		}
	}
	return out, nil
}
