package offsite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/atocore/atocore/domain"
)

// readBack is what is said where the content was read again as a whole.
const readBack = "read back"

// Push sends a backup to the remote. name is a stamp or Latest. One that is there
// already, whole, is not sent again; KindConflict when the remote has another
// backup of the same stamp. On an error no backup more is listed there.
func (s *Service) Push(ctx context.Context, name string, report func(domain.CopyProgress)) (domain.RemoteTransfer, error) {
	began := s.cfg.Clock.Now()
	t, err := s.pushNamed(ctx, name, report)
	s.tellPush(began, t, err)
	return t, err
}

func (s *Service) pushNamed(ctx context.Context, name string, report func(domain.CopyProgress)) (domain.RemoteTransfer, error) {
	stamp, err := s.local(ctx, name)
	if err != nil {
		return domain.RemoteTransfer{}, err
	}
	release, err := s.cfg.Exclude(ctx)
	if err != nil {
		return domain.RemoteTransfer{}, err
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	return s.push(ctx, stamp, report)
}

func (s *Service) push(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) (domain.RemoteTransfer, error) {
	began := s.cfg.Clock.Now()
	t := domain.RemoteTransfer{Stamp: stamp, Place: s.Place()}
	release, err := s.use(ctx)
	if err != nil {
		return t, err
	}
	defer func() { _ = release() }()
	here, err := s.look(ctx, stamp)
	if err != nil {
		if domain.KindOf(err) == domain.KindNotFound {
			return t, err // a slip of the pen is nothing for the ledger
		}
		return t, s.note(ctx, domain.LedgerRemoteCopy, stamp, began, nil, err)
	}
	t.Bytes = here.index.Bytes()
	if err := s.already(ctx, here, &t); err != nil {
		err = fmt.Errorf("push backup %s: %w", stamp, err)
		return t, s.note(ctx, domain.LedgerRemoteCopy, stamp, began, nil, err)
	}
	if t.Already {
		return t, nil
	}
	m, err := s.send(ctx, here, &t, report)
	if err == nil {
		err = s.write(ctx, m)
	}
	if err == nil {
		s.forget(ctx)
	}
	t.Took = s.cfg.Clock.Now().Sub(began)
	details := map[string]string{"archive": archiveName(stamp)}
	if err == nil {
		details["sha256"], details["bytes"], details["checked"] = m.Archive.SHA256, strconv.FormatInt(m.Archive.Size, 10), t.Checked
	} else {
		err = fmt.Errorf("push backup %s: %w", stamp, err)
	}
	return t, s.note(ctx, domain.LedgerRemoteCopy, stamp, began, details, err)
}

// already looks whether the remote has the backup, whole.
func (s *Service) already(ctx context.Context, here content, t *domain.RemoteTransfer) error {
	stamp := here.index.Stamp
	m, err := s.read(ctx, stamp)
	switch domain.KindOf(err) {
	case "":
	case domain.KindNotFound, domain.KindCorrupt:
		return nil // none, or none that can be believed: it is sent
	default:
		return err
	}
	if m.ManifestSHA256 != here.hash {
		return domain.Conflict("the remote has another backup %s", stamp).
			WithHint("another installation sends its backups to the same place: give each one its own remote.prefix or remote.dir")
	}
	said, err := s.cfg.Remote.Stat(ctx, m.Archive.Name)
	if domain.KindOf(err) == domain.KindNotFound || err == nil && said.Size != m.Archive.Size {
		return nil
	}
	if err != nil {
		return err
	}
	if sum, ok := said.Sums["sha256"]; ok && sum != m.Archive.SHA256 {
		return nil
	}
	t.Already, t.ArchiveBytes, t.Checked = true, m.Archive.Size, m.Archive.Checked
	if m.outdated(here.summary) {
		m.Standing, m.Since = string(here.summary.Standing), here.summary.Since
		return s.write(ctx, m)
	}
	return nil
}

// outdated tells whether more is known of the backup by now.
func (m summary) outdated(now domain.BackupSummary) bool {
	return now.Standing == domain.StandingProven && m.Standing != string(domain.StandingProven) ||
		now.Standing == domain.StandingValidated && m.Standing == string(domain.StandingWritten)
}

// send uploads the archive while it is being made, and checks what arrived. Where an
// earlier upload of it was cut off, it goes on with that.
func (s *Service) send(ctx context.Context, here content, t *domain.RemoteTransfer, report func(domain.CopyProgress)) (summary, error) {
	u, err := s.upload(ctx, here)
	if err != nil {
		return summary{}, err
	}
	through, sent, err := s.stream(ctx, here, u, t, report)
	if u.again && domain.KindOf(err) == domain.KindConflict {
		// It is another stream after all, and nothing of it was sent.
		if u, err = s.seal(ctx, u); err != nil {
			return summary{}, err
		}
		through, sent, err = s.stream(ctx, here, u, t, report)
	}
	if err != nil {
		return summary{}, err
	}
	t.ArchiveBytes = through.count
	how, locked, err := s.check(ctx, through, sent)
	if err != nil {
		return summary{}, err
	}
	t.Checked = how
	return s.summarize(here, through, how, locked), nil
}

// stream packs into the remote. The meter has what passed.
func (s *Service) stream(ctx context.Context, here content, u upload, t *domain.RemoteTransfer, report func(domain.CopyProgress)) (*meter, domain.RemoteObject, error) {
	stamp, estimate := here.index.Stamp, here.index.Bytes()
	packing, cancel := context.WithCancel(ctx)
	defer cancel()
	out, in := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := u.pack(packing, s.cfg.Archiver, in, here, stage(report, "push "+string(stamp), estimate))
		_ = in.CloseWithError(err) // nil is io.EOF; never fails
		packed <- err
	}()
	through := newMeter(out, 0)
	var object domain.RemoteObject
	var err error
	if u.remote == nil {
		object, err = s.cfg.Remote.Put(ctx, archiveName(stamp), through, estimate)
	} else {
		var sent int64
		object, sent, err = u.remote.PutResumable(ctx, archiveName(stamp), through, estimate, u.again)
		t.Reused = max(0, through.count-sent)
	}
	_ = out.CloseWithError(errNotWanted) // what Pack may still write; never fails
	if perr := <-packed; perr != nil && (err == nil || errors.Is(err, perr)) {
		err = perr // why the remote got no more
	}
	return through, object, err
}

