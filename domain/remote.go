package domain

import (
	"regexp"
	"time"
)

var remoteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)

// CheckRemoteName returns an error of KindInvalid for a name that does not mean the
// same on every remote.
func CheckRemoteName(name string) error {
	if !remoteName.MatchString(name) {
		return Invalid("%q is no name for something on a remote", name)
	}
	return nil
}

// RemoteObject is what a remote store says of one thing that it holds.
type RemoteObject struct {
	Name     string // see CheckRemoteName
	Size     int64
	Modified time.Time
	// Sums are checksums of the content by the name of their algorithm, as the
	// remote tells them: sha256 (hexadecimal), crc64nvme, etag-md5. Empty when it
	// tells none.
	Sums map[string]string
	// LockedUntil is when the remote will let go of it; zero when nothing holds it.
	LockedUntil time.Time
}

// ArchiveFile is a file of a backup as an archive promises it.
type ArchiveFile struct {
	Path   string // relative to the backup, with forward slashes
	Mode   uint32 // permission bits
	Size   int64
	SHA256 string // hexadecimal; "" in what is to be packed: compared when it is not
}

// ArchiveIndex is what an archive promises to hold. It is its first entry, and
// nothing that is not in it is ever unpacked.
type ArchiveIndex struct {
	Stamp Stamp
	Files []ArchiveFile // in the order in which they are packed
}

// Bytes returns the size of all files.
func (a ArchiveIndex) Bytes() int64 {
	var n int64
	for _, f := range a.Files {
		n += f.Size
	}
	return n
}

// ArchiveLimits bound what is unpacked, whatever the archive promises.
type ArchiveLimits struct {
	Stamp Stamp // the archive must be of this backup
	Files int   // at most so many
	Bytes int64 // at most so many
}

// RemoteBackup is a backup of which a copy was seen whole on the remote.
type RemoteBackup struct {
	BackupSummary
	AppVersion    string
	SchemaVersion int64
	Files         int
	Archive       string // name of its archive on the remote
	ArchiveBytes  int64
	ArchiveSHA256 string // hexadecimal
	PushedAt      time.Time
	LockedUntil   time.Time // zero when nothing keeps it from being removed
}

// RemoteListing is what a remote holds.
type RemoteListing struct {
	Place   string         // in words
	Backups []RemoteBackup // newest first
	// Unfinished are names of archives without a summary: uploads that were never
	// finished, or never checked. They are not backups.
	Unfinished []string
}

// RemoteTransfer is what a push or a pull did.
type RemoteTransfer struct {
	Stamp        Stamp
	Place        string
	Already      bool   // it was there before, whole; nothing was done
	Folder       string // of the pulled backup; "" for a push
	Bytes        int64  // of the backup's files
	ArchiveBytes int64  // over the wire
	Resumed      int    // how often a broken download was taken up again
	Reused       int64  // bytes of the archive that an upload before, which was cut off, had sent
	Checked      string // how the copy was checked: the algorithm that both sides told, or "read back"
	Took         time.Duration
}

// RemoteSync is what a synchronisation did.
type RemoteSync struct {
	Place   string
	Pushed  []RemoteTransfer
	Already []Stamp
	Skipped []RemoteDecision // left out, and why
	Failed  []RemoteDecision // could not be pushed, and why
	Swept   []string         // unfinished uploads that were removed
}

// RemoteDecision is what becomes of one backup on the remote, and why.
type RemoteDecision struct {
	Stamp  Stamp
	Keep   bool
	Reason string
}

// RemotePrune is what a pruning of the remote did, or would do.
type RemotePrune struct {
	Place     string
	DryRun    bool
	Decisions []RemoteDecision // newest first
	Removed   []Stamp
	Swept     []string // unfinished uploads that were removed
}

// Latest returns the stamp of the newest backup on the remote that is whole and no
// safety backup; KindNotFound when there is none.
func (l RemoteListing) Latest() (Stamp, error) {
	for _, b := range l.Backups {
		if b.Standing != StandingBroken && b.Kind != BackupPreRestore {
			return b.Stamp, nil
		}
	}
	return "", NotFound("there is no backup on the remote, %s", l.Place).WithField("stamp").
		WithHint("send one there with: atocore backup push latest")
}
