package s3

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // what S3 calls an ETag; nothing is secured by it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/minio/crc64nvme"
	"github.com/minio/minio-go/v7"

	"github.com/atocore/atocore/domain"
)

const (
	smallestPart = 8 << 20
	mostParts    = 9000 // S3 takes 10,000; the estimate may be a little low
	workers      = 2    // parts under way at a time
	// patience is how long is waited for what half was sent to be given up.
	patience = 30 * time.Second

	crcName  = "crc64nvme"
	etagName = "etag-md5"

	algorithmHeader = "x-amz-checksum-algorithm"
	typeHeader      = "x-amz-checksum-type"
	crcHeader       = "x-amz-checksum-crc64nvme"
)

// Put sends the stream. One that fits into a part goes in a single request.
func (s *Store) Put(ctx context.Context, name string, r io.Reader, estimate int64) (domain.RemoteObject, error) {
	if err := s.check(ctx, name); err != nil {
		return domain.RemoteObject{}, err
	}
	u := &upload{s: s, name: name, size: s.partSize(estimate), crc: crc64nvme.New()}
	first, last, err := u.read(ctx, r, make([]byte, u.size))
	if err != nil {
		return domain.RemoteObject{}, fmt.Errorf("put %s: %w", name, err)
	}
	if last {
		return u.whole(ctx, first)
	}
	s.abandonOld(ctx, name)
	o, err := u.parts(ctx, r, first)
	if err != nil {
		u.giveUp(ctx)
	}
	return o, err
}

// giveUp removes what half was sent, also when ctx has ended: it costs money until
// it is gone. What cannot be removed now, the next Put of this name removes.
func (u *upload) giveUp(ctx context.Context) {
	if u.id == "" {
		return
	}
	later, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	u.s.abandon(later, u.s.key(u.name), u.id)
}

// partSize makes what is estimated fit into as many parts as there may be.
func (s *Store) partSize(estimate int64) int {
	size := s.config.PartSize
	if size == 0 {
		size = smallestPart
	}
	const step = 1 << 20
	if need := estimate/mostParts + 1; need > int64(size) {
		size = int((need + step - 1) / step * step)
	}
	return size
}

// upload is one Put.
type upload struct {
	s    *Store
	name string
	size int
	id   string
	crc  hash.Hash64
	sent int64
	bare bool                     // the service does not take checksums of the whole
	over int64                    // bytes that were sent in this call
	had  map[int]minio.ObjectPart // what an earlier call sent

	mu    sync.Mutex
	done  []minio.CompletePart
	md5s  map[int][md5.Size]byte
	fault error
}

// read fills the buffer. last says that the stream ended.
func (u *upload) read(ctx context.Context, r io.Reader, buffer []byte) (part []byte, last bool, err error) {
	n := 0
	for n < len(buffer) {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		k, err := r.Read(buffer[n:])
		n += k
		if errors.Is(err, io.EOF) {
			last = true
			break
		}
		if err != nil {
			return nil, false, err
		}
	}
	u.crc.Write(buffer[:n])
	u.sent += int64(n)
	return buffer[:n], last, nil
}

func (u *upload) options() minio.PutObjectOptions {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream"}
	if c := u.s.config; c.LockMode != "" && c.LockMode != LockNone && c.LockFor > 0 {
		o.Mode = map[string]minio.RetentionMode{LockGovernance: minio.Governance, LockCompliance: minio.Compliance}[c.LockMode]
		o.RetainUntilDate = time.Now().Add(c.LockFor).UTC().Truncate(time.Second)
	}
	return o
}

// whole sends everything in one request.
func (u *upload) whole(ctx context.Context, data []byte) (domain.RemoteObject, error) {
	o := u.options()
	sum := md5.Sum(data) //nolint:gosec // see the import
	hashed := sha256.Sum256(data)
	o.UserMetadata = map[string]string{crcHeader: u.crcText()}
	send := func() error {
		_, err := u.s.core.PutObject(ctx, u.s.config.Bucket, u.s.key(u.name), bytes.NewReader(data), int64(len(data)),
			base64.StdEncoding.EncodeToString(sum[:]), hex.EncodeToString(hashed[:]), o)
		return err
	}
	err := send()
	if unknownHeader(err) {
		u.bare, o.UserMetadata = true, nil
		err = send()
	}
	if err != nil {
		return domain.RemoteObject{}, u.s.failed(ctx, "put", u.name, err)
	}
	return u.describe(hex.EncodeToString(sum[:]), o.RetainUntilDate), nil
}

func (u *upload) describe(etag string, locked time.Time) domain.RemoteObject {
	o := domain.RemoteObject{Name: u.name, Size: u.sent, Sums: map[string]string{etagName: etag}, LockedUntil: locked}
	if !u.bare {
		o.Sums[crcName] = u.crcText()
	}
	return o
}

func (u *upload) crcText() string { return base64.StdEncoding.EncodeToString(u.crc.Sum(nil)) }