var errNotWanted = errors.New("the upload has ended")

func (s *Service) summarize(here content, through *meter, how string, locked time.Time) summary {
	b, m := here.summary, here.manifest
	out := summary{
		Format: summaryFormat, Stamp: string(b.Stamp), Kind: string(b.Kind), CreatedAt: b.CreatedAt,
		AppVersion: m.AppVersion, SchemaVersion: m.SchemaVersion, Bytes: b.Bytes, Included: b.Included,
		Standing: string(b.Standing), Since: b.Since, ManifestSHA256: here.hash, PushedAt: s.cfg.Clock.Now(),
		Archive: archiveSummary{
			Name: archiveName(b.Stamp), Size: through.count, SHA256: through.sum(), Files: len(here.index.Files),
			Unpacked: here.index.Bytes(), Checked: how,
		},
	}
	if !locked.IsZero() {
		out.Archive.LockedUntil = &locked
	}
	return out
}

// check asks the remote what it has, and holds that against what was sent: size
// and a checksum that both sides know, or else the whole content, read back.
func (s *Service) check(ctx context.Context, through *meter, sent domain.RemoteObject) (how string, locked time.Time, err error) {
	said, err := s.cfg.Remote.Stat(ctx, sent.Name)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("check what arrived: %w", err)
	}
	if locked = said.LockedUntil; locked.IsZero() {
		locked = sent.LockedUntil
	}
	if said.Size != through.count || sent.Size != through.count {
		return "", locked, arrivedOtherwise(sent.Name, fmt.Sprintf("%d bytes instead of %d", said.Size, through.count))
	}
	if sum, ok := said.Sums["sha256"]; ok {
		if sum != through.sum() {
			return "", locked, arrivedOtherwise(sent.Name, "another SHA-256")
		}
		return "sha256", locked, nil
	}
	const crc, etag = "crc64nvme", "etag-md5"
	if sum, ok := said.Sums[crc]; ok && sent.Sums[crc] != "" {
		if sum != sent.Sums[crc] {
			return "", locked, arrivedOtherwise(sent.Name, "another CRC64")
		}
		return crc, locked, nil
	}
	// An ETag that differs may be one that is no MD5: some services encrypt.
	if sum, ok := said.Sums[etag]; ok && sum == sent.Sums[etag] {
		return etag, locked, nil
	}
	back := s.download(ctx, sent.Name)
	defer back.Close() //nolint:errcheck // only read
	got := newMeter(back, through.count)
	if _, err := io.Copy(io.Discard, got); err != nil {
		return "", locked, fmt.Errorf("read back what arrived: %w", err)
	}
	if got.count != through.count || got.sum() != through.sum() {
		return "", locked, arrivedOtherwise(sent.Name, "another content")
	}
	return readBack, locked, nil
}

func arrivedOtherwise(name, what string) error {
	return domain.Corrupt("the copy did not arrive as it was sent: the remote has %s in %s", what, name).
		WithHint("it is not listed; push again, and if it happens again do not trust this remote")
}
