package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"

	"github.com/atocore/atocore/domain"
)

const (
	// workFactor is the base-2 logarithm of scrypt's cost. 16 takes 64 MiB, where
	// age's own 18 would take 256 MiB: more than all the rest of a push. In return
	// short passphrases are refused.
	workFactor = 16
	// largestWorkFactor bounds what opening an archive may cost: 256 MiB.
	largestWorkFactor = 18
	// ShortestPassphrase is how many characters a passphrase must have.
	ShortestPassphrase = 16
	largestKeyFile     = 1 << 20
)

// recipients returns whom to encrypt for.
func (a *Archiver) recipients() ([]age.Recipient, error) {
	var out []age.Recipient
	for _, text := range a.config.Recipients {
		parsed, err := age.ParseRecipients(strings.NewReader(strings.TrimSpace(text)))
		if err != nil || len(parsed) != 1 {
			return nil, domain.Invalid("remote.recipients: %q is not an age public key", shorten(text)).WithField("remote.recipients").
				WithHint("one begins with age1; make a pair with: atocore backup remote keygen FILE")
		}
		out = append(out, parsed...)
	}
	if len(out) > 0 {
		return out, nil
	}
	if a.config.IdentityFile != "" {
		ids, err := a.fileIdentities()
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			switch id := id.(type) {
			case *age.X25519Identity:
				out = append(out, id.Recipient())
			case *age.HybridIdentity:
				out = append(out, id.Recipient())
			}
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	if a.config.Passphrase == "" {
		return nil, domain.Invalid("there is no key to encrypt with: nothing leaves this machine unencrypted").
			WithField("remote.recipients").
			WithHint("make a key with: atocore backup remote keygen FILE\n" +
				"and set remote.recipients, remote.identity_file or remote.passphrase_file")
	}
	if len([]rune(a.config.Passphrase)) < ShortestPassphrase {
		return nil, domain.Invalid("the passphrase is shorter than %d characters", ShortestPassphrase).WithField("remote.passphrase").
			WithHint("whoever reads the remote can try passphrases at leisure: take five random words, or a key")
	}
	r, err := age.NewScryptRecipient(a.config.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("use the passphrase: %w", err)
	}
	r.SetWorkFactor(workFactor)
	return []age.Recipient{r}, nil
}

// identities returns what archives may be opened with.
func (a *Archiver) identities() ([]age.Identity, error) {
	var out []age.Identity
	if a.config.IdentityFile != "" {
		ids, err := a.fileIdentities()
		if err != nil {
			return nil, err
		}
		out = append(out, ids...)
	}
	if a.config.Passphrase != "" {
		id, err := age.NewScryptIdentity(a.config.Passphrase)
		if err != nil {
			return nil, fmt.Errorf("use the passphrase: %w", err)
		}
		id.SetMaxWorkFactor(largestWorkFactor)
		out = append(out, id)
	}
	if len(out) == 0 {
		return nil, domain.Refused("there is no key to open the archive with").WithField("remote.identity_file").
			WithHint("name the file that holds the secret key with remote.identity_file, or the passphrase with remote.passphrase_file")
	}
	return out, nil
}

// fileIdentities reads the key file.
func (a *Archiver) fileIdentities() ([]age.Identity, error) {
	name := a.config.IdentityFile
	f, err := os.Open(name)
	if err != nil {
		cause := err
		var p *fs.PathError
		if errors.As(err, &p) {
			cause = p.Err
		}
		return nil, domain.Refused("the key file %s cannot be read", name).Because(cause).WithField("remote.identity_file").
			WithHint("without the key nobody can open the archives; bring the copy that you keep elsewhere")
	}
	defer f.Close() //nolint:errcheck // only read
	content, err := io.ReadAll(io.LimitReader(f, largestKeyFile))
	if err != nil {
		return nil, domain.Refused("the key file %s cannot be read", name).Because(err).WithField("remote.identity_file")
	}
	bad := domain.Refused("%s holds no age secret key", name).WithField("remote.identity_file")
	if bytes.HasPrefix(content, []byte("age-encryption.org/")) || bytes.HasPrefix(content, []byte("-----BEGIN AGE ENCRYPTED FILE")) {
		return nil, bad.WithHint("it is itself encrypted: decrypt it first with age -d")
	}
	ids, err := age.ParseIdentities(bytes.NewReader(content))
	if err != nil { // its text may repeat what is in the file: not shown
		return nil, bad.WithHint("a line of it begins with AGE-SECRET-KEY-1; the others are empty or begin with #")
	}
	return ids, nil
}

// shorten keeps what was meant to be public from showing a secret put there by
// mistake.
func shorten(text string) string {
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET") {
		return "AGE-SECRET-…"
	}
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
}

// Keygen makes a key and writes it to a new file that its owner alone can read. It
// returns the public key. KindConflict when the file exists.
func Keygen(name string) (recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", domain.Conflict("%s exists and is not overwritten: it may be the only key to your archives", name).
			WithHint("name a new file")
	}
	if err != nil {
		return "", domain.Unavailable("the key cannot be written").Because(err).WithHint("name a file in a folder that can be written")
	}
	_, err = fmt.Fprintf(f, "# The key to the off-site backups of atocore. Keep a copy away from this machine.\n# public key: %s\n%s\n",
		id.Recipient(), id)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return "", fmt.Errorf("write the key: %w", errors.Join(err, os.Remove(name)))
	}
	return id.Recipient().String(), nil
}