// parts sends the stream part by part.
func (u *upload) parts(ctx context.Context, r io.Reader, first []byte) (domain.RemoteObject, error) {
	o := u.options()
	if u.id == "" {
		if err := u.begin(ctx, o); err != nil {
			return domain.RemoteObject{}, err
		}
	}
	u.md5s = map[int][md5.Size]byte{}
	// The reader fills one buffer while the others are under way.
	free := make(chan []byte, workers+1)
	for range workers {
		free <- nil
	}
	sending, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	part, last := first, false
	var err error
	for n := 1; ; n++ {
		if n > 1 {
			var buffer []byte
			if buffer = <-free; buffer == nil {
				buffer = make([]byte, u.size)
			}
			if u.broken() != nil {
				break
			}
			if part, last, err = u.read(ctx, r, buffer[:u.size]); err != nil {
				cancel()
				break
			}
		}
		switch there, err := u.there(n, part); {
		case err != nil:
			u.breakOff(err)
			cancel()
		case there:
			free <- part[:cap(part)]
		case n == 1 || len(part) > 0:
			wg.Add(1)
			go func(n int, data []byte) {
				defer wg.Done()
				if err := u.part(sending, n, data); err != nil {
					u.breakOff(err)
					cancel()
				}
				free <- data[:cap(data)]
			}(n, part)
		}
		if last {
			break
		}
	}
	wg.Wait()
	if err != nil { // what the parts say then only follows from it
		return domain.RemoteObject{}, fmt.Errorf("put %s: %w", u.name, err)
	}
	if fault := u.broken(); fault != nil {
		return domain.RemoteObject{}, u.s.failed(ctx, "put", u.name, fault)
	}
	return u.finish(ctx, o.RetainUntilDate)
}

func (u *upload) begin(ctx context.Context, o minio.PutObjectOptions) error {
	o.UserMetadata = map[string]string{algorithmHeader: "CRC64NVME", typeHeader: "FULL_OBJECT"}
	id, err := u.s.core.NewMultipartUpload(ctx, u.s.config.Bucket, u.s.key(u.name), o)
	if unknownHeader(err) {
		u.bare, o.UserMetadata = true, nil
		id, err = u.s.core.NewMultipartUpload(ctx, u.s.config.Bucket, u.s.key(u.name), o)
	}
	u.id = id
	return u.s.failed(ctx, "put", u.name, err)
}

// unknownHeader tells whether a service said that it does not know checksums.
func unknownHeader(err error) bool {
	switch minio.ToErrorResponse(err).Code {
	case "NotImplemented", "InvalidArgument", "InvalidRequest":
		return err != nil
	}
	return false
}

// part sends one part; the client tries again when the connection breaks.
func (u *upload) part(ctx context.Context, n int, data []byte) error {
	sum := md5.Sum(data) //nolint:gosec // see the import
	hashed := sha256.Sum256(data)
	o := minio.PutObjectPartOptions{Md5Base64: base64.StdEncoding.EncodeToString(sum[:]), Sha256Hex: hex.EncodeToString(hashed[:])}
	done := minio.CompletePart{PartNumber: n}
	if !u.bare {
		crc := crc64nvme.New()
		crc.Write(data)
		done.ChecksumCRC64NVME = base64.StdEncoding.EncodeToString(crc.Sum(nil))
		o.CustomHeader = http.Header{http.CanonicalHeaderKey(crcHeader): {done.ChecksumCRC64NVME}}
	}
	got, err := u.s.core.PutObjectPart(ctx, u.s.config.Bucket, u.s.key(u.name), u.id, n, bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return err
	}
	done.ETag = got.ETag
	u.mu.Lock()
	defer u.mu.Unlock()
	u.done, u.md5s[n] = append(u.done, done), sum
	u.over += int64(len(data))
	return nil
}

func (u *upload) broken() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.fault
}

// breakOff keeps the first fault: those after it are its consequences.
func (u *upload) breakOff(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.fault == nil {
		u.fault = err
	}
}

// finish makes an object of the parts.
func (u *upload) finish(ctx context.Context, locked time.Time) (domain.RemoteObject, error) {
	slices.SortFunc(u.done, func(a, b minio.CompletePart) int { return a.PartNumber - b.PartNumber })
	o := minio.PutObjectOptions{}
	if !u.bare {
		o.UserMetadata = map[string]string{crcHeader: u.crcText(), typeHeader: "FULL_OBJECT"}
	}
	if _, err := u.s.core.CompleteMultipartUpload(ctx, u.s.config.Bucket, u.s.key(u.name), u.id, u.done, o); err != nil {
		return domain.RemoteObject{}, u.s.failed(ctx, "put", u.name, err)
	}
	all := md5.New() //nolint:gosec // see the import
	for _, n := range slices.Sorted(maps.Keys(u.md5s)) {
		sum := u.md5s[n]
		all.Write(sum[:])
	}
	return u.describe(fmt.Sprintf("%x-%d", all.Sum(nil), len(u.done)), locked), nil
}

// abandonOld gives up what earlier runs sent of this object and never finished. A
// service that cannot tell is passed over: buckets can do it by a lifecycle rule.
func (s *Store) abandonOld(ctx context.Context, name string) {
	key := s.key(name)
	r, err := s.core.ListMultipartUploads(ctx, s.config.Bucket, key, "", "", "", 1000)
	if err != nil {
		return
	}
	for _, old := range r.Uploads {
		if old.Key == key {
			s.abandon(ctx, key, old.UploadID)
		}
	}
}

// abandon gives an upload up. A part that is still arriving when the service does
// so may outlive it: it is told until it knows of no such upload.
func (s *Store) abandon(ctx context.Context, key, id string) {
	for try := range 5 {
		err := s.core.AbortMultipartUpload(ctx, s.config.Bucket, key, id)
		if err != nil && minio.ToErrorResponse(err).Code == "NoSuchUpload" {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(try+1) * 50 * time.Millisecond):
		}
	}
}
